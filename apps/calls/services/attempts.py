"""The life of an attempt beside the carrier's events: made, ended by us, settled."""

from datetime import datetime
from uuid import UUID

from apps.calls.domain.fold import End, Progress, Verdict
from apps.calls.domain.outcome import is_abandoned, outcome_of
from apps.calls.enums import AttemptState, Outcome
from apps.calls.models import Attempt, Callback
from apps.campaigns.domain.retry import FREE_OUTCOMES
from apps.campaigns.services import queue
from apps.compliance.models import Evidence
from apps.compliance.services.consents import refuse_calls
from apps.core import clock
from apps.core.publish import publish

# Real seconds after the end of an answered call in which the word of its join or its verdict may still come.
DOUBT_SECONDS = 3.0


def end_attempt(
    *,
    attempt_id: UUID,
    expected: AttemptState,
    outcome: Outcome,
    at: datetime,
    error_code: str = "",
    error: str = "",
) -> bool:
    """End an attempt that reached nobody, if it is still in the state `expected`; False when it has moved on."""
    changed = Attempt.objects.filter(id=attempt_id, state=expected).update(
        state=AttemptState.ENDED, outcome=outcome, ended_at=at, error_code=error_code[:12], error=error[:300]
    )
    if changed:
        settle_attempt(attempt_id=attempt_id, at=at)
    return bool(changed)


def mark_unattended(*, attempt_id: UUID) -> None:
    """The call was answered and no agent was free."""
    Attempt.objects.filter(id=attempt_id).update(is_unattended=True)


def settle_attempt(*, attempt_id: UUID, at: datetime) -> bool:
    """Draw the consequences of an attempt's end, once: outcome, queue, retry, totals. False when there are none to draw.

    Whoever comes first does it: the callback that ended the call, one that was overtaken by it, or the reconciler.
    """
    attempt = (
        Attempt.objects.select_for_update(of=("self",))
        .select_related("campaign")
        .filter(id=attempt_id, state=AttemptState.ENDED, settled_at__isnull=True)
        .first()
    )
    if attempt is None or _is_in_doubt(attempt, at):
        return False
    progress = _progress(attempt)
    if not attempt.outcome:
        attempt.outcome = outcome_of(progress, is_unattended=attempt.is_unattended)
    attempt.is_abandoned = is_abandoned(progress, outcome=attempt.outcome)
    attempt.settled_at = at
    attempt.ended_at = attempt.ended_at or at
    attempt.save(update_fields=["outcome", "is_abandoned", "settled_at", "ended_at"])
    queue.record_outcome(
        campaign_lead_id=attempt.campaign_lead_id, outcome=attempt.outcome, is_abandoned=attempt.is_abandoned, at=at
    )
    if attempt.outcome in FREE_OUTCOMES and is_promised(attempt.campaign_lead_id):
        queue.hold_for_agent(campaign_lead_id=attempt.campaign_lead_id)
    publish(attempt.tenant_id, f"campaign:{attempt.campaign_id}", {"attempt": str(attempt.id)})
    return True


def is_promised(campaign_lead_id: int) -> bool:
    """Whether an agent has promised to call the lead and has not done so yet."""
    open_promises = Callback.objects.filter(state=Callback.State.DUE, agent__isnull=False)
    return open_promises.filter(campaign_lead_id=campaign_lead_id).exists()


def _is_in_doubt(attempt: Attempt, at: datetime) -> bool:
    """Whether news that decide the outcome may still be on their way: callbacks overtake each other."""
    if attempt.outcome or attempt.ended_at is None or attempt.end_status != End.COMPLETED:
        return False
    is_machine = attempt.answered_by >= Verdict.MACHINE
    awaits_join = attempt.agent_id is not None and attempt.connected_at is None and not attempt.is_unattended
    awaits_verdict = attempt.campaign.is_machine_detected and attempt.answered_by == Verdict.NONE
    is_recent = attempt.ended_at > at - clock.real_seconds(DOUBT_SECONDS)
    return is_recent and not is_machine and (awaits_join or awaits_verdict)


def _progress(attempt: Attempt) -> Progress:
    return Progress(
        state=attempt.state,
        ringing_at=attempt.ringing_at,
        answered_at=attempt.answered_at,
        connected_at=attempt.connected_at,
        ended_at=attempt.ended_at,
        answered_by=attempt.answered_by,
        end_status=attempt.end_status,
        talk_seconds=attempt.talk_seconds,
        error_code=attempt.error_code,
    )


def note_opt_out(*, attempt: Attempt, at: datetime) -> None:
    """The person pressed nine where a recorded voice offered it: no call of the tenant ever again, from this instant on."""
    refuse_calls(
        phone=attempt.phone,
        source=Evidence.CALLEE,
        note=f"Pressed 9 in call {attempt.id}",
        created_by="keypad",
        at=at,
    )
