"""Brings the carrier to what is wanted of a talk's recording. One worker at a time, and no transaction spans a request.

A recording is asked for once. What became of a request whose fate is not known is looked up, or told by the carrier's
callback; a pause that failed is tried again by the reconciler for as long as the call is on.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

from apps.calls import control, placing
from apps.calls.enums import AttemptState, TapingState
from apps.calls.models import Attempt, Taping
from apps.calls.services.recordings import publish_taping
from apps.core import clock
from apps.telephony.errors import CarrierError, Fate
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)


class Step(Enum):
    """What is to be asked of the carrier next."""

    START = auto()
    FIND = auto()
    PAUSE = auto()
    RESUME = auto()


@dataclass(frozen=True, slots=True)
class Claim:
    """A step that this worker alone takes."""

    attempt: Attempt
    taping: Taping
    step: Step


def next_step(taping: Taping) -> Step | None:
    """What the carrier is to do next for a recording; None when it is as wanted."""
    if taping.state == TapingState.STARTING:
        if taping.asked_at is not None:
            return Step.FIND
        return None if taping.is_pause_wanted else Step.START
    if taping.state == TapingState.ON and taping.is_pause_wanted:
        return Step.PAUSE
    if taping.state == TapingState.PAUSED and not taping.is_pause_wanted:
        return Step.RESUME
    return None


def steer_taping(*, tenant_id: int, attempt_id: UUID, now: Callable[[], datetime]) -> None:
    """Start, pause or resume until the recording is as wanted, or the carrier refuses. May be repeated at will."""
    while True:
        with tenant_scope(tenant_id):
            claim = _claim(attempt_id, now())
        if claim is None:
            return
        error: CarrierError | None = None
        sid = claim.taping.sid
        try:
            sid = _ask(claim)
        except CarrierError as failure:
            error = failure
            logger.warning("recording.failed", extra={"attempt": str(attempt_id), "code": error.code})
        with tenant_scope(tenant_id):
            _settle(claim, sid, error, now())
        if error is not None and not (claim.step == Step.START and error.fate == Fate.UNKNOWN):
            return


def _claim(attempt_id: UUID, at: datetime) -> Claim | None:
    taping = Taping.objects.select_for_update().filter(attempt_id=attempt_id).first()
    if taping is None or (taping.claimed_until is not None and taping.claimed_until > at):
        return None
    attempt = Attempt.objects.select_related("caller_id__account").get(id=attempt_id)
    step = next_step(taping)
    if step is None or attempt.sid is None or attempt.state == AttemptState.ENDED:
        return None
    taping.claimed_until = at + clock.real_seconds(placing.LEASE_SECONDS)
    if step == Step.START:
        taping.asked_at = at
    taping.save(update_fields=["claimed_until", "asked_at"])
    return Claim(attempt, taping, step)


def _ask(claim: Claim) -> str:
    """Send the request; returns the recording's sid, empty when there is none. Raises CarrierError."""
    attempt, sid = claim.attempt, claim.taping.sid
    if claim.step == Step.START:
        return control.start_recording(attempt=attempt)
    if claim.step == Step.FIND:
        return control.find_recording(attempt=attempt)
    control.pause_recording(attempt=attempt, recording_sid=sid, is_paused=claim.step == Step.PAUSE)
    return sid


def _settle(claim: Claim, sid: str, error: CarrierError | None, at: datetime) -> None:
    """Write down what came of a step and let others in; what was wanted meanwhile is looked at next."""
    taping = Taping.objects.select_for_update().get(id=claim.taping.id)
    if error is not None:
        taping.problem = error.message[:300]
        if claim.step == Step.START and error.fate == Fate.NOT_DONE:
            taping.state, taping.asked_at = TapingState.FAILED, None
    elif not sid:
        taping.state = TapingState.FAILED
        taping.problem = "The carrier has not begun to record."
    else:
        taping.sid, taping.problem = sid, ""
        taping.state = TapingState.PAUSED if claim.step == Step.PAUSE else TapingState.ON
    taping.claimed_until, taping.changed_at = None, at
    taping.save(update_fields=["state", "sid", "problem", "asked_at", "claimed_until", "changed_at"])
    publish_taping(claim.attempt)
