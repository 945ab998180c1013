"""The agent's state machine: what the agent asks for, and previews; what each step refuses and what it leaves alone."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from apps.agents.models import AgentSession, AgentState
from apps.agents.services import sessions
from apps.agents.services.states import AgentStateError
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign, QueueState
from tests import factories
from tests.agents.shifts import campaign, reread, seat
from tests.dialling import Jobs, add_lead

__all__ = ["campaign"]

pytestmark = pytest.mark.usefixtures("jobs")
Step = Callable[[AgentSession, datetime], None]


def ready(session: AgentSession, at: datetime) -> None:
    sessions.go_ready(session=session, at=at)


def pause(session: AgentSession, at: datetime) -> None:
    sessions.take_break(session=session, reason="Lunch", at=at)


def end(session: AgentSession, at: datetime) -> None:
    sessions.end_session(session=session, at=at)


@pytest.mark.parametrize(
    ("state", "step", "becomes", "next_state"),
    [
        ("BREAK", ready, "READY", ""),
        ("READY", ready, "READY", ""),
        ("PREVIEW", ready, "PREVIEW", ""),
        ("RESERVED", ready, "RESERVED", ""),
        ("ON_CALL", ready, "ON_CALL", ""),
        ("READY", pause, "BREAK", ""),
        ("BREAK", pause, "BREAK", ""),
        ("PREVIEW", pause, "BREAK", ""),
        ("RESERVED", pause, "RESERVED", "BREAK"),
        ("ON_CALL", pause, "ON_CALL", "BREAK"),
        ("WRAP_UP", pause, "WRAP_UP", "BREAK"),
        ("READY", end, "OFFLINE", ""),
        ("BREAK", end, "OFFLINE", ""),
        ("PREVIEW", end, "OFFLINE", ""),
        ("RESERVED", end, "RESERVED", "OFFLINE"),
        ("ON_CALL", end, "ON_CALL", "OFFLINE"),
        ("WRAP_UP", end, "WRAP_UP", "OFFLINE"),
    ],
)
def test_what_a_click_leads_to(
    campaign: Campaign, at: datetime, state: str, step: Step, becomes: str, next_state: str
) -> None:
    session = seat(campaign, at, AgentState(state), next_state="" if state == "BREAK" else "READY")

    step(session, at)

    after = reread(session)
    assert (after.state, after.next_state if becomes != "OFFLINE" else "") == (becomes, next_state)
    assert (after.ended_at is not None) == (becomes == "OFFLINE")


@pytest.mark.parametrize("step", [pause, end])
def test_a_preview_that_is_left_goes_back_to_the_queue(campaign: Campaign, at: datetime, step: Step) -> None:
    session = seat(campaign, at, AgentState.PREVIEW)
    lead = session.preview_lead

    step(session, at)

    assert lead is not None
    lead.refresh_from_db()
    assert (lead.state, lead.next_attempt_at, reread(session).preview_lead_id) == (QueueState.WAITING, at, None)


@pytest.mark.parametrize("step", [ready, pause, end])
def test_a_closed_shift_stays_closed(campaign: Campaign, at: datetime, step: Step) -> None:
    session = seat(campaign, at, AgentState.READY)
    end(session, at)

    with pytest.raises(AgentStateError):
        step(session, at)
    assert reread(session).state == AgentState.OFFLINE


def test_ready_waits_for_the_leg_and_asks_for_it(campaign: Campaign, at: datetime, jobs: Jobs) -> None:
    session = seat(campaign, at, AgentState.BREAK, is_leg_connected=False)
    jobs.sent.clear()

    ready(session, at)

    assert (reread(session).state, reread(session).next_state) == ("BREAK", "READY")
    assert jobs.named("agents.connect_leg") == [{"tenant_id": session.tenant_id, "session_id": session.id}]


def test_ready_is_a_sign_of_the_desk(campaign: Campaign, at: datetime) -> None:
    session = seat(campaign, at, AgentState.BREAK)
    later = at + timedelta(minutes=10)

    ready(session, later)
    sessions.expire_unseen(campaign_id=campaign.id, before=later - timedelta(minutes=1), at=later)

    assert reread(session).state == AgentState.READY


def test_a_wrap_up_needs_its_disposition_before_the_next_call(campaign: Campaign, at: datetime) -> None:
    session = seat(campaign, at, AgentState.WRAP_UP)
    with pytest.raises(AgentStateError, match="Choose a disposition first"):
        ready(session, at)
    sessions.finish_wrap_up(session=session, at=at)
    assert reread(session).state == AgentState.WRAP_UP

    Attempt.objects.filter(id=session.attempt_id).update(disposed_at=at)
    sessions.finish_wrap_up(session=session, at=at)

    assert (reread(session).state, reread(session).attempt_id) == (AgentState.READY, None)


@pytest.mark.parametrize(("wanted", "becomes"), [("", "READY"), ("BREAK", "BREAK"), ("OFFLINE", "OFFLINE")])
def test_after_the_wrap_up_comes_what_was_asked_for(
    campaign: Campaign, at: datetime, wanted: str, becomes: str
) -> None:
    session = seat(campaign, at, AgentState.WRAP_UP, next_state=wanted, draft={"note": "half a"})
    Attempt.objects.filter(id=session.attempt_id).update(disposed_at=at)

    sessions.finish_wrap_up(session=session, at=at)

    after = reread(session)
    assert (after.state, after.attempt_id, after.draft, after.next_state) == (becomes, None, {}, "")


def test_a_shift_starts_on_break_and_rings_the_agent(campaign: Campaign, at: datetime, jobs: Jobs) -> None:
    user = factories.UserFactory.create()

    first = sessions.start_session(user=user, campaign=campaign, at=at)
    again = sessions.start_session(user=user, campaign=campaign, at=at)

    assert (first.id, first.state, first.break_reason) == (again.id, "BREAK", "LOGIN")
    assert (first.started_at, first.state_since, first.seen_at) == (at, at, at)
    assert len(jobs.named("agents.connect_leg")) == 1


def test_another_campaign_takes_an_idle_agent_only(campaign: Campaign, at: datetime) -> None:
    other = factories.CampaignFactory.create(disposition_set=campaign.disposition_set)
    busy, idle = seat(campaign, at, AgentState.ON_CALL), seat(campaign, at, AgentState.PREVIEW)
    lead = idle.preview_lead

    moved = sessions.start_session(user=idle.user, campaign=other, at=at)
    with pytest.raises(AgentStateError):
        sessions.start_session(user=busy.user, campaign=other, at=at)

    assert lead is not None
    lead.refresh_from_db()
    assert (moved.campaign_id, moved.state, lead.state) == (other.id, AgentState.BREAK, QueueState.WAITING)
    assert reread(busy).campaign_id == campaign.id


# --- previews


def test_a_preview_is_offered_to_a_ready_agent_only(campaign: Campaign, at: datetime) -> None:
    lead = add_lead(campaign)
    on_break, free = seat(campaign, at, AgentState.BREAK), seat(campaign, at, AgentState.READY)

    offered = [
        sessions.offer_preview(session_id=one.id, campaign_lead_id=lead.id, at=at) for one in (on_break, free, free)
    ]

    assert offered == [False, True, False]
    assert (reread(free).state, reread(free).preview_lead_id) == (AgentState.PREVIEW, lead.id)


def test_a_skipped_preview_rests_with_its_reason(campaign: Campaign, at: datetime) -> None:
    session = seat(campaign, at, AgentState.PREVIEW)
    lead = session.preview_lead

    sessions.skip_preview(session=session, reason="Bad moment", at=at)

    assert lead is not None
    lead.refresh_from_db()
    assert (lead.reason, lead.next_attempt_at) == ("Bad moment", at + sessions.SKIP_REST)
    with pytest.raises(AgentStateError):
        sessions.skip_preview(session=session, reason="Bad moment", at=at)


def test_an_old_preview_is_taken_back(campaign: Campaign, at: datetime) -> None:
    old, fresh = seat(campaign, at, AgentState.PREVIEW), seat(campaign, at, AgentState.PREVIEW)
    AgentSession.objects.filter(id=fresh.id).update(state_since=at + timedelta(seconds=1))
    limit = at + timedelta(seconds=campaign.preview_seconds)

    sessions.expire_previews(campaign=campaign, at=limit)

    assert [(reread(one).state, reread(one).break_reason) for one in (old, fresh)] == [
        ("BREAK", "PREVIEW_OVER"),
        ("PREVIEW", ""),
    ]
