"""Every way in which a request to the carrier can fail, in the platform's terms; and what is asked of it when nothing does."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from apps.telephony.carrier import CallOrder, Carrier, LegOrder, TargetOrder
from apps.telephony.errors import Blame, CarrierError, Fate
from apps.telephony.gateway import BLAME_OF_CODE, carrier_for
from apps.telephony.twiml.handing_on import join_transfer
from simulator.config import DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN
from tests.conformance.running import RunningCarrier
from tests.dialling import fault, now, wait_for
from tests.telephony.scripted import Script, scripted_server

HOOK = "http://127.0.0.1:9/hooks/1/voice/"
ORDER = CallOrder(
    to="+12125550191",
    caller_id="+12125550100",
    answer_url=HOOK + "answer?a=1#rt=1500",
    fallback_url=HOOK + "fallback?a=1",
    status_url=HOOK + "status?a=1",
    ring_seconds=25,
)
LEG = LegOrder(
    to="client:t1_u2",
    caller_id="+12125550100",
    room="t1-agent-1",
    label="agent-1",
    conference_url=HOOK + "conference",
    time_limit=86_400,
)
SID = "CA" + "0" * 31 + "1"


def account() -> Carrier:
    return carrier_for(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN)


@pytest.fixture
def script(settings: Settings) -> Iterator[Script]:
    with scripted_server() as running:
        settings.SIMULATOR_URL = running.address
        settings.CARRIER_READ_TIMEOUT = 0.3
        yield running


def failure(request: Callable[[], object]) -> CarrierError:
    with pytest.raises(CarrierError) as caught:
        request()
    return caught.value


# Twilio's codes as its error dictionary explains them, by what has to change.
CODES = [
    (401, 20003, Blame.ACCOUNT),
    (403, 20005, Blame.ACCOUNT),
    (403, 10001, Blame.ACCOUNT),
    (400, 21219, Blame.ACCOUNT),
    (400, 21201, Blame.US),
    (400, 21205, Blame.US),
    (400, 21208, Blame.US),
    (400, 21209, Blame.US),
    (400, 21213, Blame.US),
    (400, 21218, Blame.US),
    (400, 21626, Blame.US),
    (400, 20001, Blame.US),
    (409, 20409, Blame.US),
    (404, 20404, Blame.GONE),
    (400, 21220, Blame.GONE),
    (400, 21210, Blame.CALLER_ID),
    (400, 21212, Blame.CALLER_ID),
    (400, 13247, Blame.CALLER_ID),
    (400, 32206, Blame.CALLER_ID),
    (400, 21211, Blame.NUMBER),
    (400, 21217, Blame.NUMBER),
    (400, 13223, Blame.NUMBER),
    (400, 13226, Blame.NUMBER),
    (400, 21421, Blame.NUMBER),
    (400, 21214, Blame.NUMBER),
    (400, 13224, Blame.NUMBER),
    (400, 21216, Blame.NUMBER),
    (400, 13225, Blame.NUMBER),
    (400, 21202, Blame.NUMBER),
    (400, 21215, Blame.PERMISSION),
    (400, 13227, Blame.PERMISSION),
    (400, 21203, Blame.PERMISSION),
    (400, 32205, Blame.PERMISSION),
    (400, 22005, Blame.RATE),
    (429, 20429, Blame.RATE),
    (400, 10004, Blame.RATE),
    (429, 99999, Blame.RATE),
    (400, 99999, Blame.US),
]


@pytest.mark.parametrize(("status", "code", "blame"), CODES)
def test_a_refusal_is_final_and_names_who_has_to_act(script: Script, status: int, code: int, blame: Blame) -> None:
    script.error(status, code)

    error = failure(lambda: account().create_call(ORDER))

    assert (error.fate, error.blame, error.code) == (Fate.NOT_DONE, blame, str(code))
    assert error.permanent == (blame != Blame.RATE)
    assert script.requests == ["POST"]


def test_every_mapped_code_is_tried_here() -> None:
    assert set(BLAME_OF_CODE) - {code for _, code, _ in CODES} == {32100}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"<html>Internal Server Error</html>"),
        (503, b""),
        (502, b"Bad gateway"),
        (504, b"{}"),
        (408, b"{}"),
        (201, b"<html>A proxy's page</html>"),
        (201, b""),
        (201, b"[]"),
        (201, b"null"),
        (201, b"{}"),
        (201, b'{"sid": "CA1", "status": "queued", "queue_time": "soon"}'),
    ],
)
def test_an_answer_that_says_nothing_leaves_the_fate_unknown(script: Script, status: int, body: bytes) -> None:
    script.status, script.body = status, body

    error = failure(lambda: account().create_call(ORDER))

    assert (error.fate, error.blame, error.permanent) == (Fate.UNKNOWN, Blame.NETWORK, False)
    assert script.requests == ["POST"]


@pytest.mark.parametrize("how", ["drops", "hangs"])
def test_a_broken_connection_leaves_the_fate_unknown_and_is_not_tried_again(script: Script, how: str) -> None:
    setattr(script, how, True)

    error = failure(lambda: account().create_call(ORDER))

    assert (error.fate, error.blame, error.permanent) == (Fate.UNKNOWN, Blame.NETWORK, False)
    assert script.requests == ["POST"]


def test_a_carrier_that_is_not_there_has_done_nothing(settings: Settings) -> None:
    settings.SIMULATOR_URL = "http://127.0.0.1:9"  # nobody listens on the discard port

    error = failure(lambda: account().create_call(ORDER))

    assert (error.fate, error.blame, error.permanent) == (Fate.NOT_DONE, Blame.NETWORK, False)


def test_a_refused_list_says_that_nothing_is_known(script: Script) -> None:
    """Twilio's client raises an error without a code there."""
    script.error(401, 20003)

    error = failure(
        lambda: account().find_calls(to=ORDER.to, caller_id=ORDER.caller_id, since=datetime(2026, 6, 16, tzinfo=UTC))
    )

    assert (error.fate, error.permanent) == (Fate.UNKNOWN, False)


@pytest.mark.parametrize(
    ("kind", "fate", "blame"),
    [
        ("throttled", Fate.NOT_DONE, Blame.RATE),
        ("fails_before", Fate.UNKNOWN, Blame.NETWORK),
        ("fails_after", Fate.UNKNOWN, Blame.NETWORK),
        ("drops_after", Fate.UNKNOWN, Blame.NETWORK),
        ("hangs_after", Fate.UNKNOWN, Blame.NETWORK),
    ],
)
def test_faults_of_the_simulated_carrier(
    exchange: RunningCarrier, settings: Settings, kind: str, fate: Fate, blame: Blame
) -> None:
    settings.CARRIER_READ_TIMEOUT = 0.5
    with fault(exchange, kind, seconds=2):
        error = failure(lambda: account().create_call(ORDER))

    assert (error.fate, error.blame, error.permanent) == (fate, blame, False)


@pytest.mark.parametrize("exchange", [1.0], indirect=True)
def test_a_placed_call_can_be_found_fetched_cancelled(exchange: RunningCarrier) -> None:
    before = now()
    call = account().create_call(ORDER)

    found = account().find_calls(to=ORDER.to, caller_id=ORDER.caller_id, since=before)
    too_old = account().find_calls(to=ORDER.to, caller_id=ORDER.caller_id, since=before + timedelta(minutes=5))
    account().cancel_call(call.sid)

    assert [one.sid for one in found] == [call.sid]
    assert (too_old, call.queue_seconds) == ([], 0.0)
    exchange.wait_over(call.sid)
    assert account().get_call(call.sid).status == "canceled"
    assert failure(lambda: account().end_call(call.sid)).blame == Blame.GONE
    assert failure(lambda: account().get_call(SID)).blame == Blame.GONE


def test_a_call_with_detection_asks_for_it_apart_from_the_answer(exchange: RunningCarrier) -> None:
    """Asynchronous detection is a word, not a flag: the watched adapter refuses `True`."""
    order = CallOrder(**{**{name: getattr(ORDER, name) for name in ORDER.__slots__}, "amd_url": HOOK + "amd?a=1"})

    assert account().create_call(order).status == "queued"


def test_an_agents_leg_outlives_the_usual_limit_of_four_hours(exchange: RunningCarrier) -> None:
    sid = account().create_leg(LEG)

    call = exchange.carrier.registry.calls[sid]
    assert (call.time_limit, call.to) == (86_400, "client:t1_u2")
    account().end_call(sid)
    assert exchange.wait_over(sid)["ended_by"] == "api"


@pytest.mark.parametrize("is_alone", [True, False])
def test_a_transfers_target_is_dialled_into_a_conference_and_taken_to_another(
    exchange: RunningCarrier, is_alone: bool
) -> None:
    exchange.pin("+12025550143", "sale_slow")
    order = TargetOrder(
        to="+12025550143",
        caller_id="+12125550100",
        room="t1-transfer-1",
        label="target-1",
        status_url=HOOK + "target?t=1",
        ring_seconds=20,
        is_alone_with_person=is_alone,
    )

    sid = account().create_target(order)
    exchange.wait_until(sid, lambda row: row["answered_at"] is not None)

    call = exchange.carrier.registry.calls[sid]
    seat = wait_for(lambda: call.seat)
    assert (seat.room.name, seat.entry.label, seat.end_on_exit, call.ring_timeout) == (
        "t1-transfer-1",
        "target-1",
        is_alone,
        20,
    )
    account().redirect_call(sid, join_transfer(room="t1-transfer-2", label="target-1", is_waiting=False))
    wait_for(lambda: call.seat and call.seat.room.name == "t1-transfer-2")


def test_a_person_in_a_conference_is_put_on_hold_and_taken_off_it(exchange: RunningCarrier) -> None:
    sid = account().create_leg(LEG)
    exchange.wait_until(sid, lambda row: row["answered_at"] is not None)
    (room,) = exchange.carrier.registry.rooms.values()

    held = []
    for is_held in (True, False):
        account().hold_leg(room_sid=room.sid, sid=sid, is_held=is_held)
        held.append([seat.hold for seat in room.seats.values()])

    assert held == [[True], [False]]
    account().end_call(sid)
