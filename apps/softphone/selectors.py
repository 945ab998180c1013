"""What the desk shows: one plain value, computed from rows, so that a reload shows exactly what the server knows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import User
from apps.agents.models import AgentSession
from apps.agents.selectors import find_session
from apps.calls.models import Attempt
from apps.calls.selectors import list_attempts_to, list_callbacks_of
from apps.campaigns.models import Campaign, CampaignLead, Disposition
from apps.campaigns.selectors import list_dispositions
from apps.compliance.models import Decision
from apps.compliance.selectors import list_consents
from apps.leads.models import Lead
from apps.leads.selectors import search_leads
from apps.scripts.domain.text import render

HISTORY = 5
# Call-backs due within this are shown as coming up.
AHEAD = timedelta(hours=12)
FOUND = 20


def list_campaigns_to_join() -> list[Campaign]:
    """Campaigns at whose desk somebody can sit, running ones first."""
    states = [Campaign.State.RUNNING, Campaign.State.PAUSED, Campaign.State.SCHEDULED]
    found = Campaign.objects.filter(state__in=states).order_by("name", "id")
    return sorted(found, key=lambda campaign: campaign.state != Campaign.State.RUNNING)


def desk_state(user: User, *, at: datetime) -> dict[str, Any]:
    """Everything the desk shows to `user` at `at`: JSON values, instants as ISO 8601 in UTC."""
    session = find_session(user.id)
    if session is None:
        return {"session": None, "campaigns": [_campaign(item) for item in list_campaigns_to_join()]}
    campaign_lead = _campaign_lead(session)
    return {
        "session": _session(session),
        "campaign": _campaign(session.campaign),
        "dispositions": [_disposition(item) for item in list_dispositions(session.campaign)],
        "contact": _contact(campaign_lead, user) if campaign_lead else None,
        "attempt": _attempt(session.attempt) if session.attempt else None,
        "draft": session.draft,
        "callbacks": [
            {
                "campaign_lead": item.campaign_lead_id,
                "name": str(item.campaign_lead.lead),
                "due_at": item.due_at.isoformat(),
                "zone": item.zone,
                "note": item.note,
                "is_due": item.due_at <= at,
            }
            for item in list_callbacks_of(user.id, until=at + AHEAD)[:FOUND]
        ],
    }


def _campaign_lead(session: AgentSession) -> CampaignLead | None:
    key = session.preview_lead_id or (session.attempt.campaign_lead_id if session.attempt else None)
    if key is None:
        return None
    return CampaignLead.objects.select_related(
        "lead__place", "lead__lead_list", "campaign__script_version__script", "campaign__tenant"
    ).get(id=key)


def _session(session: AgentSession) -> dict[str, Any]:
    return {
        "id": session.id,
        "state": session.state,
        "since": session.state_since.isoformat(),
        "break_reason": session.break_reason if session.state == "BREAK" else "",
        "next_state": session.next_state,
        "wrap_up_until": session.wrap_up_until.isoformat() if session.wrap_up_until else None,
        "is_leg_connected": session.is_leg_connected,
    }


def _campaign(campaign: Campaign) -> dict[str, Any]:
    return {
        "id": campaign.id,
        "name": campaign.name,
        "state": campaign.state,
        "mode": campaign.dial_mode,
        "mode_label": campaign.get_dial_mode_display(),
        "preview_seconds": campaign.preview_seconds,
        "wrap_up_seconds": campaign.wrap_up_seconds,
    }


def _disposition(item: Disposition) -> dict[str, Any]:
    return {"code": item.code, "label": item.label, "hotkey": item.hotkey, "is_callback": item.is_callback}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "id": str(attempt.id),
        "state": attempt.state,
        "state_label": attempt.get_state_display(),
        "answered_at": attempt.answered_at.isoformat() if attempt.answered_at else None,
        "connected_at": attempt.connected_at.isoformat() if attempt.connected_at else None,
        "ended_at": attempt.ended_at.isoformat() if attempt.ended_at else None,
        "outcome": attempt.outcome,
        "is_disposed": attempt.disposed_at is not None,
    }


def _contact(campaign_lead: CampaignLead, user: User) -> dict[str, Any]:
    lead = campaign_lead.lead
    version = campaign_lead.campaign.script_version
    variables = script_variables(lead, user, campaign_lead.campaign)
    return {
        "campaign_lead": campaign_lead.id,
        "lead": {
            "id": lead.id,
            "name": str(lead),
            "phone": lead.phone,
            "company": lead.company,
            "email": lead.email,
            "state": lead.state,
            "postal_code": lead.postal_code,
            "zones": list(lead.place.zones),
            "source": lead.source,
            "external_id": lead.external_id,
            "custom": lead.custom,
        },
        "why": _why(campaign_lead, lead),
        "script": {
            "name": str(version) if version else "",
            "text": render(version.text, variables) if version else "",
            "questions": version.questions if version else [],
        },
        "history": [
            {
                "at": item.reserved_at.isoformat(),
                "campaign": item.campaign.name,
                "outcome": item.disposition.label if item.disposition else item.get_outcome_display(),
                "agent": str(item.agent) if item.agent else "",
                "note": item.note,
            }
            for item in list_attempts_to(lead.phone)[:HISTORY]
        ],
    }


def _why(campaign_lead: CampaignLead, lead: Lead) -> dict[str, Any]:
    """Why this person, why now: where the lead came from, what they agreed to, and on what the gate said yes."""
    decision = Decision.objects.filter(phone=lead.phone, is_allowed=True).order_by("-id").first()
    consent = list_consents(lead.phone).first()
    return {
        "source": lead.source or lead.lead_list.name,
        "attempt_number": campaign_lead.attempt_count + 1,
        "rules": decision.rules if decision else [],
        "rulebook": decision.rulebook if decision else "",
        "consent": consent
        and {"kind": consent.get_kind_display(), "text": consent.text, "at": consent.captured_at.isoformat()},
    }


def script_variables(lead: Lead, user: User, campaign: Campaign) -> Mapping[str, str]:
    """A value for every variable of a script (scripts.domain.text.VARIABLES)."""
    seller = campaign.tenant
    return {
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "company": lead.company,
        "email": lead.email,
        "phone": lead.phone,
        "state": lead.state,
        "postal_code": lead.postal_code,
        "source": lead.source or lead.lead_list.name,
        "agent_name": str(user),
        "seller_name": seller.seller_name or seller.name,
        "seller_phone": seller.seller_phone,
        **{f"custom.{key}": str(value) for key, value in lead.custom.items()},
    }


def find_leads_to_dial(campaign_id: int, query: str, *, region: str) -> list[dict[str, Any]]:
    """Leads of the campaign by number, source id or name, for a manual call."""
    found = search_leads(query, region=region, size=FOUND).leads
    rows = CampaignLead.objects.filter(campaign_id=campaign_id, lead_id__in=[lead.id for lead in found])
    return [
        {"campaign_lead": row.id, "name": str(row.lead), "phone": row.lead.phone}
        for row in rows.select_related("lead").order_by("id")
    ]
