"""What happens to leads that a source posts: kept, their legal facts recorded, and called now when that is asked for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from apps.api.domain.errors import FieldProblem, invalid
from apps.api.models import ApiKey
from apps.calls.selectors import requests_for
from apps.campaigns.models import Campaign, CampaignLead, CampaignList
from apps.campaigns.services import queue
from apps.compliance.domain.facts import Decision
from apps.compliance.domain.facts import Place as LegalPlace
from apps.compliance.models import Evidence
from apps.compliance.services import gate
from apps.core.jobs import enqueue
from apps.leads.domain.legal import NO_FACTS
from apps.leads.models import DedupeScope
from apps.leads.services.facts import record_facts
from apps.leads.services.intake import Incoming, Outcome, Result, Scope, add_leads
from apps.leads.services.places import legal_place

_ACTOR_LENGTH = 80
NO_CAMPAIGN = FieldProblem(
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


class Posted(NamedTuple):
    """What became of one posted lead. `decision` is None without a campaign, `call_now` unless it was asked for."""

    outcome: Outcome
    decision: Decision | None = None
    call_now: CallNow | None = None


class _Callee(NamedTuple):
    """A lead that was just taken in. Its row is at hand, so it need not be read again."""

    lead_id: int
    phone: str
    line_type: str
    subject_type: str
    place: LegalPlace
    place_id: int


def post_lead(*, api_key: ApiKey, incoming: Incoming, wants_call: bool, at: datetime) -> Posted:
    """Take in one lead; see `post_leads`."""
    return post_leads(api_key=api_key, incoming=[incoming], wants_call=[wants_call], at=at)[0]


def post_leads(
    *, api_key: ApiKey, incoming: Sequence[Incoming], wants_call: Sequence[bool], at: datetime
) -> list[Posted]:
    """Take leads in for a source, with their legal facts, and say of each whether it may be called now; in order.

    Those that `wants_call` names go to the head of the queue. The dialler is woken at once, and dials when law, a free
    agent and the account's rate allow. Raises UnprocessableError when a call is wanted and the key has no campaign.
    """
    campaign = api_key.campaign
    if any(wants_call):
        if campaign is None:
            raise invalid(NO_CAMPAIGN)
        # Before anything is written: the dialler too holds the queue first and the audit's ledger after it.
        queue.hold_queue(campaign.id)
    outcomes = _take(api_key, incoming, at)
    if campaign is None:
        return [Posted(outcome) for outcome in outcomes]
    callees = {index: _callee(outcome) for index, outcome in enumerate(outcomes) if outcome.lead_id is not None}
    if not callees:
        return [Posted(outcome) for outcome in outcomes]
    verdicts = gate.check(requests_for(campaign, list(callees.values()), mode=campaign.dial_mode, at=at), at=at)
    decisions = {index: verdict.decision for index, verdict in zip(callees, verdicts, strict=True)}
    wanted = {index: callee for index, callee in callees.items() if wants_call[index]}
    calls = _call_now(campaign, wanted, decisions) if wanted else {}
    return [Posted(outcome, decisions.get(index), calls.get(index)) for index, outcome in enumerate(outcomes)]


def _take(api_key: ApiKey, incoming: Sequence[Incoming], at: datetime) -> list[Outcome]:
    """Keep leads and their legal facts.

    Of a duplicate only what restricts calls is recorded: a withdrawal or a do-not-call request counts by whatever door
    it comes, a consent only with the lead it belongs to.
    """
    outcomes = add_leads(
        lead_list=api_key.lead_list, incoming=incoming, source=api_key.source, scope=_scope(api_key), at=at
    )
    moved = [outcome.lead_id for outcome in outcomes if outcome.is_moved and outcome.lead_id]
    if moved:
        queue.move_leads(lead_ids=moved)
    # Most leads come without facts.
    telling = [pair for pair in zip(incoming, outcomes, strict=True) if pair[0].row.facts is not NO_FACTS]
    kept = [item.row for item, outcome in telling if outcome.result != Result.DUPLICATE]
    refused = [item.row for item, outcome in telling if outcome.result == Result.DUPLICATE]
    actor = f"source {api_key.source}"[:_ACTOR_LENGTH]
    record_facts(rows=kept, source=Evidence.API, recorded_by=actor, at=at)
    record_facts(rows=refused, source=Evidence.API, recorded_by=actor, at=at, only_restricting=True)
    return outcomes


def _callee(outcome: Outcome) -> _Callee:
    row, lead_id, place_id = outcome.row, outcome.lead_id, outcome.place_id
    return _Callee(lead_id or 0, row.phone, row.line_type, row.subject_type, legal_place(row), place_id or 0)


def _call_now(
    campaign: Campaign, wanted: Mapping[int, _Callee], decisions: Mapping[int, Decision]
) -> dict[int, CallNow]:
    lead_ids = [callee.lead_id for callee in wanted.values()]
    called = set(
        CampaignLead.objects.filter(campaign=campaign, lead_id__in=lead_ids, attempt_count__gt=0).values_list(
            "lead_id", flat=True
        )
    )
    places = {callee.lead_id: callee.place_id for callee in wanted.values() if callee.lead_id not in called}
    is_running = campaign.state == Campaign.State.RUNNING
    if places:
        queue.call_now(campaign=campaign, places=places)
        if is_running:
            enqueue("dialer.dial_campaign", tenant_id=campaign.tenant_id, campaign_id=campaign.id)
    calls = {}
    for index, callee in wanted.items():
        if callee.lead_id in called:
            calls[index] = CallNow.CALLED_BEFORE
        elif not is_running:
            calls[index] = CallNow.NOT_RUNNING
        else:
            calls[index] = CallNow.QUEUED if decisions[index].is_allowed else CallNow.WAITING
    return calls


def _scope(api_key: ApiKey) -> Scope:
    kind = DedupeScope(api_key.dedupe_scope)
    if kind != DedupeScope.CAMPAIGN:
        return Scope(kind)
    lists = CampaignList.objects.filter(campaign=api_key.campaign_id).order_by("id")
    return Scope(kind, tuple(lists.values_list("lead_list_id", flat=True)))
