"""Recording of talks: when it may start, one request at the carrier whatever fails, pauses, and how the carrier's news merge."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.calls import addresses, control, placing, taping
from apps.calls.enums import AttemptState
from apps.calls.models import Attempt, Recording, Taping
from apps.calls.selectors import list_tapings_behind
from apps.calls.services import recordings
from apps.calls.services.recordings import TapingError
from apps.telephony.errors import Blame, CarrierError, Fate
from apps.tenants.models import Tenant
from tests import factories
from tests.conformance.running import RunningCarrier
from tests.dialling import Jobs, now, open_campaign, reserve_one, wait_for

SID = "RE" + "4" * 32


@pytest.fixture(autouse=True)
def caught_jobs(jobs: Jobs) -> Jobs:
    return jobs


def talk(at: datetime, *, recording: str = "ALL", jurisdictions: tuple[str, ...] = ("US", "US-NY")) -> Attempt:
    """An agent and a person on the line."""
    attempt = reserve_one(open_campaign(at, recording=recording), at)
    place = factories.PlaceFactory.create(jurisdictions=list(jurisdictions))
    attempt.lead.place = place
    attempt.lead.save()
    Attempt.objects.filter(id=attempt.id).update(
        state=AttemptState.CONNECTED, sid="CA" + "7" * 32, connected_at=at, agent=factories.UserFactory.create()
    )
    return reread(attempt)


def reread(attempt: Attempt) -> Attempt:
    return Attempt.objects.select_related("campaign", "lead__place", "caller_id__account").get(id=attempt.id)


def steer(attempt: Attempt, at: datetime) -> Taping:
    taping.steer_taping(tenant_id=attempt.tenant_id, attempt_id=attempt.id, now=lambda: at)
    return Taping.objects.get(attempt=attempt)


class Carrier:
    """What was asked of the carrier; `failures` are raised first, `found` is what it would list."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failures: list[CarrierError] = []
        self.found = ""

    def _ask(self, what: str, answer: str = SID) -> str:
        self.asked.append(what)
        if self.failures:
            raise self.failures.pop(0)
        return answer

    def start(self, *, attempt: Attempt) -> str:
        return self._ask("start")

    def find(self, *, attempt: Attempt) -> str:
        return self._ask("find", self.found)

    def pause(self, *, attempt: Attempt, recording_sid: str, is_paused: bool) -> None:
        assert recording_sid == SID
        self._ask("pause" if is_paused else "resume")


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> Iterator[Carrier]:
    made = Carrier()
    for name in ("start", "find", "pause"):
        monkeypatch.setattr(control, f"{name}_recording", getattr(made, name))
    return made


def failure(fate: Fate, message: str = "Cannot record.") -> CarrierError:
    return CarrierError(message, code="21220", blame=Blame.US, fate=fate, permanent=True)


# --- when it starts


@pytest.mark.parametrize(
    ("recording", "jurisdictions", "state", "is_asked"),
    [
        ("ALL", ("US", "US-NY"), "STARTING", True),
        ("ALL", ("US", "US-CA"), "CONSENT", False),
        ("ALL", ("US", "US-NY", "US-CA"), "CONSENT", False),
        ("ALL", (), "CONSENT", False),
        ("ON_WISH", ("US", "US-NY"), "OFF", False),
    ],
)
def test_a_talk_is_recorded_at_once_only_where_the_law_lets_it(
    tenant: Tenant,
    caught_jobs: Jobs,
    at: datetime,
    recording: str,
    jurisdictions: tuple[str, ...],
    state: str,
    is_asked: bool,
) -> None:
    attempt = talk(at, recording=recording, jurisdictions=jurisdictions)
    for _ in range(2):
        recordings.begin_taping(attempt_id=attempt.id, at=at)
    assert [(one.state, one.attempt_id) for one in Taping.objects.all()] == [(state, attempt.id)]
    assert len(caught_jobs.named("calls.steer_taping")) == is_asked


def test_nothing_is_kept_of_a_campaign_that_records_nothing(tenant: Tenant, at: datetime) -> None:
    attempt = talk(at, recording="NONE")
    recordings.begin_taping(attempt_id=attempt.id, at=at)
    assert Taping.objects.count() == 0
    with pytest.raises(TapingError):
        recordings.want_taping(attempt=attempt, at=at)


def test_agreement_is_kept_with_its_time_and_sentence_and_starts_the_recording(
    tenant: Tenant, carrier: Carrier, at: datetime
) -> None:
    attempt, agent = talk(at, jurisdictions=("US", "US-CA")), factories.UserFactory.create()
    recordings.begin_taping(attempt_id=attempt.id, at=at)
    assert (steer(attempt, at).state, carrier.asked) == ("CONSENT", [])

    later = at + timedelta(seconds=9)
    agree(attempt, agent, True, later)

    found = steer(attempt, later)
    assert (found.state, found.sid, carrier.asked) == ("ON", SID, ["start"])
    assert (found.agreed_at, found.sentence, found.demands) == (later, "May I?", ["US-CA.recording.all"])
    (entry,) = AuditEntry.objects.filter(action="recording.agreed")
    assert (entry.actor, entry.target, entry.data) == (agent, f"attempt:{attempt.id}", {"sentence": "May I?"})
    with pytest.raises(TapingError):
        agree(attempt, agent, False, later)


def agree(attempt: Attempt, agent: User, is_agreed: bool, at: datetime) -> None:
    recordings.note_agreement(attempt=attempt, is_agreed=is_agreed, sentence="May I?", user=agent, at=at)


def test_who_does_not_agree_is_not_recorded_until_asked_again(tenant: Tenant, carrier: Carrier, at: datetime) -> None:
    attempt, agent = talk(at, jurisdictions=("US", "US-CA")), factories.UserFactory.create()
    recordings.begin_taping(attempt_id=attempt.id, at=at)
    agree(attempt, agent, False, at)
    found = steer(attempt, at)
    assert (found.state, found.declined_at, carrier.asked) == ("OFF", at, [])
    assert AuditEntry.objects.filter(action="recording.declined").count() == 1

    recordings.want_taping(attempt=attempt, at=at)
    assert Taping.objects.get().state == "CONSENT"


# --- one request, whatever fails


def test_a_doubled_message_asks_the_carrier_once(tenant: Tenant, carrier: Carrier, at: datetime) -> None:
    attempt = talk(at)
    recordings.begin_taping(attempt_id=attempt.id, at=at)
    assert [steer(attempt, at).state for _ in range(2)] == ["ON", "ON"]
    assert carrier.asked == ["start"]


def test_a_refusal_is_said_and_the_agent_may_try_again(tenant: Tenant, carrier: Carrier, at: datetime) -> None:
    attempt = talk(at)
    carrier.failures = [failure(Fate.NOT_DONE, "Recording is switched off.")]
    recordings.begin_taping(attempt_id=attempt.id, at=at)
    found = steer(attempt, at)
    assert (found.state, found.problem, found.is_rolling) == ("FAILED", "Recording is switched off.", False)

    recordings.want_taping(attempt=attempt, at=at)
    assert (steer(attempt, at).state, carrier.asked) == ("ON", ["start", "start"])


@pytest.mark.parametrize(("found", "state"), [(SID, "ON"), ("", "FAILED")])
def test_a_request_of_unknown_fate_is_looked_up_and_not_repeated(
    tenant: Tenant, carrier: Carrier, at: datetime, found: str, state: str
) -> None:
    attempt = talk(at)
    carrier.failures, carrier.found = [failure(Fate.UNKNOWN)], found
    recordings.begin_taping(attempt_id=attempt.id, at=at)
    assert (steer(attempt, at).state, carrier.asked) == (state, ["start", "find"])


def test_while_the_fate_is_unknown_it_may_be_recording_and_is_looked_up_again(
    tenant: Tenant, carrier: Carrier, at: datetime
) -> None:
    attempt = talk(at)
    carrier.failures, carrier.found = [failure(Fate.UNKNOWN), failure(Fate.UNKNOWN)], SID
    recordings.begin_taping(attempt_id=attempt.id, at=at)
    found = steer(attempt, at)
    assert (found.state, found.is_rolling, list(list_tapings_behind(at=at))) == ("STARTING", True, [found])
    assert (steer(attempt, at).state, carrier.asked) == ("ON", ["start", "find", "find"])


def test_a_worker_that_died_is_followed_when_its_time_is_over(tenant: Tenant, carrier: Carrier, at: datetime) -> None:
    attempt = talk(at)
    recordings.begin_taping(attempt_id=attempt.id, at=at)
    Taping.objects.update(asked_at=at, claimed_until=at + timedelta(seconds=45))
    assert (steer(attempt, at).state, list(list_tapings_behind(at=at)), carrier.asked) == ("STARTING", [], [])

    later, carrier.found = at + timedelta(seconds=46), SID
    assert list_tapings_behind(at=later).count() == 1
    assert (steer(attempt, later).state, carrier.asked) == ("ON", ["find"])


def test_news_that_it_runs_settles_what_was_not_known(tenant: Tenant, carrier: Carrier, at: datetime) -> None:
    attempt = talk(at)
    carrier.failures = [failure(Fate.UNKNOWN)]
    recordings.begin_taping(attempt_id=attempt.id, at=at)
    assert steer(attempt, at).state == "FAILED"
    save(attempt, "in-progress", at)
    found = Taping.objects.get()
    assert (found.state, found.sid, found.problem) == ("ON", SID, "")


def save(attempt: Attempt, status: str, at: datetime, seconds: int = 0) -> None:
    recordings.save_recording(attempt=attempt, sid=SID, url="", seconds=seconds, status=status, at=at)


def test_news_that_are_overtaken_by_the_end_change_nothing(tenant: Tenant, at: datetime) -> None:
    attempt = talk(at)
    for status, seconds in (("completed", 12), ("in-progress", 0)):
        save(attempt, status, at, seconds)
    assert list(Recording.objects.values_list("status", "seconds")) == [("completed", 12)]


# --- pauses


def test_pause_and_card_field_are_independent_of_each_other(tenant: Tenant, carrier: Carrier, at: datetime) -> None:
    attempt = talk(at)
    recordings.begin_taping(attempt_id=attempt.id, at=at)
    states = [steer(attempt, at).state]
    for is_paused, is_open in ((True, False), (True, True), (False, True), (False, False)):
        recordings.pause_taping(attempt=attempt, is_paused=is_paused, at=at)
        recordings.mark_field(attempt=attempt, is_open=is_open, at=at)
        states.append(steer(attempt, at).state)
    assert (states, carrier.asked) == (["ON", "PAUSED", "PAUSED", "PAUSED", "ON"], ["start", "pause", "resume"])


def test_a_recording_does_not_begin_within_a_card_field(tenant: Tenant, carrier: Carrier, at: datetime) -> None:
    attempt = talk(at, recording="ON_WISH")
    recordings.begin_taping(attempt_id=attempt.id, at=at)
    recordings.mark_field(attempt=attempt, is_open=True, at=at)
    recordings.want_taping(attempt=attempt, at=at)
    found = steer(attempt, at)
    assert (found.state, found.is_rolling, carrier.asked, list(list_tapings_behind(at=at))) == (
        "STARTING",
        False,
        [],
        [],
    )
    recordings.mark_field(attempt=attempt, is_open=False, at=at)
    assert (steer(attempt, at).state, carrier.asked) == ("ON", ["start"])


def test_what_is_wanted_during_a_request_is_done_after_it(
    tenant: Tenant, carrier: Carrier, monkeypatch: pytest.MonkeyPatch, at: datetime
) -> None:
    attempt = talk(at)
    recordings.begin_taping(attempt_id=attempt.id, at=at)

    def start(**_: Any) -> str:
        recordings.mark_field(attempt=attempt, is_open=True, at=at)
        assert steer(attempt, at).state == "STARTING"
        return carrier.start(attempt=attempt)

    monkeypatch.setattr(control, "start_recording", start)
    assert (steer(attempt, at).state, carrier.asked) == ("PAUSED", ["start", "pause"])


def test_a_pause_that_fails_is_said_and_tried_again(tenant: Tenant, carrier: Carrier, at: datetime) -> None:
    attempt = talk(at)
    recordings.begin_taping(attempt_id=attempt.id, at=at)
    steer(attempt, at)
    carrier.failures = [failure(Fate.UNKNOWN, "no answer")]
    recordings.mark_field(attempt=attempt, is_open=True, at=at)
    found = steer(attempt, at)
    assert (found.state, found.problem, found.is_rolling) == ("ON", "no answer", True)
    assert list(list_tapings_behind(at=at)) == [found]
    found = steer(attempt, at)
    assert (found.state, found.problem, found.is_rolling) == ("PAUSED", "", False)


def test_nothing_is_asked_of_a_call_that_is_over(tenant: Tenant, carrier: Carrier, at: datetime) -> None:
    attempt = talk(at)
    recordings.begin_taping(attempt_id=attempt.id, at=at)
    Attempt.objects.filter(id=attempt.id).update(state=AttemptState.ENDED)
    assert (steer(attempt, at).state, carrier.asked, list(list_tapings_behind(at=at))) == ("STARTING", [], [])


def test_what_is_not_recorded_cannot_be_paused(tenant: Tenant, at: datetime) -> None:
    attempt = talk(at, recording="ON_WISH")
    recordings.begin_taping(attempt_id=attempt.id, at=at)
    with pytest.raises(TapingError):
        recordings.pause_taping(attempt=attempt, is_paused=True, at=at)


# --- at the carrier


@pytest.mark.parametrize("exchange", [60.0], indirect=True)
def test_the_carrier_records_two_channels_pauses_goes_on_and_says_so(tenant: Tenant, exchange: RunningCarrier) -> None:
    attempt = talk(now())
    account = attempt.caller_id.account
    client = placing.carrier_for(account.sid, account.auth_token).client  # type: ignore[attr-defined]  # behind the port
    exchange.pin("+12125550180", "sale_slow")
    placing.connect_agent(tenant_id=tenant.id, account=account, caller_id=attempt.caller_id, session_id=1, user_id=1)
    twiml = f"<Response><Dial><Conference>{addresses.room_name(tenant.id, 1)}</Conference></Dial></Response>"
    call = client.calls.create(to="+12125550180", from_=attempt.caller_id.phone, twiml=twiml)
    exchange.wait_until(call.sid, lambda row: row["answered_at"] is not None)
    Attempt.objects.filter(id=attempt.id).update(sid=call.sid)
    recordings.begin_taping(attempt_id=attempt.id, at=now())

    started = steer(attempt, now())
    assert started.problem == ""
    (held,) = exchange.carrier.registry.recordings.values()
    assert (started.state, started.sid, held.status, held.options.channels) == ("ON", held.sid, "in-progress", 2)
    assert control.find_recording(attempt=reread(attempt)) == held.sid
    statuses = []
    for is_paused in (True, False):
        recordings.pause_taping(attempt=attempt, is_paused=is_paused, at=now())
        steer(attempt, now())
        statuses.append((held.status, held.skips_pauses))
    assert statuses == [("paused", False), ("in-progress", False)]

    client.calls(call.sid).update(status="completed")
    told = f"/hooks/{attempt.tenant_id}/voice/recording?a={attempt.id}"
    words = wait_for(lambda: (found := exchange.customer.received(told)) and len(found) == 2 and found)
    assert [one.fields["RecordingStatus"] for one in words] == ["in-progress", "completed"]
    assert control.find_recording(attempt=reread(attempt)) == ""
