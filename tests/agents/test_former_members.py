"""What becomes of the shift of somebody who is no member any more, or whose role takes no calls."""

from datetime import datetime

import pytest

from apps.accounts.models import Role
from apps.agents.models import AgentSession, AgentState
from apps.agents.selectors import list_ready
from apps.agents.services import sessions
from apps.calls.enums import AttemptState, Outcome
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign, CampaignLead, QueueState
from tests import factories
from tests.agents.shifts import campaign, reread, seat
from tests.dialling import Jobs, reserve_one

__all__ = ["campaign"]

pytestmark = pytest.mark.usefixtures("jobs")


def close_to(session: AgentSession, *, is_active: bool = False, role: Role = Role.AGENT) -> None:
    factories.MembershipFactory.create(user=session.user, is_active=is_active, role=role)


def retire(session: AgentSession, at: datetime) -> AgentSession:
    sessions.retire_agent(user_id=session.user_id, at=at)
    return reread(session)


@pytest.mark.parametrize("state", ["BREAK", "READY", "PREVIEW", "WRAP_UP"])
def test_a_former_members_shift_ends_when_no_call_is_on(
    campaign: Campaign, at: datetime, state: str, jobs: Jobs
) -> None:
    session = seat(campaign, at, AgentState(state), draft={"note": "He moves in May"})
    close_to(session)
    attempt = session.attempt
    if attempt:
        Attempt.objects.filter(id=attempt.id).update(agent=session.user)
    after = retire(session, at)
    assert (after.state, after.ended_at, after.attempt_id, after.preview_lead_id) == ("OFFLINE", at, None, None)
    assert jobs.named("agents.end_leg") == [{"tenant_id": campaign.tenant_id, "session_id": session.id}]
    if session.preview_lead_id:
        assert CampaignLead.objects.get(id=session.preview_lead_id).state == QueueState.WAITING
    if attempt:
        kept = Attempt.objects.get(id=attempt.id)
        assert (kept.note, kept.disposition_id) == ("He moves in May", None)


def test_a_former_member_finishes_the_call_that_is_on(campaign: Campaign, at: datetime, jobs: Jobs) -> None:
    session = seat(campaign, at, AgentState.ON_CALL)
    close_to(session)
    after = retire(session, at)
    assert (after.state, after.next_state, after.ended_at) == ("ON_CALL", "OFFLINE", None)
    assert jobs.named("calls.end_call") == []
    Attempt.objects.filter(id=session.attempt_id).update(
        state=AttemptState.ENDED, outcome=Outcome.CONNECTED, connected_at=at, settled_at=at
    )
    sessions.follow_attempt(attempt_id=session.attempt_id, at=at)
    assert reread(session).state == "WRAP_UP"
    sessions.retire_former_members(campaign_id=campaign.id, at=at)
    assert (reread(session).state, reread(session).ended_at) == ("OFFLINE", at)


def test_a_call_that_only_rings_for_a_former_member_is_hung_up(campaign: Campaign, at: datetime, jobs: Jobs) -> None:
    session = seat(campaign, at, AgentState.RESERVED)
    close_to(session)
    after = retire(session, at)
    assert (after.state, after.next_state) == ("RESERVED", "OFFLINE")
    assert jobs.named("calls.end_call") == [
        {"tenant_id": campaign.tenant_id, "attempt_id": str(session.attempt_id)},
    ]


def test_no_call_reaches_a_former_member_before_their_shift_is_closed(campaign: Campaign, at: datetime) -> None:
    former = seat(campaign, at, AgentState.READY)
    close_to(former)
    assert list(list_ready(campaign.id)) == []
    assert sessions.claim_for_answer(attempt=reserve_one(campaign, at), at=at) is None
    member = seat(campaign, at, AgentState.READY)
    close_to(member, is_active=True)
    assert sessions.claim_for_answer(attempt=reserve_one(campaign, at), at=at) == member


@pytest.mark.parametrize(("role", "state"), [(Role.COMPLIANCE, "OFFLINE"), (Role.SUPERVISOR, "READY")])
def test_a_member_whose_new_role_takes_no_calls_ends_the_shift(
    campaign: Campaign, at: datetime, role: Role, state: str
) -> None:
    session = seat(campaign, at, AgentState.READY)
    close_to(session, is_active=True, role=role)
    assert retire(session, at).state == state


def test_a_member_who_is_back_keeps_the_shift(campaign: Campaign, at: datetime) -> None:
    session = seat(campaign, at, AgentState.READY)
    close_to(session, is_active=True)
    assert retire(session, at).state == "READY"
