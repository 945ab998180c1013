"""The requests that a transfer makes to the carrier, each outside of every transaction and each by one worker."""

import logging
from datetime import datetime
from uuid import UUID

from apps.agents.models import AgentSession
from apps.agents.services import sessions, transfers
from apps.calls import addresses, control, placing
from apps.calls.domain.fold import progress_of
from apps.calls.enums import AttemptState, TransferState
from apps.calls.models import Attempt, Transfer
from apps.calls.services import transfers as rows
from apps.core import clock
from apps.core.jobs import enqueue
from apps.telephony.addresses import hook_url
from apps.telephony.errors import Blame, CarrierError, Fate
from apps.telephony.twiml import handing_on
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)


def dial_target(*, tenant_id: int, transfer_id: UUID, at: datetime) -> None:
    """Make way in the talk and dial the target, once; what fails leaves the person with the agent or brings them back."""
    with tenant_scope(tenant_id):
        transfer = rows.claim_dial(transfer_id=transfer_id, at=at)
        session = AgentSession.objects.filter(attempt_id=transfer.attempt_id).first() if transfer else None
        if transfer is not None and session is None:
            _fail(transfer_id, "The agent has gone.", at)
    if transfer is None or session is None:
        return
    is_blind = transfer.way == Transfer.Way.BLIND
    room = addresses.transfer_room(transfer) if is_blind else addresses.room_name(tenant_id, session.id)
    try:
        is_wanted = _make_way(transfer, session, at)
        sid = placing.dial_target(transfer=transfer, room=room, at=at) if is_wanted else ""
    except CarrierError as error:
        _note_failure(transfer, error, at)
        return
    if sid:
        with tenant_scope(tenant_id):
            progress = progress_of(status="queued", at=at)
            transfers.follow_target(transfer_id=transfer_id, sid=sid, progress=progress, at=at)


def _make_way(transfer: Transfer, session: AgentSession, at: datetime) -> bool:
    """Take the person out of the agent's conference (blind) or put them on hold (warm); False when the call is over."""
    attempt = transfer.attempt
    if transfer.way == Transfer.Way.BLIND:
        control.redirect_person(attempt=attempt, document=_other_room(transfer, f"lead-{attempt.id}", is_waiting=True))
        with tenant_scope(attempt.tenant_id):
            return transfers.leave_person(transfer.id, at=at)
    if transfer.way == Transfer.Way.WARM:
        _set_hold(attempt, session, is_held=True)
    return True


def _other_room(transfer: Transfer, label: str, *, is_waiting: bool) -> str:
    return handing_on.join_transfer(room=addresses.transfer_room(transfer), label=label, is_waiting=is_waiting)


def _note_failure(transfer: Transfer, error: CarrierError, at: datetime) -> None:
    """A leg that may have been dialled all the same is waited for; else the transfer has failed."""
    logger.warning("transfer.failed", extra={"transfer": str(transfer.id), "code": error.code})
    with tenant_scope(transfer.tenant_id):
        attempt = Attempt.objects.get(id=transfer.attempt_id)
        is_moved = attempt.left_at is not None or transfer.way != Transfer.Way.BLIND
        if error.fate == Fate.UNKNOWN and is_moved:
            return
        _fail(transfer.id, error.message, at)
        if error.fate == Fate.UNKNOWN:
            # The person may be waiting for a target that nobody dials.
            enqueue("agents.fetch_person", tenant_id=attempt.tenant_id, attempt_id=str(attempt.id))


def _fail(transfer_id: UUID, error: str, at: datetime) -> None:
    transfer = rows.lock_transfer(transfer_id)
    if transfer is not None and transfer.state < TransferState.ENDED:
        rows.close_unplaced(transfer=transfer, result=Transfer.Result.FAILED, error=error, at=at)
        transfers.settle_leg(transfer, at=at)


def hand_over(*, tenant_id: int, transfer_id: UUID, at: datetime) -> None:
    """Take the person and then the target into a conference of their own, once; the agent is free when they are out.

    A person who could not be moved stays with the agent; one whose target could not follow goes back.
    """
    with tenant_scope(tenant_id):
        transfer = rows.claim_hand_over(transfer_id=transfer_id, at=at)
    if transfer is None:
        return
    attempt = transfer.attempt
    try:
        control.redirect_person(attempt=attempt, document=_other_room(transfer, f"lead-{attempt.id}", is_waiting=True))
    except CarrierError as error:
        logger.warning("transfer.not_moved", extra={"transfer": str(transfer_id), "code": error.code})
        with tenant_scope(tenant_id):
            Transfer.objects.filter(id=transfer_id).update(handed_over_at=None, leaving_at=None)
            transfers.tell_desk(attempt.id)
            if error.fate == Fate.UNKNOWN:
                enqueue("agents.fetch_person", tenant_id=tenant_id, attempt_id=str(attempt.id))
        return
    with tenant_scope(tenant_id):
        is_awaited = transfers.leave_person(transfer_id, at=at)
    if is_awaited:
        _move_target(transfer, at)


def _move_target(transfer: Transfer, at: datetime) -> None:
    try:
        control.redirect_target(
            transfer=transfer, document=_other_room(transfer, f"target-{transfer.id}", is_waiting=False)
        )
    except CarrierError as error:
        logger.warning("transfer.target_lost", extra={"transfer": str(transfer.id), "code": error.code})
        with tenant_scope(transfer.tenant_id):
            locked = rows.lock_transfer(transfer.id)
            if locked is not None and locked.state < TransferState.ENDING:
                transfers.hang_up_target(locked, at=at, result=Transfer.Result.FAILED)


def take_off_hold(*, tenant_id: int, attempt_id: UUID) -> None:
    """Let the person hear the agent again after a target has gone. Raises CarrierError."""
    with tenant_scope(tenant_id):
        session = AgentSession.objects.filter(attempt_id=attempt_id, is_holding=True, ended_at__isnull=True).first()
        attempt = _get_live(attempt_id)
    if session is not None and attempt is not None:
        _set_hold(attempt, session, is_held=False)


def _set_hold(attempt: Attempt, session: AgentSession, *, is_held: bool) -> None:
    account = attempt.caller_id.account
    control.hold_person(account=account, room_sid=session.room_sid, attempt=attempt, is_held=is_held)
    with tenant_scope(attempt.tenant_id):
        sessions.set_holding(session=session, attempt_id=attempt.id, is_held=is_held)


def fetch_person(*, tenant_id: int, attempt_id: UUID) -> None:
    """Bring a person whom nobody took over to where our hook then sends them. Raises CarrierError."""
    with tenant_scope(tenant_id):
        attempt = _get_live(attempt_id)
    if attempt is None:
        return
    url = hook_url(tenant_id, "returned", a=str(attempt_id))
    try:
        control.redirect_person(attempt=attempt, document=handing_on.go_to(url))
    except CarrierError as error:
        if error.blame != Blame.GONE:
            raise


def _get_live(attempt_id: UUID) -> Attempt | None:
    live = Attempt.objects.select_related("caller_id__account").filter(state__lt=AttemptState.ENDED)
    return live.filter(id=attempt_id).first()


def end_target(*, tenant_id: int, transfer_id: UUID) -> None:
    """Hang up the leg of a transfer that is over; its callback then says that it has ended. Raises CarrierError."""
    with tenant_scope(tenant_id):
        transfer = rows.get_transfer(transfer_id)
    if transfer.sid and transfer.state >= TransferState.ENDING:
        control.end_leg(account=transfer.attempt.caller_id.account, sid=transfer.sid)


def _is_half_moved(transfer: Transfer, at: datetime) -> bool:
    """Of a transfer whose person is the agent's by our rows: whether a request to move them may have got through."""
    if transfer.way == Transfer.Way.BLIND:
        return TransferState.ASKED < transfer.state < TransferState.ENDED and not transfer.sid
    began_at = transfer.handed_over_at
    return began_at is not None and began_at <= at - clock.real_seconds(rows.TRUST_SECONDS)


def refresh_target(*, tenant_id: int, transfer_id: UUID, at: datetime) -> None:
    """Look up a leg whose callbacks have stopped; one that never was known to the carrier has failed.

    A person whom a worker may have moved before it was killed is fetched: their agent would talk to nobody.
    """
    with tenant_scope(tenant_id):
        transfer = rows.get_transfer(transfer_id)
        if transfer.attempt.left_at is None and _is_half_moved(transfer, at):
            Transfer.objects.filter(id=transfer_id).update(handed_over_at=None, leaving_at=None)
            enqueue("agents.fetch_person", tenant_id=tenant_id, attempt_id=str(transfer.attempt_id))
        if transfer.state < TransferState.ENDED and not transfer.sid:
            _fail(transfer_id, "The carrier did not say whether it dialled.", at)
    if transfer.state == TransferState.ENDED or not transfer.sid:
        return
    call = control.look_up_leg(account=transfer.attempt.caller_id.account, sid=transfer.sid)
    progress = progress_of(status=call.status if call else "failed", at=at)
    with tenant_scope(tenant_id):
        transfers.follow_target(transfer_id=transfer_id, sid=transfer.sid, progress=progress, at=at)
