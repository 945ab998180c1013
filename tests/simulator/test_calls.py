from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator.clock import Clock
from simulator.config import DEFAULT_ACCOUNT_SID, AccountConfig
from tests.conformance.client import conforming_client
from tests.conformance.running import MORNING, Customer, RunningCarrier, fast_config
from tests.simulator.helpers import (
    BUSY,
    FROM,
    JOIN,
    PERSON,
    STEADY,
    VOICEMAIL,
    dial,
    meet,
    park_agent,
    post_call,
    statuses,
)

SCRIPT = "<Response><Pause length='60'/></Response>"


@pytest.mark.parametrize(
    ("personality", "events", "status", "sip"),
    [
        ("not_interested", ["initiated", "ringing", "in-progress", "completed"], "completed", None),
        ("busy", ["initiated", "ringing", "busy"], "busy", "486"),
        ("no_answer", ["initiated", "ringing", "no-answer"], "no-answer", "487"),
        ("not_in_service", ["initiated", "failed"], "failed", "404"),
    ],
)
def test_status_callbacks_tell_the_whole_story(
    client: Client,
    carrier: RunningCarrier,
    customer: Customer,
    personality: str,
    events: list[str],
    status: str,
    sip: str | None,
) -> None:
    carrier.pin(PERSON, personality)
    customer.answers["/answer"] = "<Response><Say>Hello</Say></Response>"

    sid = dial(client, customer, PERSON)

    last = customer.wait_for("/status", len(events))[-1]
    assert statuses(customer) == events
    assert [one.fields["SequenceNumber"] for one in customer.received("/status")] == [
        str(n) for n in range(len(events))
    ]
    assert {one.fields["CallbackSource"] for one in customer.received("/status")} == {"call-progress-events"}
    assert all(one.signed for one in customer.diary)
    assert last.fields.get("SipResponseCode") == sip
    assert client.calls(sid).fetch().status == status


def test_only_completed_is_told_by_default(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    sid = client.calls.create(
        to=BUSY, from_=FROM, url=customer.url("/answer"), status_callback=customer.url("/status")
    ).sid

    told = customer.wait_for("/status")
    carrier.wait_over(sid)
    assert [(one.fields["CallStatus"], one.fields["SequenceNumber"]) for one in told] == [("busy", "0")]


def test_lead_meets_the_parked_agent_and_hangs_up(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.pin(PERSON, "sale")
    customer.answers["/answer"] = JOIN
    park_agent(client, customer)

    sid = dial(client, customer, PERSON)

    row = carrier.wait_over(sid)
    answered, ended = (datetime.fromisoformat(row[name]) for name in ("answered_at", "ended_at"))
    assert (row["ended_by"], row["intent"]) == ("callee", "sale")
    # The lead talks as long as planned; the answer hook added its own real milliseconds and no more.
    assert 0 <= (ended - answered).total_seconds() - row["talk_seconds"] < 5
    last = customer.wait_for("/status", 4)[-1]
    assert int(last.fields["CallDuration"]) == round((ended - answered).total_seconds())
    assert last.fields["Duration"] == str(-(-int(last.fields["CallDuration"]) // 60))


def test_answer_hook_gets_the_voice_fields(client: Client, customer: Customer) -> None:
    sid = dial(client, customer, PERSON)

    (answer,) = customer.wait_for("/answer")
    expected = {
        "CallSid": sid,
        "AccountSid": DEFAULT_ACCOUNT_SID,
        "From": FROM,
        "To": PERSON,
        "Caller": FROM,
        "Called": PERSON,
        "CallStatus": "in-progress",
        "Direction": "outbound-api",
        "ApiVersion": "2010-04-01",
        "ToCountry": "US",
        "ToCity": "",
    }
    assert {name: answer.fields.get(name) for name in expected} == expected
    assert answer.signed


def test_timestamps_are_on_the_simulated_clock(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    sid = dial(client, customer, BUSY)

    told = customer.wait_for("/status", 3)
    row = carrier.wait_over(sid)
    ringing = parsedate_to_datetime(told[1].fields["Timestamp"])
    assert ringing == datetime.fromisoformat(row["ringing_at"]).replace(microsecond=0)
    assert ringing.year == 2026


def test_ring_timeout_ends_the_ringing(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    sid = dial(client, customer, VOICEMAIL, timeout=10)

    row = carrier.wait_over(sid)
    rang = datetime.fromisoformat(row["ended_at"]) - datetime.fromisoformat(row["ringing_at"])
    assert (row["status"], rang.total_seconds()) == ("no-answer", 10.0)


def test_time_limit_ends_the_call(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.pin(PERSON, "sale_slow")
    customer.answers["/answer"] = JOIN
    park_agent(client, customer)

    sid = dial(client, customer, PERSON, time_limit=30)

    row = carrier.wait_over(sid)
    lasted = datetime.fromisoformat(row["ended_at"]) - datetime.fromisoformat(row["answered_at"])
    assert (row["ended_by"], lasted.total_seconds()) == ("time_limit", 30.0)


def test_person_alone_in_the_room_loses_patience(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.pin(PERSON, "sale")
    customer.answers["/answer"] = JOIN

    row = carrier.wait_over(dial(client, customer, PERSON))

    lasted = (datetime.fromisoformat(row["ended_at"]) - datetime.fromisoformat(row["answered_at"])).total_seconds()
    assert row["ended_by"] == "callee"
    assert 0 <= lasted - row["patience_seconds"] < 5


@STEADY
def test_completed_hangs_up(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    _, sid = meet(client, carrier, customer)

    answer = client.calls(sid).update(status="completed")

    assert (answer.status, carrier.wait_over(sid)["ended_by"]) == ("completed", "api")
    assert customer.wait_for("/status", 4)[-1].fields["CallStatus"] == "completed"


@STEADY
def test_ringing_call_is_canceled(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.pin(PERSON, "no_answer")
    sid = dial(client, customer, PERSON, timeout=600)
    customer.wait_for("/status", 2)

    client.calls(sid).update(status="canceled")

    last = customer.wait_for("/status", 3)[-1].fields
    assert (last["CallStatus"], last["SipResponseCode"], last["CallDuration"]) == ("canceled", "487", "0")


def test_finished_call_can_not_be_changed(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    sid = dial(client, customer, BUSY)
    carrier.wait_over(sid)

    with pytest.raises(TwilioRestException) as refused:
        client.calls(sid).update(status="completed")

    assert refused.value.code == 21220


@STEADY
def test_live_call_goes_to_new_twiml(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    _, sid = meet(client, carrier, customer)

    client.calls(sid).update(twiml="<Response><Say>Goodbye</Say><Hangup/></Response>")

    assert carrier.wait_over(sid)["ended_by"] == "script"
    (left,) = customer.wait_for("/conference", where=lambda one: "ReasonParticipantLeft" in one.fields)
    assert left.fields["ReasonParticipantLeft"] == "participant_updated_via_api"


def test_calls_are_listed_newest_first_by_destination(
    client: Client, carrier: RunningCarrier, customer: Customer
) -> None:
    sids = [dial(client, customer, BUSY) for _ in range(3)]
    dial(client, customer, VOICEMAIL)
    for sid in sids:
        carrier.wait_over(sid)

    assert [call.sid for call in client.calls.list(to=BUSY, from_=FROM)] == sids[::-1]
    assert [call.sid for call in client.calls.list(to=BUSY, status="busy", page_size=1)] == sids[::-1]
    assert client.calls.list(to=BUSY, status="failed") == []


def test_finished_call_can_be_deleted(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    sid = dial(client, customer, BUSY)
    carrier.wait_over(sid)

    assert client.calls(sid).delete()
    with pytest.raises(TwilioRestException) as gone:
        client.calls(sid).fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)
    assert carrier.sim(f"calls/{sid}")["status"] == "busy"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": ""}, 21201),
        ({"to": "2125550123"}, 21211),
        ({"to": "+1212555012"}, 21211),
        ({"to": "+11125550123"}, 21211),
        ({"to": "+15005550001"}, 21217),
        ({"to": "+15005550002"}, 21214),
        ({"to": "+15005550003"}, 21215),
        ({"to": "+15005550004"}, 21216),
        ({"from_": ""}, 21213),
        ({"from_": "+12024440101"}, 21210),
        ({"from_": "+15005550001"}, 21212),
        ({"from_": "ACME"}, 21212),
        ({"url": "", "twiml": ""}, 21205),
        ({"url": "http://example.com/answer"}, 21205),
        ({"url": "http://[::1/answer"}, 21205),
        ({"url": "", "twiml": "x" * 4001}, 32018),
        ({"status_callback": "http://a_b.localhost/status"}, 21609),
        ({"send_digits": "call me"}, 21206),
        ({"machine_detection": "Enable", "async_amd": "true"}, 21262),
    ],
    ids=str,
)
def test_bad_request_is_refused_with_twilios_code(
    client: Client, customer: Customer, fields: dict[str, Any], code: int
) -> None:
    good = {"to": PERSON, "from_": FROM, "url": customer.url("/answer")}

    with pytest.raises(TwilioRestException) as refused:
        client.calls.create(**good | fields)

    assert (refused.value.code, refused.value.status) == (code, 400)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("StatusCallbackEvent", "begun", 21626),
        ("Timeout", "900", 21208),
        ("Method", "PUT", 21209),
        ("MachineDetection", "yes", 21234),
        ("MachineDetectionTimeout", "200", 21263),
    ],
)
def test_value_the_client_would_not_send_is_refused(carrier: RunningCarrier, field: str, value: str, code: int) -> None:
    form = {"To": PERSON, "From": FROM, "Twiml": SCRIPT, field: value}

    answer = post_call(carrier, form)

    assert (answer["code"], answer["status"]) == (code, 400)
    assert answer["more_info"] == f"https://www.twilio.com/docs/errors/{code}"


def test_number_of_another_is_not_ours(carrier: RunningCarrier, client: Client) -> None:
    client.incoming_phone_numbers.create(phone_number="+12025550111")

    with pytest.raises(TwilioRestException) as refused:
        client.calls.create(to=PERSON, from_=FROM, twiml=SCRIPT)

    assert refused.value.code == 21210
    assert client.calls.create(to=PERSON, from_="+12025550111", twiml=SCRIPT).status == "queued"


class Standing(Clock):
    """It is always the same instant."""

    def now(self) -> datetime:
        return self.start


def test_calls_beyond_the_rate_wait_in_the_carriers_queue() -> None:
    account = AccountConfig(DEFAULT_ACCOUNT_SID, "simulated-token", cps=1.0)
    clock = Standing(start=MORNING, origin=0.0, speed=1.0)
    with RunningCarrier(fast_config(accounts=[account], clock=clock)) as carrier:
        client = conforming_client(carrier.address)

        waits = [int(client.calls.create(to=BUSY, from_=FROM, twiml=SCRIPT).queue_time) for _ in range(4)]

        # One second of credit, then one call a second.
        assert waits == [0, 0, 1000, 2000]
        assert carrier.sim("stats")["queued"] == 2


def test_call_still_queued_is_canceled_in_silence() -> None:
    account = AccountConfig(DEFAULT_ACCOUNT_SID, "simulated-token", cps=0.01)
    with RunningCarrier(fast_config(speed=1.0, accounts=[account])) as carrier:
        client = conforming_client(carrier.address)
        for _ in range(2):
            client.calls.create(to=BUSY, from_=FROM, twiml=SCRIPT)
        sid = dial(client, carrier.customer, BUSY)

        assert client.calls(sid).update(status="canceled").status == "canceled"

        assert client.calls(sid).fetch().start_time is None
        assert carrier.customer.received("/status") == []
        assert carrier.sim("dials?to=%2B12125550190")["dialled"] < 3


def test_a_day_of_queue_is_refused() -> None:
    account = AccountConfig(DEFAULT_ACCOUNT_SID, "simulated-token", cps=1 / 90_000)
    with RunningCarrier(fast_config(speed=1.0, accounts=[account])) as carrier:
        client = conforming_client(carrier.address)
        client.calls.create(to=BUSY, from_=FROM, twiml=SCRIPT)

        with pytest.raises(TwilioRestException) as refused:
            client.calls.create(to=BUSY, from_=FROM, twiml=SCRIPT)

        assert refused.value.code == 22005


def test_concurrent_calls_are_limited() -> None:
    account = AccountConfig(DEFAULT_ACCOUNT_SID, "simulated-token", cps=100.0, max_calls=2)
    with RunningCarrier(fast_config(speed=1.0, accounts=[account])) as carrier:
        client = conforming_client(carrier.address)
        for _ in range(2):
            client.calls.create(to=PERSON, from_=FROM, twiml=SCRIPT)

        with pytest.raises(TwilioRestException) as refused:
            client.calls.create(to=PERSON, from_=FROM, twiml=SCRIPT)

        assert (refused.value.code, refused.value.status) == (10004, 429)


def test_finished_calls_are_forgotten_but_counted() -> None:
    with RunningCarrier(fast_config(keep_calls=3)) as carrier:
        client = conforming_client(carrier.address)
        sids = [client.calls.create(to=BUSY, from_=FROM, twiml=SCRIPT).sid for _ in range(6)]
        for sid in sids:
            carrier.wait_over(sid)

        stats = carrier.sim("stats")
        assert (stats["kept_calls"], stats["counts"]["calls.busy"], stats["dialled"]) == (3, 6, 6)


def test_calls_are_listed_by_time(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.wait_over(dial(client, customer, BUSY))
    after, before = MORNING - timedelta(hours=1), MORNING + timedelta(hours=8)

    assert len(client.calls.list(start_time_after=after, start_time_before=before, end_time_after=after)) == 1
    assert client.calls.list(start_time_before=after) == []
    assert client.calls.list(start_time_after=before) == []
    assert len(client.calls.list(start_time=MORNING.date())) == 1


@STEADY
def test_time_limit_is_set_during_the_call(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    _, sid = meet(client, carrier, customer, status_callback=customer.url("/elsewhere"))

    client.calls(sid).update(time_limit=60, status_callback=customer.url("/status"))

    assert carrier.wait_over(sid)["ended_by"] == "time_limit"
    assert customer.wait_for("/status")[0].fields["CallStatus"] == "completed"


def test_canceled_is_too_late_once_answered(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    leg = park_agent(client, customer)

    with pytest.raises(TwilioRestException) as refused:
        client.calls(leg).update(status="canceled")

    assert refused.value.code == 21220


def test_finished_call_can_not_be_redirected(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    sid = dial(client, customer, BUSY)
    carrier.wait_over(sid)

    with pytest.raises(TwilioRestException) as refused:
        client.calls(sid).update(twiml=SCRIPT)

    assert refused.value.code == 21220


def test_live_call_can_not_be_deleted(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    leg = park_agent(client, customer)

    with pytest.raises(TwilioRestException) as refused:
        client.calls(leg).delete()

    assert (refused.value.status, refused.value.code) == (409, 20409)
