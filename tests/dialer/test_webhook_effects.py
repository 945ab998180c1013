"""What the carrier's callbacks lead to: an agent for whoever answers, and the way on for agent, lead and campaign."""

import itertools
from datetime import datetime, timedelta

import pytest

from apps.agents.models import AgentSession, AgentState
from apps.calls.domain.fold import MERGE, Verdict
from apps.calls.enums import AttemptState, Outcome
from apps.calls.models import Attempt, Recording, Taping
from apps.calls.selectors import abandoned_percent
from apps.calls.services.attempts import DOUBT_SECONDS, settle_attempt
from apps.campaigns.models import Campaign, CampaignTotals
from apps.compliance.models import DncEntry, Evidence
from apps.dialer.services.reconcile import reconcile
from tests import factories
from tests.dialer.callbacks import (
    WHOLE_CALL,
    answered,
    attempt,
    campaign,
    deliver,
    post,
    reread,
    snapshot,
    standing_clock,
    status,
)
from tests.dialling import Jobs, reserve_one, seat_agent

__all__ = ["attempt", "campaign", "standing_clock"]


# --- the answer


def test_an_answer_joins_the_one_who_has_waited_longest(attempt: Attempt, at: datetime) -> None:
    seat_agent(attempt.campaign, at)
    longest = seat_agent(attempt.campaign, at - timedelta(minutes=1))

    text = answered(post(attempt, "answer", {"CallStatus": "in-progress"}))

    longest.refresh_from_db()
    assert (longest.state, longest.attempt_id) == (AgentState.ON_CALL, attempt.id)
    assert f">t{attempt.tenant_id}-agent-{longest.id}</Conference>" in text
    assert f'participantLabel="lead-{attempt.id}"' in text
    assert reread(attempt).agent_id == longest.user_id


def test_a_repeated_answer_gives_the_same_agent(attempt: Attempt, at: datetime) -> None:
    for _ in range(2):
        seat_agent(attempt.campaign, at)

    first, second = (answered(post(attempt, "answer", {})) for _ in range(2))

    assert first == second
    assert AgentSession.objects.filter(state=AgentState.ON_CALL).count() == 1


def test_an_answer_without_an_agent_apologises_and_counts_as_abandoned(attempt: Attempt, at: datetime) -> None:
    seat_agent(attempt.campaign, at, is_leg_connected=False)
    seat_agent(attempt.campaign, at, state=AgentState.BREAK)

    text = answered(post(attempt, "answer", {}))
    status(attempt, "completed", 3)

    assert "This is Acme Windows." in text
    assert "1 2 1 2 5 5 5 0 1 0 0" in text
    assert (reread(attempt).outcome, CampaignTotals.objects.get(campaign=attempt.campaign).abandoned) == (
        Outcome.ABANDONED,
        1,
    )


def test_who_hears_the_apology_is_not_given_an_agent_by_a_repeated_answer(attempt: Attempt, at: datetime) -> None:
    apology = answered(post(attempt, "answer", {}))
    agent = seat_agent(attempt.campaign, at)

    assert answered(post(attempt, "answer", {})) == apology
    agent.refresh_from_db()
    assert agent.state == AgentState.READY


def test_the_fallback_apologises(attempt: Attempt) -> None:
    assert "We are sorry" in answered(post(attempt, "fallback", {"ErrorCode": "11205"}))
    assert reread(attempt).is_unattended


def test_the_fallback_frees_the_agent_whose_person_hears_the_apology(attempt: Attempt, at: datetime) -> None:
    agent = seat_agent(attempt.campaign, at)
    answered(post(attempt, "answer", {}))

    assert "We are sorry" in answered(post(attempt, "fallback", {"ErrorCode": "11200"}))
    agent.refresh_from_db()
    assert (agent.state, agent.attempt_id) == (AgentState.READY, None)


def test_an_answer_after_the_end_hangs_up_and_wakes_nobody(attempt: Attempt, at: datetime) -> None:
    agent = seat_agent(attempt.campaign, at)
    status(attempt, "completed", 3)

    assert "<Hangup />" in answered(post(attempt, "answer", {}))
    agent.refresh_from_db()
    assert agent.state == AgentState.READY


def test_an_agent_whose_leg_is_gone_is_replaced(attempt: Attempt, at: datetime) -> None:
    bound = seat_agent(attempt.campaign, at, state=AgentState.RESERVED, attempt=attempt, is_leg_connected=False)
    free = seat_agent(attempt.campaign, at)

    text = answered(post(attempt, "answer", {}))

    bound.refresh_from_db()
    free.refresh_from_db()
    assert f"agent-{free.id}<" in text
    assert (free.state, free.attempt_id) == (AgentState.ON_CALL, attempt.id)
    assert (bound.state, bound.break_reason, bound.attempt_id) == (AgentState.BREAK, "LEG_LOST", None)


# --- what follows from callbacks


@pytest.mark.parametrize(("digits", "is_listed"), [("9", True), ("1", False), ("", False), ("99", False)])
def test_nine_means_never_again(attempt: Attempt, digits: str, is_listed: bool) -> None:
    for _ in range(2):
        answered(post(attempt, "optout", {"Digits": digits}))

    listed = DncEntry.objects.values_list("phone", "source", "campaign_id")
    assert list(listed) == ([(attempt.phone, Evidence.CALLEE, None)] if is_listed else [])


@pytest.mark.parametrize(
    ("answered_by", "ends"),
    [("machine_start", True), ("machine_end_beep", True), ("fax", True), ("human", False), ("unknown", False)],
)
def test_a_machine_is_hung_up(attempt: Attempt, jobs: Jobs, answered_by: str, ends: bool) -> None:
    jobs.sent.clear()
    post(attempt, "amd", {"AnsweredBy": answered_by})

    assert bool(jobs.named("calls.end_call")) == ends


def test_a_verdict_after_the_disposition_changes_nothing(attempt: Attempt, jobs: Jobs, at: datetime) -> None:
    sale = factories.DispositionFactory.create(disposition_set=attempt.campaign.disposition_set)
    Attempt.objects.filter(id=attempt.id).update(disposition=sale, disposed_at=at)
    jobs.sent.clear()

    post(attempt, "amd", {"AnsweredBy": "machine_start"})

    assert jobs.named("calls.end_call") == []


def test_the_agent_moves_on_at_the_end_and_the_dialler_is_woken(attempt: Attempt, at: datetime, jobs: Jobs) -> None:
    agent = seat_agent(attempt.campaign, at, state=AgentState.RESERVED, attempt=attempt)
    jobs.sent.clear()

    status(attempt, "no-answer", 2)

    agent.refresh_from_db()
    assert (agent.state, agent.attempt_id) == (AgentState.READY, None)
    assert jobs.named("dialer.dial_campaign") == [{"tenant_id": attempt.tenant_id, "campaign_id": attempt.campaign_id}]


def test_legs_come_and_go_with_the_conference(attempt: Attempt, at: datetime, jobs: Jobs) -> None:
    agent = seat_agent(
        attempt.campaign, at, state=AgentState.BREAK, next_state="READY", is_leg_connected=False, leg_sid=""
    )
    fields = {"ParticipantLabel": f"agent-{agent.id}", "CallSid": "CA" + "3" * 32}

    post(attempt, "conference", fields | {"StatusCallbackEvent": "participant-join"}, query="")
    agent.refresh_from_db()
    assert (agent.state, agent.is_leg_connected, agent.leg_sid) == (AgentState.READY, True, "CA" + "3" * 32)

    jobs.sent.clear()
    post(attempt, "conference", fields | {"StatusCallbackEvent": "participant-leave"}, query="")
    agent.refresh_from_db()
    assert (agent.is_leg_connected, agent.leg_sid) == (False, "")
    assert jobs.named("agents.connect_leg") == [{"tenant_id": agent.tenant_id, "session_id": agent.id}]


@pytest.mark.parametrize(("room", "is_lost"), [("CF" + "1" * 32, False), ("CF" + "2" * 32, True)])
def test_a_person_who_comes_into_an_empty_room_has_the_agent_rung_again(
    attempt: Attempt, at: datetime, jobs: Jobs, room: str, is_lost: bool
) -> None:
    agent = seat_agent(attempt.campaign, at, state=AgentState.ON_CALL, attempt=attempt)
    joined = {"StatusCallbackEvent": "participant-join", "ConferenceSid": "CF" + "1" * 32}
    post(
        attempt, "conference", joined | {"ParticipantLabel": f"agent-{agent.id}", "CallSid": "CA" + "3" * 32}, query=""
    )
    jobs.sent.clear()

    post(attempt, "conference", joined | {"ParticipantLabel": f"lead-{attempt.id}", "ConferenceSid": room}, query="")

    agent.refresh_from_db()
    assert (agent.is_leg_connected, agent.state) == (not is_lost, AgentState.ON_CALL)
    assert bool(jobs.named("agents.connect_leg")) == is_lost


def test_a_recording_is_kept_once_with_what_was_last_said(attempt: Attempt) -> None:
    fields = {"RecordingSid": "RE" + "1" * 32, "RecordingUrl": "https://example.test/r", "RecordingDuration": "12"}
    for word in ("in-progress", "completed", "completed"):
        post(attempt, "recording", fields | {"RecordingStatus": word})

    assert list(Recording.objects.values_list("attempt_id", "seconds", "status")) == [(attempt.id, 12, "completed")]


def test_a_talk_begins_its_recording_once_and_the_carrier_says_that_it_runs(attempt: Attempt, jobs: Jobs) -> None:
    Campaign.objects.update(recording="ALL")
    deliver(attempt, [WHOLE_CALL[4], WHOLE_CALL[4]])
    assert jobs.named("calls.steer_taping") == [{"tenant_id": attempt.tenant_id, "attempt_id": str(attempt.id)}]
    Taping.objects.update(asked_at=attempt.reserved_at)

    post(attempt, "recording", {"RecordingSid": "RE" + "1" * 32, "RecordingStatus": "in-progress"})
    assert list(Taping.objects.values_list("attempt_id", "state", "sid")) == [(attempt.id, "ON", "RE" + "1" * 32)]


def test_a_recording_that_is_not_as_wanted_is_woken_again(attempt: Attempt, jobs: Jobs, at: datetime) -> None:
    Campaign.objects.update(recording="ALL")
    deliver(attempt, [WHOLE_CALL[4]])
    jobs.sent.clear()
    reconcile(tenant_id=attempt.tenant_id, at=at)
    assert jobs.named("calls.steer_taping") == [{"tenant_id": attempt.tenant_id, "attempt_id": str(attempt.id)}]


def test_every_permutation_of_the_last_events_ends_the_call_alike(campaign: Campaign, at: datetime) -> None:
    outcomes, agent = set(), factories.UserFactory.create()
    for number, order in enumerate(itertools.permutations(WHOLE_CALL[2:])):
        attempt = reserve_one(campaign, at)
        Attempt.objects.filter(id=attempt.id).update(state=AttemptState.PLACED, placing_at=at, agent=agent)
        deliver(attempt, [(hook, {**fields, "CallSid": f"CA{number + 100:032x}"}) for hook, fields in order])
        row = snapshot(attempt)
        outcomes.add(tuple(row[name] for name in (*MERGE, "outcome")))

    assert len(outcomes) == 1


def test_a_join_that_is_overtaken_by_the_end_still_makes_a_talk(attempt: Attempt, at: datetime) -> None:
    agent = seat_agent(attempt.campaign, at, state=AgentState.ON_CALL, attempt=attempt)
    Attempt.objects.filter(id=attempt.id).update(agent=agent.user)
    deliver(attempt, [WHOLE_CALL[2], WHOLE_CALL[5]])
    assert (reread(attempt).outcome, AgentSession.objects.get(id=agent.id).state) == ("", AgentState.ON_CALL)

    deliver(attempt, [WHOLE_CALL[4]])

    assert (reread(attempt).outcome, AgentSession.objects.get(id=agent.id).state) == (
        Outcome.CONNECTED,
        AgentState.WRAP_UP,
    )


@pytest.mark.parametrize(("seconds", "percent"), [(2, 0.0), (3, 100.0)])
def test_an_agent_who_comes_late_makes_a_talk_that_counts_as_abandoned(
    attempt: Attempt, at: datetime, seconds: int, percent: float
) -> None:
    came_at = at + timedelta(seconds=seconds)
    Attempt.objects.filter(id=attempt.id).update(
        state=AttemptState.CONNECTED, answered_at=at, connected_at=came_at, answered_by=Verdict.HUMAN
    )
    status(attempt, "completed", 3)

    totals = CampaignTotals.objects.get(campaign=attempt.campaign)
    assert (reread(attempt).outcome, totals.abandoned) == (Outcome.CONNECTED, int(percent > 0))
    assert abandoned_percent(attempt.campaign_id, at=at) == percent


def test_a_join_that_never_comes_is_not_waited_for_longer_than_seconds(attempt: Attempt, at: datetime) -> None:
    Attempt.objects.filter(id=attempt.id).update(agent=factories.UserFactory.create())
    deliver(attempt, [WHOLE_CALL[2], WHOLE_CALL[5]])

    ended_at = at + timedelta(seconds=69)
    assert not settle_attempt(attempt_id=attempt.id, at=ended_at)
    assert settle_attempt(attempt_id=attempt.id, at=ended_at + timedelta(seconds=DOUBT_SECONDS))
    assert reread(attempt).outcome == Outcome.HUNG_UP


@pytest.mark.parametrize(("answered_by", "outcome"), [("machine_start", "MACHINE"), ("human", "ABANDONED")])
def test_a_verdict_that_is_overtaken_by_the_end_decides_what_was_abandoned(
    attempt: Attempt, answered_by: str, outcome: str
) -> None:
    Campaign.objects.filter(id=attempt.campaign_id).update(is_machine_detected=True)
    post(attempt, "answer", {})
    deliver(attempt, [WHOLE_CALL[5]])
    assert reread(attempt).outcome == ""

    post(attempt, "amd", {"AnsweredBy": answered_by})

    assert reread(attempt).outcome == outcome
