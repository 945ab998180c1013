"""What the agent says of a call: disposition, note, answers, call-back. Saved before anything else happens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F

from apps.accounts.models import User
from apps.calls.models import Attempt, Callback, InboundCall
from apps.calls.services.answers import complete_answers, keep_answers
from apps.calls.services.callbacks import Promised, require_lawful
from apps.calls.services.quotas import count_interview
from apps.campaigns.models import CampaignTotals, Disposition
from apps.campaigns.services import queue
from apps.compliance.models import Evidence
from apps.compliance.services.consents import refuse_calls
from apps.core.errors import ConflictError, InvalidError

# What follows a disposition that is neither final nor a call-back, such as "no pitch".
REST = timedelta(hours=24)


class AlreadyDisposedError(ConflictError):
    """The attempt has a disposition; it is kept as it is."""

    code = "already_disposed"


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """A promised call at `due_at`, agreed in `zone`; `is_personal` keeps it for the same agent."""

    due_at: datetime
    zone: str
    is_personal: bool
    note: str = ""


def dispose_attempt(
    *,
    attempt_id: UUID,
    code: str,
    user: User | None,
    at: datetime,
    note: str = "",
    answers: dict[str, Any] | None = None,
    callback: CallbackRequest | None = None,
) -> Attempt:
    """Record the outcome that the agent chose, once; a do-not-call request takes effect in the same transaction.

    `user` is who says so; the attempt stays its agent's. `answers` are raw values of the desk by question key, see
    scripts.domain.answers; without them those that were kept of the call stay.

    Raises InvalidError for an unknown code or a call-back without a time, CallbackNotLawfulError for one at a time at
    which nobody may call, AlreadyDisposedError for a second disposition.
    """
    attempt = (
        Attempt.objects.select_for_update(of=("self",))
        .select_related("campaign__script_version", "script_version", "lead__place")
        .get(id=attempt_id)
    )
    if attempt.disposed_at is not None:
        raise AlreadyDisposedError("This call already has a disposition.")
    disposition = Disposition.objects.filter(
        disposition_set_id=attempt.campaign.disposition_set_id, code=code, is_active=True
    ).first()
    if disposition is None:
        raise InvalidError(f"The campaign has no disposition {code}.", field="disposition")
    _check_callback(attempt, disposition, callback, at)
    attempt.disposition, attempt.disposed_at, attempt.note = disposition, at, note
    attempt.agent = attempt.agent or user
    attempt.save(update_fields=["disposition", "disposed_at", "note", "agent"])
    if answers is None:
        answers = complete_answers(attempt=attempt)
    else:
        keep_answers(attempt=attempt, values=answers, at=at)
    if disposition.is_success:
        count_interview(campaign_id=attempt.campaign_id, values=answers)
    if disposition.is_callback or disposition.is_dnc or not _rang_back(attempt):
        _close_callbacks(attempt.campaign_lead_id)
        _plan(attempt, disposition, callback, user, at)
    CampaignTotals.objects.filter(campaign_id=attempt.campaign_id).update(
        contacts=F("contacts") + int(disposition.is_contact), successes=F("successes") + int(disposition.is_success)
    )
    if disposition.is_dnc:
        refuse_calls(
            phone=attempt.phone,
            source=Evidence.AGENT,
            note=f"Asked during call {attempt.id}",
            created_by=user or "dialler",
            at=at,
        )
    return attempt


def _rang_back(attempt: Attempt) -> bool:
    """Whether the person rang back after this call and was promised another, which the call's outcome is older than."""
    return InboundCall.objects.filter(attempt=attempt, callback_at__isnull=False).exists()


def _check_callback(attempt: Attempt, disposition: Disposition, callback: CallbackRequest | None, at: datetime) -> None:
    if disposition.is_callback and callback is None:
        raise InvalidError("Choose when to call back.", field="callback")
    if callback is None:
        return
    if callback.due_at <= at:
        raise InvalidError("The call-back must be in the future.", field="callback")
    if disposition.is_callback:
        promised = Promised(attempt.campaign, attempt.lead, callback.is_personal, attempt.placing_at)
        require_lawful(promised=promised, due_at=callback.due_at, at=at)


def _close_callbacks(campaign_lead_id: int) -> None:
    Callback.objects.filter(campaign_lead_id=campaign_lead_id, state=Callback.State.DUE).update(
        state=Callback.State.DONE
    )


def _plan(
    attempt: Attempt, disposition: Disposition, callback: CallbackRequest | None, user: User | None, at: datetime
) -> None:
    lead = attempt.campaign_lead_id
    if disposition.is_callback and callback is not None:
        Callback.objects.create(
            campaign_lead_id=lead,
            agent=user if callback.is_personal else None,
            due_at=callback.due_at,
            zone=callback.zone,
            note=callback.note,
        )
        if callback.is_personal:
            queue.hold_for_agent(campaign_lead_id=lead)
        else:
            queue.try_again(
                campaign_lead_id=lead, at=callback.due_at, reason="callback", priority=queue.PRIORITY_CALLBACK
            )
    elif disposition.is_final or disposition.is_dnc or disposition.is_unworkable:
        queue.finish_lead(campaign_lead_id=lead, reason=disposition.code)
    else:
        queue.try_again(campaign_lead_id=lead, at=at + REST, reason=disposition.code)
