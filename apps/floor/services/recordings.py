"""Recordings: hearing one is written down, and what is older than the tenant keeps is deleted, at the carrier first."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.calls import control
from apps.calls.models import Recording
from apps.calls.selectors import list_expired_recordings
from apps.telephony.carrier import Sound
from apps.telephony.errors import Blame, CarrierError
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)
# Recordings looked up at once, and looked at in one run; the next run takes the next ones.
BATCH = 100
MOST_IN_A_RUN = 3_000


def hear_recording(*, recording: Recording, actor: User, at: datetime) -> Sound:
    """The sound of a recording, noting who asked for it. Raises CarrierError.

    Opens its own short scope: no transaction waits for the carrier.
    """
    sound = control.open_recording(account=recording.attempt.caller_id.account, sid=recording.sid)
    data = {"recording": recording.sid, "agent": recording.attempt.agent_id}
    with tenant_scope(recording.tenant_id):
        record(Action.RECORDING_HEARD, at=at, target=f"attempt:{recording.attempt_id}", actor=actor, data=data)
    return sound


def cut(pieces: Iterator[bytes], *, first: int, last: int) -> Iterator[bytes]:
    """The bytes `first` to `last`, both included, of what arrives in pieces."""
    position = 0
    for piece in pieces:
        if position > last:
            return
        part = piece[max(0, first - position) : last + 1 - position]
        position += len(piece)
        if part:
            yield part


def expire_recordings(*, tenant_id: int, at: datetime) -> int:
    """Delete recordings older than the tenant keeps them; returns how many.

    What the carrier refuses is passed over and tried again in the next run; a carrier that takes no request ends this one.
    """
    with tenant_scope(tenant_id):
        days = Tenant.objects.get(id=tenant_id).recording_days
    if days is None:
        return 0
    total, refused = 0, set[int]()
    with suppress(CarrierError):
        while total + len(refused) < MOST_IN_A_RUN:
            with tenant_scope(tenant_id):
                expired = list_expired_recordings(before=at - timedelta(days=days)).exclude(id__in=refused)
                batch = list(expired[:BATCH])
            if not batch:
                break
            for recording in batch:
                if _delete(tenant_id, recording, at):
                    total += 1
                else:
                    refused.add(recording.id)
    return total


def _delete(tenant_id: int, recording: Recording, at: datetime) -> bool:
    """Delete one, unless the carrier refuses. Raises CarrierError when it takes no request."""
    try:
        control.delete_recording(account=recording.attempt.caller_id.account, sid=recording.sid)
    except CarrierError as error:
        logger.warning("recording.delete_failed", extra={"recording": recording.sid, "code": error.code})
        if error.blame in {Blame.NETWORK, Blame.RATE, Blame.ACCOUNT}:
            raise
        return False
    with tenant_scope(tenant_id):
        deleted, _ = Recording.objects.filter(id=recording.id).delete()
        if deleted:
            data = {"recording": recording.sid, "called_at": recording.attempt.reserved_at.isoformat()}
            target = f"attempt:{recording.attempt_id}"
            record(Action.RECORDING_DELETED, at=at, target=target, actor_label="retention", data=data)
    return bool(deleted)
