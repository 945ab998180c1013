"""Making campaigns and moving them through their life. Every change is audited."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.campaigns.domain.life import may_become
from apps.campaigns.domain.retry import DEFAULT_PLAN
from apps.campaigns.models import Campaign, CampaignList, CampaignTotals, Disposition, DispositionSet
from apps.campaigns.selectors import find_blockers
from apps.core.errors import ConflictError
from apps.core.publish import publish
from apps.leads.models import LeadList
from apps.scripts.models import ScriptVersion

# The trade's usual outcomes: code, label, key and the flags that differ from the model's defaults.
DEFAULT_DISPOSITIONS: tuple[tuple[str, str, str, dict[str, bool]], ...] = (
    ("SALE", "Sale", "1", {"is_contact": True, "is_success": True}),
    ("APPT", "Appointment", "2", {"is_contact": True, "is_success": True}),
    ("CALLBK", "Call back", "3", {"is_contact": True, "is_callback": True, "is_final": False}),
    ("NI", "Not interested", "4", {"is_contact": True, "is_not_interested": True}),
    ("NP", "No pitch: hung up early", "5", {"is_final": False}),
    ("A", "Answering machine", "6", {"is_human_answered": False, "is_machine": True, "is_final": False}),
    ("WRONG", "Wrong number", "7", {"is_unworkable": True}),
    ("DC", "Disconnected number", "8", {"is_human_answered": False, "is_unworkable": True}),
    ("DNC", "Do not call again", "9", {"is_contact": True, "is_dnc": True}),
)


class CampaignNotReadyError(ConflictError):
    """The campaign lacks something it needs to dial; the message names all of it."""

    code = "campaign_not_ready"


class ScriptNotApprovedError(ConflictError):
    """Campaigns use only approved versions of scripts."""

    code = "script_not_approved"


class StateChangeError(ConflictError):
    """The campaign is not in a state from which it can change to the one asked for."""

    code = "campaign_state"


def create_disposition_set(*, name: str) -> DispositionSet:
    """Make a set with the trade's usual outcomes."""
    disposition_set = DispositionSet.objects.create(name=name)
    Disposition.objects.bulk_create(
        Disposition(
            tenant_id=disposition_set.tenant_id,
            disposition_set=disposition_set,
            code=code,
            label=label,
            hotkey=key,
            position=position,
            **flags,
        )
        for position, (code, label, key, flags) in enumerate(DEFAULT_DISPOSITIONS)
    )
    return disposition_set


def create_campaign(*, lists: Iterable[LeadList], actor: User | None, at: datetime, **values: Any) -> Campaign:  # noqa: ANN401 - model fields
    """Make a draft campaign from model field values and the lists it calls. Raises ScriptNotApprovedError."""
    _require_approved(values.get("script_version"))
    values.setdefault("retry_plan", {outcome: dict(step) for outcome, step in DEFAULT_PLAN.items()})
    campaign = Campaign.objects.create(**values)
    CampaignTotals.objects.create(campaign=campaign)
    _set_lists(campaign, lists)
    record(Action.CAMPAIGN_CREATED, at=at, target=f"campaign:{campaign.id}", actor=actor, data={"name": campaign.name})
    return campaign


def update_campaign(
    *,
    campaign: Campaign,
    lists: Iterable[LeadList] | None,
    actor: User | None,
    at: datetime,
    **values: Any,  # noqa: ANN401 - model fields
) -> Campaign:
    """Change fields and lists; the audit entry says what was before and after.

    Raises ConflictError for an archived campaign, ScriptNotApprovedError.
    """
    if campaign.state == Campaign.State.ARCHIVED:
        raise ConflictError("An archived campaign cannot be changed.")
    _require_approved(values.get("script_version"))
    before = {name: getattr(campaign, name) for name in values}
    for name, value in values.items():
        setattr(campaign, name, value)
    campaign.save(update_fields=list(values) or None)
    if lists is not None:
        _set_lists(campaign, lists)
    changes = {n: [str(before[n]), str(values[n])] for n in values if before[n] != values[n]}
    record(Action.CAMPAIGN_CHANGED, at=at, target=f"campaign:{campaign.id}", actor=actor, data={"changes": changes})
    return campaign


def _require_approved(version: ScriptVersion | None) -> None:
    if version is not None and version.state != ScriptVersion.State.APPROVED:
        raise ScriptNotApprovedError(f"{version} is not approved: a compliance officer or an owner approves it.")


def _set_lists(campaign: Campaign, lists: Iterable[LeadList]) -> None:
    wanted = {lead_list.id for lead_list in lists}
    CampaignList.objects.filter(campaign=campaign).exclude(lead_list_id__in=wanted).delete()
    present = set(CampaignList.objects.filter(campaign=campaign).values_list("lead_list_id", flat=True))
    for lead_list_id in sorted(wanted - present):
        CampaignList.objects.create(campaign=campaign, lead_list_id=lead_list_id)


def change_state(
    *, campaign: Campaign, state: Campaign.State, at: datetime, actor: User | None = None, reason: str = ""
) -> Campaign:
    """Move a campaign to `state`. Stopping ends new dials at once and lets live calls finish.

    Raises StateChangeError when its life does not allow it, CampaignNotReadyError when it lacks what dialling needs.
    """
    old = campaign.state
    if not may_become(old, state):
        raise StateChangeError(f"A campaign that is {old.lower()} cannot become {state.lower()}.")
    if state in {Campaign.State.RUNNING, Campaign.State.SCHEDULED}:
        blockers = find_blockers(campaign)
        if blockers:
            raise CampaignNotReadyError(" ".join(blockers))
    changed = Campaign.objects.filter(id=campaign.id, state=old).update(state=state, state_reason=reason)
    if not changed:
        raise StateChangeError("Somebody else has just changed this campaign; look again.")
    campaign.state, campaign.state_reason = state, reason
    record(
        Action.CAMPAIGN_STATE_CHANGED,
        at=at,
        target=f"campaign:{campaign.id}",
        actor=actor,
        actor_label="" if actor else "dialler",
        data={"from": old, "to": state, "reason": reason},
    )
    publish(campaign.tenant_id, f"campaign:{campaign.id}", {"state": state})
    return campaign
