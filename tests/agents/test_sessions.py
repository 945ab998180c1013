"""The agent's state machine: each step, what it refuses, and what it leaves alone."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from apps.accounts.models import Role
from apps.agents.models import AgentSession, AgentState
from apps.agents.selectors import list_ready
from apps.agents.services import legs, sessions
from apps.agents.services.states import AgentStateError
from apps.calls.enums import AttemptState, Outcome
from apps.calls.models import Answer, Attempt
from apps.campaigns.models import Campaign, CampaignLead, DialMode, QueueState
from apps.tenants.models import Tenant
from tests import factories
from tests.dialling import Jobs, add_lead, open_campaign, reserve_one, seat_agent

pytestmark = pytest.mark.usefixtures("jobs")
Step = Callable[[AgentSession, datetime], None]


@pytest.fixture
def campaign(tenant: Tenant, at: datetime) -> Campaign:
    return open_campaign(at)


def ready(session: AgentSession, at: datetime) -> None:
    sessions.go_ready(session=session, at=at)


def pause(session: AgentSession, at: datetime) -> None:
    sessions.take_break(session=session, reason="Lunch", at=at)


def end(session: AgentSession, at: datetime) -> None:
    sessions.end_session(session=session, at=at)


def reread(session: AgentSession) -> AgentSession:
    return AgentSession.objects.get(id=session.id)


def seat(campaign: Campaign, at: datetime, state: AgentState, **values: object) -> AgentSession:
    """An agent in `state`, with the preview or the call that belongs to it."""
    if state == AgentState.PREVIEW:
        lead = add_lead(campaign)
        CampaignLead.objects.filter(id=lead.id).update(state=QueueState.RESERVED)
        values["preview_lead"] = lead
    if state in sessions.BUSY:
        values["attempt"] = reserve_one(campaign, at)
    return seat_agent(campaign, at, state=state, **values)


# --- what becomes of somebody who is no member any more


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


# --- what the agent asks for


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


# --- calls


@pytest.mark.parametrize(
    ("mode", "allowed"),
    [
        (DialMode.PROGRESSIVE, {"READY"}),
        (DialMode.RATIO, {"READY"}),
        (DialMode.MANUAL, {"READY", "PREVIEW", "BREAK"}),
    ],
)
def test_who_can_be_bound_to_a_call(campaign: Campaign, at: datetime, mode: DialMode, allowed: set[str]) -> None:
    """A break taken in the same instant wins over the dialler, not over the agent's own click."""
    bound = set()
    for state in AgentState:
        if state == AgentState.OFFLINE:
            continue
        session = seat(campaign, at, state)
        attempt = reserve_one(campaign, at)
        attempt.mode = mode
        if sessions.bind_attempt(session_id=session.id, attempt=attempt, at=at):
            bound.add(state.value)
            assert (reread(session).state, reread(session).attempt_id) == (AgentState.RESERVED, attempt.id)

    assert bound == allowed


def test_who_calls_by_hand_from_a_break_goes_back_to_it(campaign: Campaign, at: datetime) -> None:
    session = seat(campaign, at, AgentState.BREAK, break_reason="Lunch")
    attempt = reserve_one(campaign, at)
    attempt.mode = DialMode.MANUAL
    assert sessions.bind_attempt(session_id=session.id, attempt=attempt, at=at)

    Attempt.objects.filter(id=attempt.id).update(state=AttemptState.ENDED, outcome=Outcome.NO_ANSWER, settled_at=at)
    sessions.follow_attempt(attempt_id=attempt.id, at=at)

    assert (reread(session).state, reread(session).break_reason) == (AgentState.BREAK, "Lunch")


def test_a_manual_call_gives_another_preview_back(campaign: Campaign, at: datetime) -> None:
    session = seat(campaign, at, AgentState.PREVIEW)
    lead, attempt = session.preview_lead, reserve_one(campaign, at)
    attempt.mode = DialMode.MANUAL

    assert sessions.bind_attempt(session_id=session.id, attempt=attempt, at=at)

    assert lead is not None
    lead.refresh_from_db()
    assert lead.state == QueueState.WAITING


def test_a_previewed_call_needs_its_lead_on_the_screen(campaign: Campaign, at: datetime) -> None:
    session = seat(campaign, at, AgentState.PREVIEW)
    attempt = reserve_one(campaign, at)
    attempt.mode = DialMode.PREVIEW

    assert not sessions.bind_attempt(session_id=session.id, attempt=attempt, at=at)

    AgentSession.objects.filter(id=session.id).update(preview_lead=attempt.campaign_lead)
    assert sessions.bind_attempt(session_id=session.id, attempt=attempt, at=at)


def test_no_call_for_an_agent_without_a_leg(campaign: Campaign, at: datetime) -> None:
    session = seat(campaign, at, AgentState.READY, is_leg_connected=False)

    assert not sessions.bind_attempt(session_id=session.id, attempt=reserve_one(campaign, at), at=at)


@pytest.mark.parametrize(
    ("outcome", "is_disposed", "wanted", "becomes"),
    [
        (Outcome.CONNECTED, False, "", "WRAP_UP"),
        (Outcome.CONNECTED, False, "OFFLINE", "WRAP_UP"),
        (Outcome.CONNECTED, True, "", "READY"),
        (Outcome.CONNECTED, True, "BREAK", "BREAK"),
        (Outcome.NO_ANSWER, False, "", "READY"),
        (Outcome.NO_ANSWER, False, "OFFLINE", "OFFLINE"),
        (Outcome.CANCELED, False, "", "READY"),
    ],
)
def test_where_the_end_of_a_call_leaves_its_agent(
    campaign: Campaign, at: datetime, outcome: Outcome, is_disposed: bool, wanted: str, becomes: str
) -> None:
    session = seat(campaign, at, AgentState.ON_CALL, next_state=wanted)
    Attempt.objects.filter(id=session.attempt_id).update(
        state=AttemptState.ENDED, outcome=outcome, settled_at=at, disposed_at=at if is_disposed else None
    )
    assert session.attempt_id

    for _ in range(2):
        sessions.follow_attempt(attempt_id=session.attempt_id, at=at)

    after = reread(session)
    assert after.state == becomes
    assert after.wrap_up_until == (at + timedelta(seconds=campaign.wrap_up_seconds) if becomes == "WRAP_UP" else None)


@pytest.mark.parametrize("outcome", [Outcome.CONNECTED, Outcome.NO_ANSWER])
def test_a_break_asked_for_while_it_rings_keeps_its_reason(campaign: Campaign, at: datetime, outcome: Outcome) -> None:
    session = seat(campaign, at, AgentState.RESERVED)
    attempt = session.attempt
    assert attempt is not None
    sessions.take_break(session=session, reason="Lunch", at=at)

    assert sessions.claim_for_answer(attempt=attempt, at=at) is not None
    Attempt.objects.filter(id=attempt.id).update(
        state=AttemptState.ENDED, outcome=outcome, settled_at=at, disposed_at=at, agent_id=session.user_id
    )
    sessions.follow_attempt(attempt_id=attempt.id, at=at)

    assert (reread(session).state, reread(session).break_reason) == (AgentState.BREAK, "Lunch")


@pytest.mark.parametrize("outcome", [Outcome.CONNECTED, Outcome.NO_ANSWER])
def test_answers_of_a_dropped_call_are_kept(campaign: Campaign, at: datetime, outcome: Outcome) -> None:
    session = seat(campaign, at, AgentState.ON_CALL, draft={"answers": {"own": "Yes"}})
    Attempt.objects.filter(id=session.attempt_id).update(
        state=AttemptState.ENDED, outcome=outcome, settled_at=at, agent_id=session.user_id
    )
    assert session.attempt_id

    sessions.follow_attempt(attempt_id=session.attempt_id, at=at)

    kept = Answer.objects.get()
    assert (kept.attempt_id, kept.key, kept.text, kept.is_partial) == (session.attempt_id, "own", "Yes", True)


def test_an_agent_stays_with_a_call_that_is_not_over(campaign: Campaign, at: datetime) -> None:
    session = seat(campaign, at, AgentState.ON_CALL)
    assert session.attempt_id

    sessions.follow_attempt(attempt_id=session.attempt_id, at=at)

    assert reread(session).state == AgentState.ON_CALL


@pytest.mark.parametrize(("wanted", "kept"), [("", "BREAK"), ("READY", "BREAK"), ("OFFLINE", "OFFLINE")])
def test_a_wrap_up_that_lasts_too_long_ends_in_a_break_with_its_form(
    campaign: Campaign, at: datetime, wanted: str, kept: str
) -> None:
    session = seat(campaign, at, AgentState.WRAP_UP, wrap_up_until=at, next_state=wanted, draft={"note": "half a"})

    sessions.expire_wrap_ups(campaign_id=campaign.id, at=at)

    after = reread(session)
    assert (after.state, after.next_state, after.draft) == (AgentState.WRAP_UP, kept, {"note": "half a"})


def test_an_unseen_desk_gets_no_calls(campaign: Campaign, at: datetime) -> None:
    unseen, seen, talking = (seat(campaign, at, state) for state in (AgentState.READY,) * 2 + (AgentState.ON_CALL,))
    sessions.touch(session_id=seen.id, at=at + timedelta(minutes=2))

    sessions.expire_unseen(campaign_id=campaign.id, before=at + timedelta(minutes=1), at=at + timedelta(minutes=2))

    assert [reread(one).state for one in (unseen, seen, talking)] == ["BREAK", "READY", "ON_CALL"]
    assert reread(unseen).break_reason == "LAGGED"


# --- the standing leg


def test_a_lost_leg_is_rung_again_and_a_late_farewell_of_an_old_one_ignored(
    campaign: Campaign, at: datetime, jobs: Jobs
) -> None:
    session = seat(campaign, at, AgentState.READY, leg_sid="CA" + "1" * 32)
    jobs.sent.clear()

    legs.set_leg(session_id=session.id, sid="CA" + "2" * 32, is_connected=False, at=at)
    assert (reread(session).is_leg_connected, jobs.sent) == (True, [])

    legs.set_leg(session_id=session.id, sid="CA" + "1" * 32, is_connected=False, at=at)
    assert (reread(session).is_leg_connected, reread(session).leg_sid) == (False, "")
    assert len(jobs.named("agents.connect_leg")) == 1


def test_a_leg_of_a_closed_shift_opens_nothing(campaign: Campaign, at: datetime) -> None:
    session = seat(campaign, at, AgentState.READY, is_leg_connected=False, leg_sid="")
    end(session, at)

    legs.set_leg(session_id=session.id, sid="CA" + "2" * 32, is_connected=True, at=at)

    assert not reread(session).is_leg_connected


def test_a_draft_belongs_to_what_is_on_the_desk(campaign: Campaign, at: datetime) -> None:
    session = seat(campaign, at, AgentState.ON_CALL)

    sessions.save_draft(session=session, attempt_id=session.attempt_id, draft={"note": "a"})
    with pytest.raises(AgentStateError):
        sessions.save_draft(session=session, attempt_id=None, draft={"note": "b"})

    assert reread(session).draft == {"note": "a"}
