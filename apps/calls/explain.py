"""Whether a lead may be called now, campaign by campaign, in plain words: the same question the dialler asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from apps.calls.enums import AttemptState
from apps.calls.models import Attempt
from apps.calls.selectors import GATE_MODE, HORIZON, placed_since, requests_for
from apps.campaigns.models import Campaign, CampaignLead, DialMode, QueueState
from apps.campaigns.selectors import disposition_labels
from apps.campaigns.wording import queue_reason_text
from apps.compliance.domain.facts import Place, RuleRef
from apps.compliance.remedies import refusal, remedy
from apps.compliance.services.gate import CallRequest, Verdict, check
from apps.leads.models import Lead
from apps.tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that stands in the way, what would change it, and the reason code when it is the law's."""

    text: str
    remedy: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the lead may be called now for one purpose. `campaign` is None for a call by hand outside of all."""

    campaign: Campaign | None
    is_callable: bool
    obstacles: tuple[Obstacle, ...]
    rules: tuple[RuleRef, ...]
    next_at: datetime | None
    rulebook: str


def explain_lead(lead: Lead, tenant: Tenant, *, at: datetime) -> list[Answer]:
    """An answer for each campaign in whose queue the lead is, archived ones apart; else one for a call by hand.

    `lead` needs its place loaded. Nothing is stored.
    """
    rows = (
        CampaignLead.objects.filter(lead=lead)
        .exclude(campaign__state=Campaign.State.ARCHIVED)
        .select_related("campaign")
        .order_by("-campaign__created_at", "id")
    )
    is_live = Attempt.objects.filter(phone=lead.phone, state__lt=AttemptState.ENDED).exists()
    answers = []
    for row in rows:
        requests = requests_for(row.campaign, [lead], mode=row.campaign.dial_mode, at=at)
        own = tuple(_queue_obstacles(row, is_live=is_live))
        answers.append(_answer(row.campaign, check(requests, at=at)[0], own, at, row.next_attempt_at))
    if answers:
        return sorted(answers, key=lambda answer: not answer.is_callable)
    return [_answer(None, check([_by_hand(lead, tenant, at)], at=at)[0], (), at, None)]


def _by_hand(lead: Lead, tenant: Tenant, at: datetime) -> CallRequest:
    attempts, talks = placed_since([lead.phone], since=at - HORIZON).get(lead.phone, ([], []))
    return CallRequest(
        phone=lead.phone,
        place=Place(tuple(lead.place.zones), tuple(lead.place.jurisdictions)),
        line_type=lead.line_type,
        subject=lead.subject_type,
        purpose=tenant.legal_profile,
        dial_mode=GATE_MODE[DialMode.MANUAL],
        campaign_id=None,
        attempts=tuple(attempts),
        talks=tuple(talks),
    )


def _answer(
    campaign: Campaign | None, verdict: Verdict, own: tuple[Obstacle, ...], at: datetime, waits_until: datetime | None
) -> Answer:
    decision = verdict.decision
    legal = tuple(
        Obstacle(refusal(code, decision, verdict.facts), remedy(code, decision, verdict.facts), code)
        for code in decision.reasons
    )
    opens = [moment for moment in (decision.next_allowed_at, waits_until) if moment is not None and moment > at]
    is_final = bool(legal) and decision.next_allowed_at is None
    return Answer(
        campaign=campaign,
        is_callable=not legal and not own,
        obstacles=legal + own,
        rules=decision.rules,
        next_at=None if is_final or not opens else max(opens),
        rulebook=decision.rulebook,
    )


def _queue_obstacles(row: CampaignLead, *, is_live: bool) -> Iterator[Obstacle]:
    """What the campaign itself puts in the way."""
    campaign = row.campaign
    if campaign.state != Campaign.State.RUNNING:
        state = campaign.get_state_display().lower()
        yield Obstacle(_("The campaign is not running: it is %(state)s.") % {"state": state}, _("Start the campaign."))
    if row.state == QueueState.RESERVED or is_live:
        yield Obstacle(_("This number is being called at this moment."), "")
    elif row.state == QueueState.WAITING:
        text = _sentence(_reason(row))
        yield Obstacle(text, _("The campaign takes it up again by itself when the time has come."))
    elif row.state == QueueState.DONE:
        text = _("The campaign is done with it: %(reason)s.") % {"reason": _reason(row)}
        is_over_quota = row.reason == "quota_full"
        way_out = _("Raise the quota.") if is_over_quota else _("Raise the campaign's attempts, or call it by hand.")
        yield Obstacle(text, way_out)


def _reason(row: CampaignLead) -> str:
    return queue_reason_text(row.reason, disposition_labels(row.campaign.disposition_set_id))


def _sentence(clause: str) -> str:
    return clause[:1].upper() + clause[1:] + "."
