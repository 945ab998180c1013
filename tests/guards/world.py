"""A tenant with a row in every model, each text of which carries the tenant's mark."""

import itertools
from datetime import date, datetime, time, timedelta

from apps.accounts.models import Invitation, Role, User
from apps.agents.models import AgentSession, AgentSpan, Listening, LostLine, Notice
from apps.api.models import ApiKey, IdempotentResponse
from apps.audit.actions import Action
from apps.audit.services import record
from apps.calls.models import (
    Answer,
    Attempt,
    Callback,
    CallNote,
    InboundCall,
    ProviderEvent,
    QuotaCell,
    Recording,
    Taping,
    Transfer,
    VoicemailDrop,
)
from apps.campaigns.models import Campaign, CampaignImport, CampaignLead, CampaignList, DialMode, QueueFloor
from apps.compliance.models import Consent, Decision, DncEntry, DncRegister, DncRegisterNumber, Evidence, Relationship
from apps.core import clock
from apps.dialer.models import Pulse
from apps.leads.models import Lead, LeadImport
from apps.mail.models import Email, MailStop, MailTemplate
from apps.telephony.models import CarrierCheck, TransferTarget
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories

_numbers = itertools.count(1)


def build_world(tenant: Tenant, mark: str) -> None:
    """Fill the tenant; every name, note and text contains `mark`."""
    at = clock.now()
    with tenant_scope(tenant.id):
        owner = factories.MembershipFactory.create(role=Role.OWNER, user__name=f"{mark} owner").user
        campaign = _campaign(mark)
        lead = factories.LeadFactory.create(
            lead_list__name=f"{mark} list", first_name=mark, last_name=mark, company=mark, source=mark
        )
        _people_and_audit(mark, owner, at)
        _compliance(mark, lead.phone, at)
        _leads(mark, lead, campaign)
        _calls(mark, lead, campaign, owner)
        _sources(mark, lead, campaign)
        _mail(mark, lead, campaign, owner)
        session = AgentSession.objects.create(user=owner, campaign=campaign, state_since=at, break_reason=mark)
        _shift(mark, session, at)
        Pulse.objects.create(campaign=campaign, ticked_at=at, reason=f"{mark} waits")


def _campaign(mark: str) -> Campaign:
    account = factories.ProviderAccountFactory.create(trouble=mark)
    CarrierCheck.objects.create(
        account=account,
        kind=CarrierCheck.Kind.CREDENTIALS,
        state=CarrierCheck.State.PASSED,
        finding="credentials_good",
        values={"name": mark},
        checked_at=clock.now(),
    )
    campaign: Campaign = factories.CampaignFactory.create(
        name=f"{mark} campaign",
        state_reason=f"{mark} reason",
        script_version__text=f"{mark} text",
        script_version__script__name=f"{mark} script",
        caller_id__account=account,
        caller_id__label=f"{mark} number",
        disposition_set__name=f"{mark} set",
        call_from=time(9),
    )
    factories.DispositionFactory.create(disposition_set=campaign.disposition_set, label=f"{mark} sale")
    return campaign


def _people_and_audit(mark: str, owner: object, at: datetime) -> None:
    Invitation.objects.create(
        email=f"{mark.lower()}@example.test",
        role=Role.AGENT,
        token_hash=f"{next(_numbers):064}",
        invited_by=owner,
        expires_at=at + timedelta(days=7),
    )
    record(Action.LIST_CREATED, at=at, target=f"list:{mark}", actor=owner, data={"name": mark, "note": f"{mark} note"})


def _compliance(mark: str, phone: str, at: datetime) -> None:
    manager = Evidence.MANAGER
    Consent.objects.create(phone=phone, kind=Consent.Kind.EXPRESS, source=manager, captured_at=at, text=mark)
    Relationship.objects.create(
        phone=phone, kind=Relationship.Kind.PURCHASE, occurred_on=date(2026, 6, 1), source=manager
    )
    DncEntry.objects.create(phone=phone, source=manager, created_at=at, note=mark, created_by=mark)
    register = DncRegister.objects.create(jurisdiction="US", listed_on=at.date())
    DncRegisterNumber.objects.create(register=register, phone=phone)


def _leads(mark: str, lead: Lead, campaign: Campaign) -> None:
    lead_import = LeadImport.objects.create(
        lead_list=lead.lead_list, file=f"{mark}.csv", file_name=f"{mark}.csv", size=1, sha256="0" * 64, error=mark
    )
    CampaignList.objects.create(campaign=campaign, lead_list=lead.lead_list)
    CampaignImport.objects.create(campaign=campaign, lead_import=lead_import)
    QueueFloor.objects.create(campaign=campaign, place=lead.place, priority=1, last_id=1)


def _calls(mark: str, lead: Lead, campaign: Campaign, author: User) -> None:
    at = clock.now()
    decision = Decision.objects.create(
        phone=lead.phone,
        campaign_id=campaign.id,
        decided_at=at,
        expires_at=at,
        is_allowed=True,
        rulebook=mark,
        facts={"mark": mark},
    )
    campaign_lead = CampaignLead.objects.create(campaign=campaign, lead=lead, place=lead.place)
    attempt = Attempt.objects.create(
        campaign=campaign,
        campaign_lead=campaign_lead,
        lead=lead,
        decision=decision,
        caller_id=campaign.caller_id,
        phone=lead.phone,
        mode=DialMode.PREVIEW,
        reserved_at=at,
        note=mark,
    )
    Answer.objects.create(
        attempt=attempt, lead=lead, campaign=campaign, position=0, key=mark, question=mark, text=mark, answered_at=at
    )
    QuotaCell.objects.create(campaign=campaign, position=0, label=mark, conditions=[], target=1)
    ProviderEvent.objects.create(attempt=attempt, key=mark, name=mark, payload={"mark": mark}, received_at=at)
    Callback.objects.create(campaign_lead=campaign_lead, due_at=at, zone="America/New_York", note=mark)
    CallNote.objects.create(attempt=attempt, author=author, text=mark, written_at=at)
    target = TransferTarget.objects.create(name=f"{mark} desk", phone="+12025550143", purpose=mark)
    Transfer.objects.create(
        attempt=attempt, target=target, agent=author, name=mark, phone=target.phone, way="WARM", asked_at=at
    )
    InboundCall.objects.create(
        caller_id=campaign.caller_id, phone=lead.phone, attempt=attempt, sid=f"CA{next(_numbers):032}", received_at=at
    )
    VoicemailDrop.objects.create(attempt=attempt, decision=decision, agent=author, text=mark, asked_at=at)
    Recording.objects.create(attempt=attempt, sid=f"RE{next(_numbers):032}", status="completed")
    Taping.objects.create(attempt=attempt, state="ON", sentence=mark, changed_at=at)


def _shift(mark: str, session: AgentSession, at: datetime) -> None:
    Notice.objects.create(user=session.user, sender=session.user, text=mark, sent_at=at)
    LostLine.objects.create(session=session, attempt=Attempt.objects.get(), lost_at=at, told_at=at)
    Listening.objects.create(supervisor=session.user, session=session, stance="LISTEN", asked_at=at)
    AgentSpan.objects.create(
        session=session,
        user=session.user,
        campaign=session.campaign,
        state="READY",
        began_at=at - timedelta(hours=1),
        ended_at=at,
    )


def _mail(mark: str, lead: Lead, campaign: Campaign, sender: User) -> None:
    at = clock.now()
    address = f"{mark.lower()}@lead.example.test"
    template = MailTemplate.objects.create(name=f"{mark} template", subject=mark, body=mark)
    Email.objects.create(
        lead=lead,
        template=template,
        sender=sender,
        campaign_id=campaign.id,
        address=address,
        subject=mark,
        body=mark,
        queued_at=at,
        next_try_at=at,
    )
    MailStop.objects.create(address=address, source="LINK", created_at=at)


def _sources(mark: str, lead: Lead, campaign: Campaign) -> None:
    key = ApiKey.objects.create(
        source=f"{mark} source",
        prefix=f"k{next(_numbers)}",
        key_hash="0" * 64,
        lead_list=lead.lead_list,
        campaign=campaign,
    )
    IdempotentResponse.objects.create(api_key=key, key=mark, request_hash="0" * 64, status=201, body={"mark": mark})
