"""The leg of somebody to whom a call is transferred: asked for once, dialled at most once, followed to its end."""

from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.calls.domain.fold import End, Progress, Reached
from apps.calls.enums import TransferState
from apps.calls.models import Attempt, Transfer
from apps.core import clock
from apps.core.errors import ConflictError
from apps.telephony.models import TransferTarget

# Real seconds for which a state is believed without news.
TRUST_SECONDS = 45.0

_STATE = {
    Reached.NOTHING: TransferState.ASKED,
    Reached.PLACED: TransferState.DIALLING,
    Reached.RINGING: TransferState.RINGING,
    Reached.ANSWERED: TransferState.TALKING,
    Reached.ENDED: TransferState.ENDED,
}
_RESULT = {
    End.COMPLETED: Transfer.Result.COMPLETED,
    End.CANCELED: Transfer.Result.CANCELED,
    End.NO_ANSWER: Transfer.Result.NO_ANSWER,
    End.BUSY: Transfer.Result.BUSY,
    End.FAILED: Transfer.Result.FAILED,
}


class TransferOpenError(ConflictError):
    """Somebody is being called into the talk already."""

    code = "transfer_open"


def open_transfer(
    *, attempt: Attempt, target: TransferTarget, way: Transfer.Way, agent: User, at: datetime
) -> Transfer:
    """Write down that a target is to be called; the attempt must be locked. Raises TransferOpenError."""
    if Transfer.objects.filter(attempt=attempt, state__lt=TransferState.ENDING).exists():
        raise TransferOpenError("Somebody is being called already: call that off first.")
    return Transfer.objects.create(
        attempt=attempt, target=target, agent=agent, name=target.name, phone=target.phone, way=way, asked_at=at
    )


def lock_transfer(transfer_id: UUID) -> Transfer | None:
    """A transfer with its attempt, both locked in the order that everybody keeps; None for one of nobody."""
    attempt_id = Transfer.objects.filter(id=transfer_id).values_list("attempt_id", flat=True).first()
    if attempt_id is None:
        return None
    attempt = Attempt.objects.select_for_update(of=("self",)).select_related("campaign").get(id=attempt_id)
    transfer = Transfer.objects.select_for_update(of=("self",)).get(id=transfer_id)
    transfer.attempt = attempt
    return transfer


def claim_dial(*, transfer_id: UUID, at: datetime) -> Transfer | None:
    """Let one worker dial; None when another has it, or when the call or the transfer is over."""
    asked = Transfer.objects.filter(id=transfer_id, state=TransferState.ASKED)
    if not asked.update(state=TransferState.DIALLING, trusted_until=at + clock.real_seconds(TRUST_SECONDS)):
        return None
    return get_transfer(transfer_id)


def claim_hand_over(*, transfer_id: UUID, at: datetime) -> Transfer | None:
    """Let one worker take person and target away from the agent; None when that is done or there is nobody."""
    talking = Transfer.objects.filter(id=transfer_id, state=TransferState.TALKING, handed_over_at__isnull=True)
    return get_transfer(transfer_id) if talking.update(handed_over_at=at) else None


def get_transfer(transfer_id: UUID) -> Transfer:
    """A transfer with all that a request to the carrier needs. Raises Transfer.DoesNotExist."""
    return Transfer.objects.select_related("target", "attempt__caller_id__account", "attempt__campaign").get(
        id=transfer_id
    )


def follow_leg(*, transfer: Transfer, sid: str, progress: Progress, at: datetime) -> bool:
    """Merge what the carrier says of the target's leg, in any order; whether the leg has just ended.

    `transfer` is locked. What is said of another leg changes nothing.
    """
    if transfer.sid not in {"", sid}:
        return False
    before = transfer.state
    transfer.sid = sid
    transfer.state = max(before, _STATE[Reached(progress.state)])
    if progress.answered_at is not None:
        transfer.answered_at = min(filter(None, (transfer.answered_at, progress.answered_at)))
    if transfer.state == TransferState.ENDED and not transfer.ended_at:
        transfer.ended_at = progress.ended_at or at
        transfer.result = transfer.result or _result(transfer, progress)
    transfer.trusted_until = at + clock.real_seconds(TRUST_SECONDS)
    transfer.save(update_fields=["sid", "state", "answered_at", "ended_at", "result", "trusted_until"])
    return before < TransferState.ENDED == transfer.state


def close_unplaced(*, transfer: Transfer, result: Transfer.Result, error: str, at: datetime) -> None:
    """End a locked transfer whose target has no leg that anybody knows of."""
    transfer.state, transfer.ended_at = TransferState.ENDED, at
    transfer.result, transfer.error = transfer.result or result, error[:300]
    transfer.save(update_fields=["state", "ended_at", "result", "error"])


def begin_ending(*, transfer: Transfer, result: Transfer.Result, at: datetime) -> None:
    """The target's leg is to be hung up; it has ended when the carrier says so. `transfer` is locked."""
    transfer.state = TransferState.ENDING
    transfer.result = transfer.result or result
    transfer.trusted_until = at + clock.real_seconds(TRUST_SECONDS)
    transfer.save(update_fields=["state", "result", "trusted_until"])


def _result(transfer: Transfer, progress: Progress) -> Transfer.Result:
    if transfer.answered_at is not None:
        return Transfer.Result.COMPLETED
    return _RESULT.get(End(progress.end_status), Transfer.Result.FAILED)
