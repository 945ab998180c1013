"""A person whose agent's line is lost: asked to wait, and brought back; nothing after a mere reload."""

import re
from datetime import datetime

import pytest

from apps.agents.models import AgentSession, AgentState, LostLine
from apps.agents.services import lost_lines
from apps.agents.services.lost_lines import GRACE_SECONDS
from apps.calls import control, placing
from apps.calls.enums import AttemptState, TransferState
from apps.calls.models import Attempt, Transfer
from apps.campaigns.models import Campaign
from apps.core import clock
from apps.softphone.selectors import desk_state
from apps.telephony.models import TransferTarget
from tests.conformance.running import RunningCarrier
from tests.conformance.twiml import faults
from tests.dialer.callbacks import answered, attempt, campaign, deliver, post, reread, standing_clock, status
from tests.dialer.losing import AGENT_SID, NEXT_SID, ROOM, later, leg, lose, session, standing, wait
from tests.dialling import Jobs, fault, reserve_one, seat_agent

__all__ = ["attempt", "campaign", "session", "standing_clock"]


@standing
def test_a_line_that_is_back_within_a_moment_says_nothing(
    attempt: Attempt, session: AgentSession, at: datetime, jobs: Jobs
) -> None:
    leg(session, at, is_there=False)
    lost_lines.follow_lines(at=later(at, GRACE_SECONDS - 1))
    leg(session, later(at, GRACE_SECONDS - 1), is_there=True, sid=NEXT_SID)
    lost_lines.follow_lines(at=later(at, 60))

    assert (LostLine.objects.count(), jobs.named("agents.keep_person")) == (0, [])


@standing
@pytest.mark.parametrize("change", ["ready", "over", "disposed"])
def test_only_a_talk_that_goes_on_is_kept(
    attempt: Attempt, session: AgentSession, at: datetime, jobs: Jobs, change: str
) -> None:
    if change == "ready":
        AgentSession.objects.filter(id=session.id).update(state=AgentState.READY)
    elif change == "over":
        status(attempt, "completed", 3)
    else:
        Attempt.objects.filter(id=attempt.id).update(disposed_at=at)
    leg(session, at, is_there=False)
    lost_lines.follow_lines(at=later(at, 60))

    assert LostLine.objects.count() == 0


@standing
@pytest.mark.parametrize(
    ("state", "is_holding", "kept"),
    [
        (TransferState.TALKING, False, 0),
        (TransferState.TALKING, True, 1),
        (TransferState.RINGING, False, 1),
    ],
)
def test_who_talks_to_a_colleague_is_left_to_them(
    attempt: Attempt, session: AgentSession, at: datetime, state: TransferState, is_holding: bool, kept: int
) -> None:
    Transfer.objects.create(
        attempt=attempt,
        target=TransferTarget.objects.create(name="Office", phone="+12125550177"),
        agent=session.user,
        name="Office",
        phone="+12125550177",
        way=Transfer.Way.WARM,
        state=state,
        asked_at=at,
    )
    AgentSession.objects.update(is_holding=is_holding)
    leg(session, at, is_there=False)
    lost_lines.follow_lines(at=later(at, 60))

    assert LostLine.objects.count() == kept


@standing
def test_a_lost_line_is_told_once_and_the_way_on_waits_for_the_carrier(
    attempt: Attempt, session: AgentSession, at: datetime, jobs: Jobs
) -> None:
    line = lose(session, at)

    assert (line.state, line.lost_at, line.told_at) == (LostLine.State.WAITING, at, later(at, GRACE_SECONDS))
    assert "waits for you" in desk_state(session.user, at=at)["lost_line"]
    assert {one["line_id"] for one in jobs.named("agents.keep_person")} == {line.id}
    said = wait(attempt)
    jobs.sent.clear()
    lost_lines.follow_lines(at=later(at, GRACE_SECONDS + 2))
    assert jobs.named("agents.keep_person") == []
    assert re.findall("<Say.*?>(.*?)</Say>|<(Redirect)", said) == [
        ("Thank you for holding. We are connecting you again.", ""),
        ("", "Redirect"),
    ]
    assert wait(attempt) == said


@standing
def test_an_agent_who_comes_back_has_the_person_again(
    attempt: Attempt, session: AgentSession, at: datetime, jobs: Jobs
) -> None:
    AgentSession.objects.filter(id=session.id).update(is_holding=True)
    line = lose(session, at)
    jobs.sent.clear()
    leg(session, later(at, 10), is_there=True, sid=NEXT_SID)

    assert jobs.named("agents.keep_person") == [{"tenant_id": attempt.tenant_id, "line_id": line.id}]
    said = wait(attempt)
    assert f">t{attempt.tenant_id}-agent-{session.id}</Conference>" in said
    assert wait(attempt) == said
    line.refresh_from_db()
    session.refresh_from_db()
    assert (line.state, line.ended_at is not None, session.is_holding) == (LostLine.State.BACK, True, False)

    lose_again = later(at, 30)
    leg(session, lose_again, is_there=False, sid=NEXT_SID)
    lost_lines.follow_lines(at=later(lose_again, GRACE_SECONDS))
    assert LostLine.objects.filter(ended_at=None, lost_at=lose_again).count() == 1


@standing
def test_an_agent_lost_again_before_the_person_was_brought_back_is_waited_for_again(
    attempt: Attempt, session: AgentSession, at: datetime
) -> None:
    lose(session, at)
    leg(session, later(at, 10), is_there=True, sid=NEXT_SID)
    leg(session, later(at, 11), is_there=False, sid=NEXT_SID)

    assert "Thank you for holding" in wait(attempt)
    lost_lines.follow_lines(at=later(at, 15))
    line = LostLine.objects.get()
    assert (line.state, line.lost_at) == (LostLine.State.WAITING, later(at, 11))


@standing
def test_who_comes_into_an_empty_room_is_connected_only_when_the_agent_comes(
    attempt: Attempt, at: datetime, jobs: Jobs
) -> None:
    session = seat_agent(attempt.campaign, at, leg_sid=AGENT_SID, room_sid="CF" + "9" * 32)
    answered(post(attempt, "answer", {"CallStatus": "in-progress"}))
    joined = {"Timestamp": "Tue, 16 Jun 2026 17:00:01 +0000", "ConferenceSid": ROOM}
    deliver(attempt, [("join", joined)])

    assert (reread(attempt).state, LostLine.objects.get().state) == (AttemptState.ANSWERED, LostLine.State.WAITING)
    leg(session, at, is_there=True, sid=NEXT_SID)
    assert "<Conference" in wait(attempt)
    deliver(attempt, [("join", joined | {"Timestamp": "Tue, 16 Jun 2026 17:00:09 +0000"})])
    assert reread(attempt).state == AttemptState.CONNECTED


@standing
def test_one_worker_tells_the_carrier_and_sees_to_what_changes_meanwhile(
    attempt: Attempt, session: AgentSession, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = lose(session, at)
    told: list[str] = []

    def redirect(*, attempt: Attempt, document: str) -> None:
        told.append("wait" if "Please hold on" in document else "agent")
        if len(told) == 1:
            leg(session, later(at, 4), is_there=True, sid=NEXT_SID)
            keep(line)
            told.append("told")

    monkeypatch.setattr(control, "redirect_person", redirect)
    for _ in range(2):
        keep(line)

    assert told == ["wait", "told", "agent"]
    line.refresh_from_db()
    assert (line.state, line.is_pending, line.ended_at is not None) == (LostLine.State.BACK, False, True)


@standing
def test_a_worker_that_died_is_replaced_when_its_time_is_over(
    attempt: Attempt, session: AgentSession, at: datetime, jobs: Jobs
) -> None:
    line = lose(session, at)
    LostLine.objects.update(busy_until=later(at, 20))
    jobs.sent.clear()

    lost_lines.follow_lines(at=later(at, 19))
    assert jobs.named("agents.keep_person") == []
    lost_lines.follow_lines(at=later(at, 20))
    assert jobs.named("agents.keep_person") == [{"tenant_id": line.tenant_id, "line_id": line.id}]


def talk(campaign: Campaign, exchange: RunningCarrier, at: datetime) -> tuple[Attempt, AgentSession]:
    """A call that somebody has answered at the carrier, for an agent whose line is away."""
    attempt = reserve_one(campaign, clock.now())
    hooks = f"/hooks/{attempt.tenant_id}/voice/"
    for name in ("answer", "wait"):
        exchange.customer.answers[hooks + name] = '<Response><Say loop="0">Listen.</Say></Response>'
    exchange.pin(attempt.phone, "sale_slow")
    placing.place_attempt(tenant_id=attempt.tenant_id, attempt_id=attempt.id, now=clock.now)
    attempt = reread(attempt)
    assert attempt.sid is not None
    exchange.wait_until(attempt.sid, lambda row: row["answered_at"] is not None)
    session = seat_agent(campaign, at, state=AgentState.ON_CALL, attempt=attempt, is_leg_connected=False)
    return attempt, session


def keep(line: LostLine) -> None:
    lost_lines.keep_person(tenant_id=line.tenant_id, line_id=line.id, at=clock.now())


@pytest.mark.parametrize("exchange", [20.0], indirect=True)
def test_the_carrier_asks_the_person_to_wait_and_brings_them_back(
    campaign: Campaign, exchange: RunningCarrier, at: datetime, jobs: Jobs
) -> None:
    attempt, session = talk(campaign, exchange, at)
    line = LostLine.objects.create(session=session, attempt=attempt, lost_at=at, told_at=at, is_pending=True)
    path = f"/hooks/{attempt.tenant_id}/voice/wait?a={attempt.id}"

    with fault(exchange, "throttled", target="calls.update"):
        keep(line)
    line.refresh_from_db()
    assert (line.is_pending, line.busy_until) == (True, None)
    for _ in range(2):
        keep(line)
    line.refresh_from_db()
    assert (line.is_pending, line.busy_until, line.ended_at) == (False, None, None)
    exchange.customer.wait_for(path)

    AgentSession.objects.filter(id=session.id).update(is_leg_connected=True)
    session.refresh_from_db()
    lost_lines.notice_return(session=session, at=clock.now())
    keep(line)
    line.refresh_from_db()
    assert (line.state, line.is_pending, line.ended_at is not None) == (LostLine.State.BACK, False, True)
    room = lost_lines.rejoin(session, attempt)
    assert faults(room) == []
    exchange.customer.wait_for(
        f"/hooks/{attempt.tenant_id}/voice/conference",
        where=lambda one: one.fields.get("ParticipantLabel") == f"lead-{attempt.id}",
    )
