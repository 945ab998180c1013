"""Transfers at the simulated carrier: who hears whom at each step, and what becomes of everybody when a step fails."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from apps.agents.models import AgentState
from apps.agents.services import target_legs, transfers
from apps.agents.services.states import AgentStateError
from apps.audit.models import AuditEntry
from apps.calls.addresses import transfer_room
from apps.calls.domain.fold import progress_of
from apps.calls.enums import AttemptState, TapingState, TransferState
from apps.calls.models import Attempt, Callback, Taping, Transfer
from apps.calls.services import transfers as rows
from apps.campaigns.models import Campaign
from apps.telephony.domain.languages import Language
from apps.telephony.models import TransferTarget
from apps.telephony.twiml.speech import SPEECHES
from tests.agents.talks import (
    CLAIMS,
    Talk,
    ask,
    call_in,
    campaign,
    relay,
    relay_target,
    reread,
    sent_back,
    talk,
    target,
)
from tests.dialling import Jobs, fault, now, wait_for

__all__ = ["campaign", "talk", "target"]

pytestmark = pytest.mark.usefixtures("jobs")
Way, Result = Transfer.Way, Transfer.Result


def hand_over(talk: Talk, transfer: Transfer) -> None:
    transfers.ask_hand_over(session=talk.session, at=now())
    target_legs.hand_over(tenant_id=transfer.tenant_id, transfer_id=transfer.id, at=now())


def end_target(transfer: Transfer) -> None:
    target_legs.end_target(tenant_id=transfer.tenant_id, transfer_id=transfer.id)


def legs_to(talk: Talk, phone: str) -> list[str]:
    return [call.sid for call in talk.carrier.carrier.registry.calls.values() if call.to == phone]


def audited(attempt: Attempt) -> list[tuple[str, object]]:
    entries = AuditEntry.objects.filter(target=f"attempt:{attempt.id}").order_by("id")
    return [(entry.action, entry.data.get("result") or entry.data.get("way")) for entry in entries]


# --- blind


@pytest.mark.parametrize("exchange", [2.0], indirect=True)
def test_a_blind_transfer_frees_the_agent_while_the_person_hears_music_then_the_target(
    talk: Talk, target: TransferTarget, jobs: Jobs
) -> None:
    talk.carrier.change("sale_slow", ring=[19, 19])
    transfer = ask(talk, target, Way.BLIND)
    assert transfer.sid is not None
    session, attempt = talk.reread()
    person, room = talk.call(attempt.sid), transfer_room(transfer)

    assert (session.state, attempt.left_at is not None) == (AgentState.WRAP_UP, True)
    assert person.seat is not None
    assert (person.seat.hears_music, talk.present(room), talk.present(talk.own_room)) == (True, ["lead"], ["agent"])

    talk.carrier.wait_until(transfer.sid, lambda row: row["status"] == "ringing")
    talk.carrier.sim(f"calls/{transfer.sid}/answer", "POST")
    relay_target(talk, transfer, "in-progress")
    talk.expect(room, "lead", "target")
    talking = reread(transfer)
    assert (talking.state, person.seat.hears_music) == (TransferState.TALKING, False)

    talk.carrier.sim(f"calls/{talking.sid}/hang_up", "POST")
    relay_target(talk, transfer, "completed")
    over = reread(transfer)
    assert (over.state, over.result) == (TransferState.ENDED, Result.COMPLETED)
    assert None not in {over.answered_at, over.ended_at}
    # The conference ends with either of the two, and the job would see to it otherwise.
    assert talk.carrier.wait_over(attempt.sid or "")["ended_by"] == "script"
    assert {"tenant_id": attempt.tenant_id, "attempt_id": str(attempt.id)} in jobs.named("calls.end_call")
    assert audited(attempt) == [
        ("attempt.transfer_started", "BLIND"),
        ("attempt.handed_over", None),
        ("attempt.transfer_ended", "COMPLETED"),
    ]


def test_a_target_who_does_not_answer_sends_the_person_back_to_the_agent_who_is_still_there(
    talk: Talk, target: TransferTarget, jobs: Jobs
) -> None:
    transfer = ask(talk, target, Way.BLIND, "busy")
    jobs.sent.clear()
    relay_target(talk, transfer, "busy")
    (job,) = jobs.named("agents.fetch_person")
    tenant_id = transfer.tenant_id
    attempt = talk.attempt
    assert job == {"tenant_id": tenant_id, "attempt_id": str(attempt.id)}
    with_agent = sent_back(talk, f"/hooks/{tenant_id}/voice/returned")

    session, attempt = talk.reread()
    assert f">{talk.own_room}</Conference>" in with_agent
    assert (session.state, session.wrap_up_until, attempt.left_at) == (AgentState.ON_CALL, None, None)
    assert (reread(transfer).result, reread(transfer).returned_at is not None) == (Result.BUSY, True)


@pytest.mark.parametrize(
    ("why", "language"), [("disposed", Language.EN), ("gone on", Language.EN), ("line lost", Language.DE)]
)
def test_a_person_whose_agent_has_gone_on_has_a_choice_by_keypad(
    talk: Talk, target: TransferTarget, why: str, language: Language
) -> None:
    speech = SPEECHES[language]
    Campaign.objects.filter(id=talk.attempt.campaign_id).update(language=language)
    transfer = ask(talk, target, Way.BLIND, "no_answer")
    session, attempt = talk.reread()
    if why == "disposed":
        Attempt.objects.filter(id=attempt.id).update(disposed_at=now())
    elif why == "gone on":
        type(session).objects.filter(id=session.id).update(state=AgentState.READY, attempt=None)
    else:
        type(session).objects.filter(id=session.id).update(is_leg_connected=False)
    transfers.follow_target(
        transfer_id=transfer.id, sid=transfer.sid, progress=progress_of(status="no-answer", at=now()), at=now()
    )

    document = sent_back(talk, f"/hooks/{transfer.tenant_id}/voice/returned")

    assert speech.sentences("who", "colleague_missed", seller="Acme Windows") in document
    assert (speech.press_one in document, speech.press_nine in document) == (True, True)
    assert f"/voice/choice?a={attempt.id}" in document
    assert (talk.reread()[1].left_at is not None, reread(transfer).offered_at is not None) == (True, True)


def test_a_person_nobody_took_over_presses_one_and_is_promised_a_call_back(talk: Talk, target: TransferTarget) -> None:
    transfer = ask(talk, target, Way.BLIND, "no_answer")
    session, attempt = talk.reread()
    relay_target(talk, transfer, "no-answer")
    type(session).objects.filter(id=session.id).update(state=AgentState.READY, attempt=None)
    person = talk.call(attempt.sid)
    assert person.plan is not None
    person.plan = replace(person.plan, presses="1")
    hooks = f"/hooks/{transfer.tenant_id}/voice"

    talk.carrier.customer.answers[f"{hooks}/returned"] = sent_back(talk, f"{hooks}/returned")
    target_legs.fetch_person(tenant_id=transfer.tenant_id, attempt_id=attempt.id)
    (pressed,) = talk.carrier.customer.wait_for(f"{hooks}/choice?a={attempt.id}")
    said = relay(pressed).content.decode()

    callback = Callback.objects.get()
    assert (pressed.fields["Digits"], "We will call you back" in said) == ("1", True)
    assert (callback.campaign_lead_id, callback.agent_id) == (attempt.campaign_lead_id, None)
    assert (reread(transfer).result, reread(transfer).callback_at) == (Result.NO_ANSWER, callback.due_at)
    assert audited(attempt)[-2:] == [("attempt.transfer_ended", "NO_ANSWER"), ("attempt.transfer_missed", None)]


def test_a_person_who_cannot_be_moved_stays_with_the_agent(talk: Talk, target: TransferTarget) -> None:
    with fault(talk.carrier, "throttled", target="calls.update"):
        transfer = ask(talk, target, Way.BLIND)
    session, attempt = talk.reread()

    assert (transfer.state, transfer.result) == (TransferState.ENDED, Result.FAILED)
    assert (session.state, attempt.left_at) == (AgentState.ON_CALL, None)
    assert (talk.present(talk.own_room), legs_to(talk, CLAIMS)) == (["agent", "lead"], [])


@pytest.mark.parametrize("kind", ["fails_before", "fails_after"])
def test_a_person_of_whom_it_is_not_known_where_they_are_is_fetched(
    talk: Talk, target: TransferTarget, jobs: Jobs, kind: str
) -> None:
    with fault(talk.carrier, kind, target="calls.update"):
        transfer = ask(talk, target, Way.BLIND)

    assert (transfer.state, legs_to(talk, CLAIMS)) == (TransferState.ENDED, [])
    assert jobs.named("agents.fetch_person") == [{"tenant_id": transfer.tenant_id, "attempt_id": str(talk.attempt.id)}]
    document = sent_back(talk, f"/hooks/{transfer.tenant_id}/voice/returned")
    assert (f">{talk.own_room}</Conference>" in document, talk.reread()[0].state) == (True, AgentState.ON_CALL)


def test_a_target_that_the_carrier_refuses_sends_the_person_back(
    talk: Talk, target: TransferTarget, jobs: Jobs
) -> None:
    with fault(talk.carrier, "throttled", target="participants.create"):
        transfer = ask(talk, target, Way.BLIND)

    assert (transfer.state, transfer.result, transfer.error != "") == (TransferState.ENDED, Result.FAILED, True)
    assert len(jobs.named("agents.fetch_person")) == 1


def test_a_target_of_unknown_fate_is_never_dialled_again_and_closed_after_a_while(
    talk: Talk, target: TransferTarget, jobs: Jobs
) -> None:
    with fault(talk.carrier, "fails_before", target="participants.create"):
        transfer = ask(talk, target, Way.BLIND)
    target_legs.dial_target(tenant_id=transfer.tenant_id, transfer_id=transfer.id, at=now())
    assert (transfer.state, legs_to(talk, CLAIMS)) == (TransferState.DIALLING, [])

    target_legs.refresh_target(tenant_id=transfer.tenant_id, transfer_id=transfer.id, at=now())

    assert (reread(transfer).state, reread(transfer).result) == (TransferState.ENDED, Result.FAILED)
    assert len(jobs.named("agents.fetch_person")) == 1


@pytest.mark.parametrize("way", [Way.BLIND, Way.THIRD_PARTY])
def test_a_person_whose_worker_was_killed_in_the_middle_of_a_move_is_fetched_once(
    talk: Talk, target: TransferTarget, jobs: Jobs, way: Way
) -> None:
    if way == Way.BLIND:
        transfer = transfers.start_transfer(
            session=talk.session, target=target, way=way, actor=talk.session.user, at=now()
        )
        rows.claim_dial(transfer_id=transfer.id, at=now())
    else:
        transfer = ask(talk, target, way)
        relay_target(talk, transfer, "in-progress")
        rows.claim_hand_over(transfer_id=transfer.id, at=now() - timedelta(hours=2))
    jobs.sent.clear()

    for _ in range(2):
        target_legs.refresh_target(tenant_id=transfer.tenant_id, transfer_id=transfer.id, at=now())

    assert jobs.named("agents.fetch_person") == [{"tenant_id": transfer.tenant_id, "attempt_id": str(talk.attempt.id)}]
    assert reread(transfer).handed_over_at is None


def test_a_leg_that_comes_to_light_after_its_transfer_was_closed_is_hung_up(
    talk: Talk, target: TransferTarget, jobs: Jobs
) -> None:
    talk.carrier.pin(CLAIMS, "no_answer")
    with fault(talk.carrier, "fails_after", target="participants.create"):
        transfer = ask(talk, target, Way.THIRD_PARTY)
    assert (transfer.sid, len(legs_to(talk, CLAIMS))) == ("", 1)
    transfers.call_off(session=talk.session, at=now())
    jobs.sent.clear()

    relay_target(talk, transfer, "initiated")
    assert jobs.named("agents.end_target") == [{"tenant_id": transfer.tenant_id, "transfer_id": str(transfer.id)}]
    end_target(transfer)

    assert talk.carrier.wait_over(legs_to(talk, CLAIMS)[0])["ended_by"] == "api"


def test_a_talk_that_its_agent_has_left_is_not_recorded_on(talk: Talk, target: TransferTarget, jobs: Jobs) -> None:
    taping = Taping.objects.create(attempt=talk.attempt, state=TapingState.ON, sid="RE" + "1" * 32, changed_at=now())

    ask(talk, target, Way.BLIND)

    taping.refresh_from_db()
    assert (taping.is_pause_wanted, len(jobs.named("calls.steer_taping"))) == (True, 1)


# --- warm and third party


def test_a_warm_transfer_asks_while_the_person_is_on_hold_and_leaves_the_two_alone(
    talk: Talk, target: TransferTarget
) -> None:
    transfer = ask(talk, target, Way.WARM)
    talk.expect(talk.own_room, "agent", "lead", "target")
    seat = talk.call(talk.attempt.sid).seat
    assert (seat and seat.hold, talk.reread()[0].is_holding) == (True, True)
    with pytest.raises(AgentStateError):
        transfers.ask_hand_over(session=talk.session, at=now())
    relay_target(talk, transfer, "in-progress")

    for _ in range(2):
        target_legs.hand_over(tenant_id=transfer.tenant_id, transfer_id=transfer.id, at=now())

    talk.expect(transfer_room(transfer), "lead", "target")
    session, attempt = talk.reread()
    assert talk.present(talk.own_room) == ["agent"]
    assert (session.state, session.is_holding, attempt.left_at is not None) == (AgentState.WRAP_UP, False, True)
    moved = talk.call(attempt.sid).seat
    assert (moved and moved.hold, attempt.state) == (False, AttemptState.CONNECTED)
    # The one ends when the other does.
    talk.carrier.sim(f"calls/{attempt.sid}/hang_up", "POST")
    assert talk.carrier.wait_over(reread(transfer).sid)["ended_by"] == "script"


def test_a_warm_transfer_that_is_called_off_brings_the_person_back_from_hold(
    talk: Talk, target: TransferTarget, jobs: Jobs
) -> None:
    transfer = call_in(talk, target, Way.WARM)
    jobs.sent.clear()

    transfers.call_off(session=talk.session, at=now())
    assert (reread(transfer).state, jobs.named("agents.take_off_hold")) == (TransferState.ENDING, [])
    end_target(transfer)
    relay_target(talk, transfer, "completed")
    assert len(jobs.named("agents.take_off_hold")) == 1
    target_legs.take_off_hold(tenant_id=transfer.tenant_id, attempt_id=talk.attempt.id)

    seat = talk.call(talk.attempt.sid).seat
    session, attempt = talk.reread()
    assert (seat and seat.hold, session.is_holding, session.state) == (False, False, AgentState.ON_CALL)
    assert (talk.present(talk.own_room), attempt.left_at) == (["agent", "lead"], None)
    assert reread(transfer).result == Result.COMPLETED


def test_a_third_party_joins_the_talk_and_the_agent_can_leave(talk: Talk, target: TransferTarget) -> None:
    transfer = call_in(talk, target, Way.THIRD_PARTY)
    seat = talk.call(talk.attempt.sid).seat
    assert (seat and seat.hold) is False

    hand_over(talk, transfer)

    talk.expect(transfer_room(transfer), "lead", "target")
    assert talk.reread()[0].state == AgentState.WRAP_UP


def test_a_target_who_cannot_follow_is_hung_up_and_the_person_fetched(
    talk: Talk, target: TransferTarget, jobs: Jobs
) -> None:
    transfer = call_in(talk, target, Way.THIRD_PARTY)
    talk.carrier.sim(f"calls/{transfer.sid}/hang_up", "POST")
    talk.carrier.wait_over(transfer.sid)

    hand_over(talk, transfer)
    relay_target(talk, transfer, "completed")

    assert (reread(transfer).state, reread(transfer).result) == (TransferState.ENDED, Result.FAILED)
    assert len(jobs.named("agents.fetch_person")) == 1


def test_the_end_of_the_persons_call_ends_the_targets(talk: Talk, target: TransferTarget, jobs: Jobs) -> None:
    transfer = ask(talk, target, Way.THIRD_PARTY)
    talk.expect(talk.own_room, "agent", "lead", "target")
    Attempt.objects.filter(id=talk.attempt.id).update(state=AttemptState.ENDED, ended_at=now())

    transfers.follow_attempt(attempt_id=talk.attempt.id, at=now())
    assert len(jobs.named("agents.end_target")) == 1
    end_target(transfer)

    assert talk.carrier.wait_over(transfer.sid)["ended_by"] == "api"
    assert talk.present(talk.own_room) == ["agent", "lead"]


def test_only_one_target_is_called_at_a_time(talk: Talk, target: TransferTarget) -> None:
    ask(talk, target, Way.THIRD_PARTY)

    with pytest.raises(rows.TransferOpenError):
        ask(talk, target, Way.BLIND)


@pytest.mark.parametrize("state", [AgentState.WRAP_UP, AgentState.RESERVED])
def test_only_a_live_talk_can_be_transferred(talk: Talk, target: TransferTarget, state: AgentState) -> None:
    talk.session.state = state

    with pytest.raises(AgentStateError):
        ask(talk, target, Way.BLIND)


# --- news in any order


def test_any_order_of_the_news_comes_to_the_same_end(talk: Talk, target: TransferTarget, at: datetime) -> None:
    sid = "CA" + "5" * 32
    words = ["initiated", "ringing", "in-progress", "completed"]
    ends = set()
    for order in itertools.permutations(range(4)):
        transfer = rows.open_transfer(attempt=talk.attempt, target=target, way=Way.WARM, agent=talk.session.user, at=at)
        for step in (*order, order[0]):
            progress = progress_of(status=words[step], at=at + timedelta(seconds=step))
            transfers.follow_target(transfer_id=transfer.id, sid=sid, progress=progress, at=at)
        row = reread(transfer)
        ends.add((row.state, row.result, row.answered_at, row.ended_at, row.sid))

    answered_at, ended_at = at + timedelta(seconds=2), at + timedelta(seconds=3)
    assert ends == {(TransferState.ENDED, Result.COMPLETED, answered_at, ended_at, sid)}


def test_news_of_another_leg_change_nothing(talk: Talk, target: TransferTarget) -> None:
    transfer = ask(talk, target, Way.THIRD_PARTY, "no_answer")

    transfers.follow_target(
        transfer_id=transfer.id, sid="CA" + "5" * 32, progress=progress_of(status="completed", at=now()), at=now()
    )

    assert (reread(transfer).sid, reread(transfer).ended_at) == (transfer.sid, None)


def test_a_silent_leg_is_looked_up(talk: Talk, target: TransferTarget) -> None:
    transfer = ask(talk, target, Way.THIRD_PARTY, "busy")
    talk.carrier.wait_over(transfer.sid)

    target_legs.refresh_target(tenant_id=transfer.tenant_id, transfer_id=transfer.id, at=now())

    assert wait_for(lambda: reread(transfer).result) == Result.BUSY
