"""What an agent does about a transfer, and what follows from the news of its legs.

A target is dialled into the agent's own conference and talks there (warm, third party), or straight into one of
the person and the target (blind). Who leaves the agent always moves into that other conference, because the agent's
own one is for the next person. The agent is free only once the person has left it. Requests to the carrier are made
by `agents.services.target_legs`.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from apps.accounts.models import User
from apps.agents.models import AgentSession, AgentState
from apps.agents.selectors import list_sessions_on
from apps.agents.services import sessions
from apps.agents.services.states import AgentStateError, publish_session
from apps.audit.actions import Action
from apps.audit.services import hold_ledger, record
from apps.calls.domain.fold import Progress
from apps.calls.enums import AttemptState, TransferState
from apps.calls.models import Attempt, Transfer, VoicemailDrop
from apps.calls.services import transfers as rows
from apps.calls.services.recordings import TapingError, pause_taping
from apps.core import clock
from apps.core.jobs import enqueue
from apps.telephony.models import TransferTarget


def start_transfer(
    *, session: AgentSession, target: TransferTarget, way: Transfer.Way, actor: User, at: datetime
) -> Transfer:
    """Call somebody of the tenant's list into the agent's talk.

    Raises AgentStateError when nobody is on the line, TransferOpenError.
    """
    attempt = lock_talk(session)
    transfer = rows.open_transfer(attempt=attempt, target=target, way=way, agent=actor, at=at)
    data = {"name": target.name, "number": target.phone, "way": str(way), "transfer": str(transfer.id)}
    record(Action.TRANSFER_STARTED, at=at, target=f"attempt:{attempt.id}", actor=actor, data=data)
    enqueue("agents.dial_target", tenant_id=transfer.tenant_id, transfer_id=str(transfer.id))
    publish_session(session)
    return transfer


def ask_hand_over(*, session: AgentSession, at: datetime) -> None:
    """Leave the talk to the person and the target. Raises AgentStateError when the two are not both on the line."""
    attempt = lock_talk(session)
    transfer = Transfer.objects.filter(attempt=attempt, state=TransferState.TALKING).first()
    if transfer is None:
        raise AgentStateError("Nobody is there to whom you could leave the call.")
    Transfer.objects.filter(id=transfer.id).update(leaving_at=at)
    enqueue("agents.hand_over", tenant_id=transfer.tenant_id, transfer_id=str(transfer.id))


def call_off(*, session: AgentSession, at: datetime) -> None:
    """Hang up the target; a person on hold comes back to the agent. Raises AgentStateError when nobody is called."""
    attempt = lock_talk(session)
    transfer = Transfer.objects.select_for_update().filter(attempt=attempt, state__lt=TransferState.ENDING).first()
    if transfer is None or transfer.handed_over_at is not None:
        raise AgentStateError("Nobody is being called for this talk.")
    transfer.attempt = attempt
    hang_up_target(transfer, at=at)


def require_still(attempt: Attempt, *, at: datetime) -> None:
    """Raise AgentStateError while the person of a call is being taken elsewhere: an outcome now would hang up on them.

    What should have been done long ago keeps nobody waiting.
    """
    if attempt.left_at is not None or attempt.state == AttemptState.ENDED:
        return
    since = at - clock.real_seconds(rows.TRUST_SECONDS)
    is_leaving = Q(way=Transfer.Way.BLIND, asked_at__gt=since) | Q(leaving_at__gt=since)
    moving = Transfer.objects.filter(is_leaving, attempt=attempt, state__lt=TransferState.ENDING)
    speaking = VoicemailDrop.objects.filter(attempt=attempt, asked_at__gt=since, played_at__isnull=True, error="")
    if moving.exists() or speaking.exists():
        raise AgentStateError("The call is just being handed on: choose the outcome in a moment.")


def lock_talk(session: AgentSession) -> Attempt:
    """The agent's live talk, locked. Raises AgentStateError when there is none, or the agent has left it."""
    talks = Attempt.objects.select_for_update().filter(state=AttemptState.CONNECTED, left_at__isnull=True)
    attempt = talks.filter(id=session.attempt_id).first() if session.attempt_id else None
    if attempt is None or session.state != AgentState.ON_CALL or not session.is_leg_connected:
        raise AgentStateError("Nobody is on the line.")
    return attempt


def hang_up_target(transfer: Transfer, *, at: datetime, result: Transfer.Result = Transfer.Result.CANCELED) -> None:
    """Have a locked transfer's leg ended; without a leg the transfer ends at once."""
    if transfer.state == TransferState.ASKED:
        rows.close_unplaced(transfer=transfer, result=result, error="", at=at)
        settle_leg(transfer, at=at)
        return
    kept = Transfer.Result.COMPLETED if transfer.answered_at and result == Transfer.Result.CANCELED else result
    rows.begin_ending(transfer=transfer, result=kept, at=at)
    enqueue("agents.end_target", tenant_id=transfer.tenant_id, transfer_id=str(transfer.id))
    tell_desk(transfer.attempt_id)


def follow_target(*, transfer_id: UUID, sid: str, progress: Progress, at: datetime) -> None:
    """Draw the consequences of news of a target's leg; may come late, twice or in any order."""
    transfer = rows.lock_transfer(transfer_id)
    if transfer is None:
        return
    was_over = transfer.state >= TransferState.ENDING
    if rows.follow_leg(transfer=transfer, sid=sid, progress=progress, at=at):
        settle_leg(transfer, at=at)
    elif was_over and transfer.ended_at is None:
        # It rings or talks although nobody wants it any more.
        enqueue("agents.end_target", tenant_id=transfer.tenant_id, transfer_id=str(transfer.id))
    tell_desk(transfer.attempt_id)


def settle_leg(transfer: Transfer, *, at: datetime) -> None:
    """The target is gone: the person's call ends with a talk that is over, or they go back to whom they came from."""
    attempt = transfer.attempt
    talked = transfer.ended_at - transfer.answered_at if transfer.ended_at and transfer.answered_at else timedelta()
    data = {
        "name": transfer.name,
        "result": transfer.result,
        "seconds": round(talked.total_seconds()),
        "transfer": str(transfer.id),
    }
    record(Action.TRANSFER_ENDED, at=at, target=f"attempt:{attempt.id}", actor_label="carrier", data=data)
    if attempt.state < AttemptState.ENDED:
        enqueue(_after(transfer), tenant_id=attempt.tenant_id, attempt_id=str(attempt.id))
    tell_desk(attempt.id)


def _after(transfer: Transfer) -> str:
    if transfer.attempt.left_at is None:
        return "agents.take_off_hold"
    is_talked = transfer.result == Transfer.Result.COMPLETED
    return "calls.end_call" if is_talked else "agents.fetch_person"


def leave_person(transfer_id: UUID, *, at: datetime) -> bool:
    """The person has left the agent's conference for the target's: the agent wraps up while their call goes on.

    False when the target has gone meanwhile, so that nobody waits for the person, or the call is over.
    """
    transfer = rows.lock_transfer(transfer_id)
    if transfer is None or transfer.attempt.state == AttemptState.ENDED:
        return False
    attempt = transfer.attempt
    Attempt.objects.filter(id=attempt.id).update(left_at=at)
    Transfer.objects.filter(id=transfer_id).update(handed_over_at=at)
    # Nobody is left in the talk who answers for its being recorded, and the target was not asked.
    with suppress(TapingError):
        pause_taping(attempt=attempt, is_paused=True, at=at)
    data = {"name": transfer.name, "number": transfer.phone, "transfer": str(transfer.id)}
    record(Action.TRANSFER_HANDED_OVER, at=at, target=f"attempt:{attempt.id}", actor=transfer.agent, data=data)
    sessions.leave_call(attempt_id=attempt.id, at=at)
    if transfer.state >= TransferState.ENDING:
        enqueue("agents.fetch_person", tenant_id=attempt.tenant_id, attempt_id=str(attempt.id))
        return False
    return True


def take_back(*, attempt: Attempt, at: datetime) -> AgentSession | None:
    """Nobody took over the call of a locked attempt: its agent has it again if they still are there for it.

    None when they are not: the person is offered a call-back, which is noted once.
    """
    Transfer.objects.filter(attempt=attempt, handed_over_at__isnull=False, returned_at__isnull=True).update(
        returned_at=at
    )
    hold_ledger()
    session = sessions.come_back(attempt_id=attempt.id, at=at) if attempt.disposed_at is None else None
    if session is not None:
        Attempt.objects.filter(id=attempt.id).update(left_at=None)
    else:
        _note_offer(attempt, at)
    return session


def _note_offer(attempt: Attempt, at: datetime) -> None:
    transfer = Transfer.objects.filter(attempt=attempt).order_by("asked_at", "id").last()
    if transfer is None or transfer.offered_at is not None:
        return
    Transfer.objects.filter(id=transfer.id).update(offered_at=at)
    data = {"name": transfer.name, "agent": transfer.agent_id, "transfer": str(transfer.id)}
    record(Action.TRANSFER_MISSED, at=at, target=f"attempt:{attempt.id}", actor_label="carrier", data=data)
    tell_desk(attempt.id)


def follow_attempt(*, attempt_id: UUID, at: datetime) -> None:
    """The person's call is over: whoever was called for it is hung up too."""
    live = Transfer.objects.filter(attempt_id=attempt_id, state__lt=TransferState.ENDING)
    for transfer_id in live.order_by("asked_at").values_list("id", flat=True):
        transfer = rows.lock_transfer(transfer_id)
        if transfer is not None and transfer.state < TransferState.ENDING:
            hang_up_target(transfer, at=at)


def tell_desk(attempt_id: UUID) -> None:
    """Let the desk that shows the call look again."""
    session = list_sessions_on(attempt_id).first()
    if session is not None:
        publish_session(session)
