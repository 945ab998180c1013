"""Read models of the manager's pages: what a campaign, or the whole floor, looks like now."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.cache import cache
from django.db.models import Count
from django.db.models.functions import TruncHour

from apps.agents.models import AgentSession
from apps.agents.selectors import count_by_state
from apps.calls.enums import AttemptState
from apps.calls.models import Attempt, Callback
from apps.calls.selectors import abandoned_percent, requests_for
from apps.campaigns.models import Campaign, CampaignTotals
from apps.campaigns.selectors import (
    QueueCounts,
    count_queue,
    count_ready_by_place,
    disposition_labels,
    find_blockers,
    is_taking_in,
    list_dispositions,
    list_next_leads,
)
from apps.campaigns.wording import queue_reason_text
from apps.compliance.services import gate
from apps.core import clock
from apps.dialer.models import Pulse
from apps.dialer.selectors import place_windows
from apps.reports.diagnosis import DialFacts, diagnose

# Real seconds for which counts over a whole queue are reused: they cost with its size.
QUEUE_COUNT_SECONDS = 5
# Real seconds without a tick after which the dialler counts as silent.
SILENCE_SECONDS = 30.0
# So many leads that are next in line are put to the gate: in a dialler's open hours a minute or more of calls.
JUDGED_LEADS = 50
AGENT_STATES = ("READY", "PREVIEW", "RESERVED", "ON_CALL", "WRAP_UP", "BREAK")
LIVE_STAGES = ("placing", "ringing", "talking")


@dataclass(frozen=True, slots=True)
class Queue:
    """A campaign's leads by where they stand; ready ones split by whether their place is open now.

    `judged` of the open ones are next in line and were put to the gate, `refused` counts its answers by reason code.
    `labels` names the dispositions by code.
    """

    counts: QueueCounts
    is_taking_in: bool
    ready_open: int
    ready_closed: int
    opens_at: datetime | None
    judged: int
    refused: dict[str, int]
    labels: dict[str, str]

    @property
    def allowed(self) -> int:
        return self.judged - sum(self.refused.values())

    @property
    def left(self) -> int:
        return self.counts.ready + self.counts.being_called + sum(self.counts.waiting.values())


def agents_by_state() -> dict[str, int]:
    """Open agent sessions of the tenant by state."""
    sessions = AgentSession.objects.filter(ended_at=None)
    return dict(sessions.values_list("state").annotate(n=Count("id")).order_by("state"))


def live_calls(campaign_id: int | None = None) -> dict[str, int]:
    """Calls under way by stage: placing, ringing, talking."""
    attempts = Attempt.objects.filter(state__lt=AttemptState.ENDED)
    if campaign_id is not None:
        attempts = attempts.filter(campaign_id=campaign_id)
    stages = dict.fromkeys(LIVE_STAGES, 0)
    for state, count in attempts.values_list("state").annotate(n=Count("id")).order_by("state"):
        stages[_stage(state)] += count
    return stages


def _stage(state: int) -> str:
    if state >= AttemptState.ANSWERED:
        return "talking"
    return "ringing" if state in {AttemptState.PLACED, AttemptState.RINGING} else "placing"


def disposition_counts(campaign: Campaign) -> list[tuple[str, str, int]]:
    """Code, label and count of each disposition of the campaign, in the order of the desk."""
    counts = dict(
        Attempt.objects.filter(campaign=campaign, disposition__isnull=False)
        .values_list("disposition_id")
        .annotate(n=Count("id"))
        .order_by("disposition_id")
    )
    return [(item.code, item.label, counts.get(item.id, 0)) for item in list_dispositions(campaign)]


def queue_of(campaign: Campaign, *, at: datetime) -> Queue:
    """Where the campaign's leads stand, at most a few seconds old."""
    key = f"reports.queue.{campaign.tenant_id}.{campaign.id}"
    cached: tuple[bool, QueueCounts, dict[int, int]] | None = cache.get(key)
    if cached is None:
        # Asked before the counting: what is taken in between is counted.
        cached = (is_taking_in(campaign.id), count_queue(campaign.id), count_ready_by_place(campaign.id))
        cache.set(key, cached, QUEUE_COUNT_SECONDS)
    is_filling, counts, ready = cached
    windows = {place_id: states for place_id, states in place_windows(campaign, at=at).items() if ready.get(place_id)}
    is_open = {place_id: any(state.is_open for state in states) for place_id, states in windows.items()}
    ready_open = sum(ready[place_id] for place_id, yes in is_open.items() if yes)
    upcoming = [
        state.next_open_at
        for place_id, states in windows.items()
        if not is_open[place_id]
        for state in states
        if state.next_open_at is not None
    ]
    judged, refused = _judge_next(campaign, [place_id for place_id, yes in is_open.items() if yes], at=at)
    ready_closed = counts.ready - ready_open
    labels = disposition_labels(campaign.disposition_set_id)
    return Queue(counts, is_filling, ready_open, ready_closed, min(upcoming, default=None), judged, refused, labels)


def _judge_next(campaign: Campaign, open_place_ids: Sequence[int], *, at: datetime) -> tuple[int, dict[str, int]]:
    """How many leads next in line the gate was asked about, and its refusals by reason; nothing is stored or claimed."""
    key = f"reports.judged.{campaign.tenant_id}.{campaign.id}"
    cached: tuple[int, dict[str, int]] | None = cache.get(key)
    if cached is None:
        leads = list_next_leads(campaign.id, place_ids=open_place_ids, n=JUDGED_LEADS) if open_place_ids else []
        verdicts = gate.check(requests_for(campaign, leads, mode=campaign.dial_mode, at=at), at=at) if leads else []
        refused = Counter(verdict.decision.reasons[0] for verdict in verdicts if not verdict.decision.is_allowed)
        cached = (len(verdicts), dict(refused))
        cache.set(key, cached, QUEUE_COUNT_SECONDS)
    return cached


def campaign_state(campaign: Campaign, *, at: datetime) -> dict[str, object]:
    """Everything the campaign page shows live, as JSON values."""
    totals, queue = campaign.totals, queue_of(campaign, at=at)
    pulse = Pulse.objects.filter(campaign=campaign).first()
    agents = dict(count_by_state(campaign.id))
    is_silent = pulse is None or at - pulse.ticked_at > clock.real_seconds(SILENCE_SECONDS)
    diagnosis = diagnose(_facts(campaign, queue, agents, is_dialler_silent=is_silent))
    return {
        "state": campaign.state,
        "state_label": str(campaign.get_state_display()),
        **_totals(totals),
        "abandoned_share": abandoned_percent(campaign.id, at=at) / 100,
        "dispositions": {code: count for code, _label, count in disposition_counts(campaign)},
        "agents": {"total": sum(agents.values()), **{state: agents.get(state, 0) for state in AGENT_STATES}},
        "calls": live_calls(campaign.id),
        "queue": {
            "left": queue.left,
            "open": queue.ready_open,
            "judged": queue.judged,
            "allowed": queue.allowed,
            "closed": queue.ready_closed,
            "being_called": queue.counts.being_called,
            "waiting": sum(queue.counts.waiting.values()),
            "done": queue.counts.done,
        },
        "why": [{"text": text, "count": count} for text, count in why_not_callable(queue)],
        "pacing": pulse.reason if pulse and not is_silent else "",
        "diagnosis": diagnosis or "",
        "is_stuck": diagnosis is not None,
    }


def _totals(totals: CampaignTotals) -> dict[str, int]:
    return {
        "dialled": totals.dialled,
        "answered": totals.answered,
        "contacts": totals.contacts,
        "successes": totals.successes,
        "abandoned": totals.abandoned,
    }


def _facts(campaign: Campaign, queue: Queue, agents: dict[str, int], *, is_dialler_silent: bool) -> DialFacts:
    return DialFacts(
        state=campaign.state,
        state_reason=campaign.state_reason,
        starts_at=campaign.starts_at,
        blockers=find_blockers(campaign),
        is_taking_in=queue.is_taking_in,
        is_manual=campaign.dial_mode == "MANUAL",
        ready_open=queue.ready_open,
        ready_closed=queue.ready_closed,
        opens_at=queue.opens_at,
        judged=queue.judged,
        refused=queue.refused,
        labels=queue.labels,
        being_called=queue.counts.being_called,
        waiting=queue.counts.waiting,
        done=queue.counts.done,
        agents=agents,
        is_dialler_silent=is_dialler_silent,
    )


def why_not_callable(queue: Queue) -> list[tuple[str, int]]:
    """Reasons for which leads that are left may not be called now, most frequent first."""
    counts = Counter(queue.counts.waiting) + Counter(calling_time=queue.ready_closed)
    return sorted(
        ((queue_reason_text(code, queue.labels), count) for code, count in counts.items()),
        key=lambda row: (-row[1], row[0]),
    )


def list_pacing(*, at: datetime) -> dict[int, str]:
    """What the dialler last said of each running campaign, by id; silent campaigns are left out."""
    since = at - clock.real_seconds(SILENCE_SECONDS)
    pulses = Pulse.objects.filter(campaign__state=Campaign.State.RUNNING, ticked_at__gte=since)
    return dict(pulses.order_by("id").values_list("campaign_id", "reason"))


def all_totals(campaigns: Iterable[Campaign], *, at: datetime) -> dict[str, object]:
    """Running totals, state and the dialler's words by campaign id, as JSON values."""
    pacing = list_pacing(at=at)
    return {
        str(campaign.id): {
            "state": campaign.state,
            "pacing": pacing.get(campaign.id, ""),
            **_totals(campaign.totals),
        }
        for campaign in campaigns
    }


def floor_state(*, at: datetime) -> dict[str, object]:
    """The tenant's floor in figures, as JSON values."""
    agents = agents_by_state()
    return {
        "agents": {"total": sum(agents.values()), **{state: agents.get(state, 0) for state in AGENT_STATES}},
        "calls": live_calls(),
        "callbacks_due": Callback.objects.filter(state=Callback.State.DUE, due_at__lte=at).count(),
        "running": Campaign.objects.filter(state=Campaign.State.RUNNING).count(),
    }


def hourly_dials(*, since: datetime, until: datetime, campaign_id: int | None = None) -> Sequence[tuple[datetime, int]]:
    """Attempts placed per hour in [since, until), hours without any as 0."""
    placed = Attempt.objects.filter(reserved_at__gte=since, reserved_at__lt=until, placed_at__isnull=False)
    if campaign_id is not None:
        placed = placed.filter(campaign_id=campaign_id)
    counts = dict(
        placed.annotate(hour=TruncHour("reserved_at", tzinfo=UTC))
        .values_list("hour")
        .annotate(n=Count("id"))
        .order_by("hour")
    )
    hours: list[tuple[datetime, int]] = []
    hour = since.replace(minute=0, second=0, microsecond=0)
    while hour < until:
        hours.append((hour, counts.get(hour, 0)))
        hour += timedelta(hours=1)
    return hours
