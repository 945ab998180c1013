"""The card of the person on the screen: who, why, what to say, what was said before."""

from collections.abc import Mapping
from typing import Any

from apps.accounts.models import User
from apps.calls.domain.quotas import ConditionData
from apps.calls.models import Attempt
from apps.calls.selectors import list_attempts_to, list_full_cells
from apps.calls.wording import handed_on_texts
from apps.campaigns.models import Campaign, CampaignLead
from apps.compliance.models import Decision
from apps.compliance.selectors import list_consents
from apps.core.templatetags.ui import phone as phone_text
from apps.leads.models import Lead
from apps.scripts.models import ScriptKind, ScriptVersion
from apps.scripts.pane import script_pane
from apps.softphone import wording

HISTORY = 5


def find_campaign_lead(campaign_lead_id: int) -> CampaignLead:
    """A lead of a campaign with all that the card shows of both."""
    return CampaignLead.objects.select_related(
        "lead__place", "lead__lead_list", "campaign__script_version__script", "campaign__tenant"
    ).get(id=campaign_lead_id)


def contact_card(campaign_lead: CampaignLead, user: User, attempt: Attempt | None) -> dict[str, Any]:
    """JSON values of the card. `attempt` is None for a preview."""
    lead = campaign_lead.lead
    # The version that the call began with, whatever the campaign uses since.
    version = (attempt and attempt.script_version) or campaign_lead.campaign.script_version
    return {
        "campaign_lead": campaign_lead.id,
        "lead": _lead(lead),
        "why": _why(campaign_lead, lead, attempt),
        "script": _script(campaign_lead, version, user),
        "quotas": _full_cells(campaign_lead.campaign_id, version),
        "history": _history(lead, attempt),
    }


def _lead(lead: Lead) -> dict[str, Any]:
    return {
        "id": lead.id,
        "name": str(lead),
        "phone": lead.phone,
        "phone_text": phone_text(lead.phone),
        "company": lead.company,
        "email": lead.email,
        "state": lead.state,
        "postal_code": lead.postal_code,
        "line_type": lead.get_line_type_display(),
        "language": lead.language,
        "zones": list(lead.place.zones),
        "external_id": lead.external_id,
        "custom": lead.custom,
    }


def _script(campaign_lead: CampaignLead, version: ScriptVersion | None, user: User) -> dict[str, Any]:
    lead = campaign_lead.lead
    values = script_variables(lead, user, campaign_lead.campaign)
    return script_pane(version, values, jurisdictions=[lead.region, *lead.place.jurisdictions])


def _full_cells(campaign_id: int, version: ScriptVersion | None) -> list[list[ConditionData]]:
    """The kinds of people of whom a survey has enough."""
    if version is None or version.kind != ScriptKind.SURVEY:
        return []
    return [[condition.as_data() for condition in cell] for cell in list_full_cells(campaign_id)]


def _history(lead: Lead, attempt: Attempt | None) -> list[dict[str, Any]]:
    """Earlier calls to the number, newest first."""
    earlier = (
        list_attempts_to(lead.phone)
        .select_related(None)
        .select_related("campaign", "disposition", "agent", "voicemail")
    )
    if attempt is not None:
        earlier = earlier.exclude(id=attempt.id)
    return [
        {
            "at": item.reserved_at.isoformat(),
            "campaign": item.campaign.name,
            "outcome": item.disposition.label if item.disposition else item.get_outcome_display(),
            "agent": str(item.agent) if item.agent else "",
            "note": item.note,
            "handed_on": handed_on_texts(item),
        }
        for item in earlier[:HISTORY]
    ]


def _why(campaign_lead: CampaignLead, lead: Lead, attempt: Attempt | None) -> dict[str, Any]:
    """Where the lead came from, what they agreed to, on what the gate said yes, and what follows for the talk."""
    decision = attempt.decision if attempt else _find_allow(campaign_lead)
    consent = list_consents(lead.phone).first()
    is_counted = attempt is not None and attempt.settled_at is not None
    return {
        "source": lead.source,
        "list": lead.lead_list.name,
        "attempt_number": campaign_lead.attempt_count + (0 if is_counted else 1),
        "grounds": wording.grounds(decision) if decision else [],
        "cautions": wording.cautions(decision) if decision else [],
        "rules": wording.cited_rules(decision) if decision else [],
        "rulebook": decision.rulebook if decision else "",
        "consent": consent
        and {
            "kind": consent.get_kind_display(),
            "text": consent.text,
            "at": consent.captured_at.isoformat(),
            "is_revoked": consent.revoked_at is not None,
        },
    }


def _find_allow(campaign_lead: CampaignLead) -> Decision | None:
    """The gate's newest yes for the lead in the campaign."""
    allowed = Decision.objects.filter(
        phone=campaign_lead.lead.phone, campaign_id=campaign_lead.campaign_id, is_allowed=True
    )
    return allowed.order_by("-id").first()


def script_variables(lead: Lead, user: User, campaign: Campaign) -> Mapping[str, str]:
    """A value for every variable of a script (scripts.domain.text.VARIABLES)."""
    seller = campaign.tenant
    return {
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "company": lead.company,
        "email": lead.email,
        "phone": phone_text(lead.phone),
        "state": lead.state,
        "postal_code": lead.postal_code,
        "source": lead.source or lead.lead_list.name,
        "agent_name": str(user),
        "seller_name": seller.seller,
        "seller_phone": phone_text(seller.seller_phone) if seller.seller_phone else "",
        **{f"custom.{key}": str(value) for key, value in lead.custom.items()},
    }
