"""What happens to leads that a source posts: kept, their legal facts recorded, and called now when that is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from apps.api.domain.errors import FieldProblem, invalid
from apps.api.models import ApiKey
from apps.calls.selectors import requests_for
from apps.campaigns.models import Campaign, CampaignLead, CampaignList
from apps.campaigns.services import queue
from apps.compliance.domain.facts import Decision
from apps.compliance.models import Evidence
from apps.compliance.services import gate
from apps.core.jobs import enqueue
from apps.leads.models import DedupeScope, Lead, Place
from apps.leads.services.facts import record_facts
from apps.leads.services.intake import Incoming, Outcome, Result, Scope, add_leads
from apps.leads.services.places import legal_place

_ACTOR_LENGTH = 80
_NO_CAMPAIGN = FieldProblem(
    "call_now",
    "no_campaign",
    "This key has no campaign for leads to call now.",
    "Ask the campaign manager to choose one, or leave call_now out.",
)


class CallNow(StrEnum):
    """What became of a wish to call at once."""

    QUEUED = "queued"
    WAITING = "waiting"
    NOT_RUNNING = "campaign_not_running"
    CALLED_BEFORE = "called_before"


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of one posted lead. `decision` is None without a campaign, `call_now` unless it was asked for."""

    outcome: Outcome
    decision: Decision | None = None
    call_now: CallNow | None = None


def post_leads(*, api_key: ApiKey, incoming: Sequence[Incoming], at: datetime) -> list[Outcome]:
    """Take leads in for a source, with their legal facts; one outcome per lead, in order.

    Of a duplicate only what restricts calls is recorded: a withdrawal or a do-not-call request counts by whatever door
    it comes, a consent only with the lead it belongs to.
    """
    outcomes = add_leads(
        lead_list=api_key.lead_list, incoming=incoming, source=api_key.source, scope=_scope(api_key), at=at
    )
    moved = [outcome.lead_id for outcome in outcomes if outcome.is_moved and outcome.lead_id]
    if moved:
        queue.move_leads(lead_ids=moved)
    kept = [item.row for item, outcome in zip(incoming, outcomes, strict=True) if outcome.result != Result.DUPLICATE]
    refused = [item.row for item, outcome in zip(incoming, outcomes, strict=True) if outcome.result == Result.DUPLICATE]
    actor = f"source {api_key.source}"[:_ACTOR_LENGTH]
    record_facts(rows=kept, source=Evidence.API, recorded_by=actor, at=at)
    record_facts(rows=refused, source=Evidence.API, recorded_by=actor, at=at, only_restricting=True)
    return outcomes


def post_lead(*, api_key: ApiKey, incoming: Incoming, wants_call: bool, at: datetime) -> Posted:
    """Take one lead in and say whether it may be called now; with `wants_call` it goes to the head of the queue.

    The dialler is woken at once, and dials when law, a free agent and the account's rate allow. Raises
    UnprocessableError when a call is wanted and the key has no campaign.
    """
    campaign = api_key.campaign
    if wants_call:
        if campaign is None:
            raise invalid(_NO_CAMPAIGN)
        # Before anything is written: the dialler too holds the queue first and the audit's ledger after it.
        queue.hold_queue(campaign.id)
    outcome = post_leads(api_key=api_key, incoming=[incoming], at=at)[0]
    if campaign is None or outcome.lead_id is None:
        return Posted(outcome)
    # The row is at hand, so the lead need not be read again.
    row, place = outcome.row, legal_place(outcome.row)
    lead = Lead(id=outcome.lead_id, phone=row.phone, line_type=row.line_type, subject_type=row.subject_type)
    lead.place = Place(id=outcome.place_id, zones=list(place.zones), jurisdictions=list(place.jurisdictions))
    request = requests_for(campaign, [lead], mode=campaign.dial_mode, at=at)
    decision = gate.check(request, at=at)[0].decision
    return Posted(outcome, decision, _call_now(campaign, lead, decision) if wants_call else None)


def _call_now(campaign: Campaign, lead: Lead, decision: Decision) -> CallNow:
    if CampaignLead.objects.filter(campaign=campaign, lead_id=lead.id, attempt_count__gt=0).exists():
        return CallNow.CALLED_BEFORE
    queue.call_now(campaign=campaign, lead_id=lead.id, place_id=lead.place_id)
    if campaign.state != Campaign.State.RUNNING:
        return CallNow.NOT_RUNNING
    enqueue("dialer.dial_campaign", tenant_id=campaign.tenant_id, campaign_id=campaign.id)
    return CallNow.QUEUED if decision.is_allowed else CallNow.WAITING


def _scope(api_key: ApiKey) -> Scope:
    kind = DedupeScope(api_key.dedupe_scope)
    if kind != DedupeScope.CAMPAIGN:
        return Scope(kind)
    lists = CampaignList.objects.filter(campaign=api_key.campaign_id).order_by("id")
    return Scope(kind, tuple(lists.values_list("lead_list_id", flat=True)))
