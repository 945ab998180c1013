"""Leaving a campaign's message on an answering machine: the gate is asked first, then the agent is free."""

import logging
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.agents.models import AgentSession
from apps.agents.selectors import list_sessions_on
from apps.agents.services import sessions
from apps.agents.services.states import AgentStateError
from apps.agents.services.transfers import lock_talk, tell_desk
from apps.audit.actions import Action
from apps.audit.services import record
from apps.calls import control
from apps.calls.enums import AttemptState, TransferState
from apps.calls.models import Attempt, Transfer, VoicemailDrop
from apps.calls.selectors import get_language, requests_for
from apps.calls.services.disposing import dispose_attempt
from apps.campaigns.models import Disposition
from apps.campaigns.selectors import find_machine_disposition
from apps.compliance import models as compliance
from apps.compliance.domain.codes import DialMode
from apps.compliance.services import gate
from apps.compliance.wording import explain
from apps.core.errors import ConflictError, NotAllowedError
from apps.core.jobs import enqueue
from apps.telephony.domain.languages import choose_language
from apps.telephony.errors import CarrierError
from apps.telephony.twiml import handing_on
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)


class NoVoicemailError(ConflictError):
    """The campaign has no message, or no disposition for one."""

    code = "no_voicemail"


class VoicemailRefusedError(NotAllowedError):
    """The gate does not allow a recorded message to this person; the message says why."""

    code = "voicemail_refused"


def ask_voicemail(*, session: AgentSession, tenant: Tenant, actor: User, at: datetime) -> None:
    """Leave the campaign's message in the agent's call and let the agent go.

    A message spoken by a machine is a prerecorded one by law, so the gate is asked in that mode; its answer is stored
    either way. Raises NoVoicemailError, AgentStateError, VoicemailRefusedError.
    """
    attempt = session.attempt
    if attempt is None:
        raise AgentStateError("Nobody is on the line.")
    text = attempt.campaign.voicemail_text.strip()
    if not text or find_machine_disposition(attempt.campaign) is None:
        raise NoVoicemailError("This campaign has no message for answering machines.")
    # Before the attempt is locked: the ledger of decisions comes first (adr/0007).
    decision = _decide(attempt, at)
    if not decision.is_allowed:
        data = {"reasons": decision.reasons}
        record(Action.VOICEMAIL_REFUSED, at=at, target=f"attempt:{attempt.id}", actor=actor, data=data)
        raise VoicemailRefusedError(f"No recorded message may be left here. {explain(decision)}.")
    attempt = lock_talk(session)
    if Transfer.objects.filter(attempt=attempt, state__lt=TransferState.ENDED).exists():
        raise AgentStateError("Somebody else is on the line: hang them up first.")
    words = handing_on.voicemail_words(
        language=get_language(attempt), seller=tenant.seller, phone=tenant.seller_phone, text=text
    )
    VoicemailDrop.objects.update_or_create(
        attempt=attempt,
        defaults={
            "decision": decision, "agent": actor, "text": words, "asked_at": at, "sending_at": None, "error": "",
        },
    )  # fmt: skip
    enqueue("agents.leave_voicemail", tenant_id=attempt.tenant_id, attempt_id=str(attempt.id))
    tell_desk(attempt.id)


def _decide(attempt: Attempt, at: datetime) -> compliance.Decision:
    """Whether a recorded message may be played in this call; the call itself does not count as one before it."""
    (request,) = requests_for(attempt.campaign, [attempt.lead], mode=attempt.mode, at=at)
    earlier = tuple(moment for moment in request.attempts if moment != attempt.placing_at)
    talks = tuple(moment for moment in request.talks if moment != attempt.placing_at)
    verdicts = gate.check(
        [replace(request, dial_mode=DialMode.PRERECORDED, attempts=earlier, talks=talks)], at=at
    )  # fmt: skip
    return gate.store(verdicts, at=at)[0]


def leave_voicemail(*, tenant_id: int, attempt_id: UUID, at: datetime) -> None:
    """Take the person's leg out of the agent's conference to the message, once; then the agent is free."""
    with tenant_scope(tenant_id):
        waiting = VoicemailDrop.objects.filter(attempt_id=attempt_id, sending_at__isnull=True, played_at__isnull=True)
        if not waiting.update(sending_at=at):
            return
        related = ("attempt__caller_id__account", "attempt__campaign", "attempt__lead")
        drop = VoicemailDrop.objects.select_related(*related).get(attempt_id=attempt_id)
    attempt = drop.attempt
    document = handing_on.leave_voicemail(
        drop.text,
        language=get_language(attempt),
        text_language=choose_language(lead="", campaign=attempt.campaign.language),
    )
    try:
        control.redirect_person(attempt=attempt, document=document)
    except CarrierError as error:
        logger.warning("voicemail.failed", extra={"attempt": str(attempt_id), "code": error.code})
        with tenant_scope(tenant_id):
            VoicemailDrop.objects.filter(id=drop.id).update(error=error.message[:300])
            tell_desk(attempt_id)
        return
    with tenant_scope(tenant_id):
        _free_agent(drop, at)


def _free_agent(drop: VoicemailDrop, at: datetime) -> None:
    attempt = Attempt.objects.select_for_update(of=("self",)).select_related("campaign").get(id=drop.attempt_id)
    VoicemailDrop.objects.filter(id=drop.id).update(played_at=at)
    if attempt.state < AttemptState.ENDED:
        Attempt.objects.filter(id=attempt.id).update(left_at=at)
    session = list_sessions_on(attempt.id).first()
    draft = session.draft if session else {}
    disposition = find_machine_disposition(attempt.campaign)
    if attempt.disposed_at is None and disposition is not None:
        _dispose(drop, disposition, draft, at)
    data = {"code": disposition.code if disposition else "", "decision": drop.decision_id}
    record(Action.VOICEMAIL_LEFT, at=at, target=f"attempt:{attempt.id}", actor=drop.agent, data=data)
    sessions.leave_call(attempt_id=attempt.id, at=at)
    if session is not None:
        sessions.finish_wrap_up(session=session, at=at)
    enqueue("dialer.dial_campaign", tenant_id=attempt.tenant_id, campaign_id=attempt.campaign_id)


def _dispose(drop: VoicemailDrop, disposition: Disposition, draft: dict[str, object], at: datetime) -> None:
    answers = draft.get("answers")
    dispose_attempt(
        attempt_id=drop.attempt_id,
        code=disposition.code,
        user=drop.agent,
        at=at,
        note=str(draft.get("note", "")),
        answers=answers if isinstance(answers, dict) else {},
    )
