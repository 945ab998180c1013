"""The agent's state machine: calls that come and end, wrap-up, and the standing leg."""

from datetime import datetime, timedelta

import pytest

from apps.agents.models import AgentSession, AgentState
from apps.agents.services import legs, sessions
from apps.agents.services.states import AgentStateError
from apps.calls.enums import AttemptState, Outcome
from apps.calls.models import Answer, Attempt
from apps.campaigns.models import Campaign, DialMode, QueueState
from tests.agents.shifts import campaign, reread, seat
from tests.dialling import Jobs, reserve_one

__all__ = ["campaign"]

pytestmark = pytest.mark.usefixtures("jobs")


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


def test_a_manual_call_gives_another_preview_back(campaign: Campaign, at: datetime) -> None:
    session = seat(campaign, at, AgentState.PREVIEW)
    lead, attempt = session.preview_lead, reserve_one(campaign, at)
    attempt.mode = DialMode.MANUAL

    assert sessions.bind_attempt(session_id=session.id, attempt=attempt, at=at)

    assert lead is not None
    lead.refresh_from_db()
    assert lead.state == QueueState.WAITING


def test_who_calls_by_hand_from_a_break_goes_back_to_it(campaign: Campaign, at: datetime) -> None:
    session = seat(campaign, at, AgentState.BREAK, break_reason="Lunch")
    attempt = reserve_one(campaign, at)
    attempt.mode = DialMode.MANUAL
    assert sessions.bind_attempt(session_id=session.id, attempt=attempt, at=at)

    Attempt.objects.filter(id=attempt.id).update(state=AttemptState.ENDED, outcome=Outcome.NO_ANSWER, settled_at=at)
    sessions.follow_attempt(attempt_id=attempt.id, at=at)

    assert (reread(session).state, reread(session).break_reason) == (AgentState.BREAK, "Lunch")


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
    sessions.end_session(session=session, at=at)

    legs.set_leg(session_id=session.id, sid="CA" + "2" * 32, is_connected=True, at=at)

    assert not reread(session).is_leg_connected


def test_a_draft_belongs_to_what_is_on_the_desk(campaign: Campaign, at: datetime) -> None:
    session = seat(campaign, at, AgentState.ON_CALL)

    sessions.save_draft(session=session, attempt_id=session.attempt_id, draft={"note": "a"})
    with pytest.raises(AgentStateError):
        sessions.save_draft(session=session, attempt_id=None, draft={"note": "b"})

    assert reread(session).draft == {"note": "a"}
