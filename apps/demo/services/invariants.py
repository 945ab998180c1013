"""The platform's invariants, checked on what has really happened: our rows against the simulator's own record."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db.models import Q, QuerySet

from apps.calls.domain.fold import Progress, merge, read_event
from apps.calls.enums import AttemptState, Outcome
from apps.calls.models import Attempt, ProviderEvent
from apps.campaigns.models import CampaignTotals
from apps.compliance.domain.hours import window_state
from apps.compliance.models import DncEntry
from apps.compliance.rulebook.loader import load_rulebook
from apps.compliance.services.replay import facts_from_json, replay_decision

SHOWN = 5
# Within which an agent must have come: 16 CFR 310.4(b)(1)(iv).
GREETING_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Dial:
    """A call as the simulator saw it."""

    sid: str
    attempt_id: str
    to: str
    ringing_at: datetime | None
    queue_ms: int


@dataclass(frozen=True, slots=True)
class Checked:
    """An invariant with how many cases were looked at, and the first that break it."""

    id: str
    text: str
    cases: int
    broken: tuple[str, ...]


def read_dials(rows: Sequence[dict[str, Any]]) -> list[Dial]:
    """The simulator's dials (`/sim/dials`) that were made for an attempt."""
    dials = []
    for row in rows:
        query = parse_qs(urlsplit(row["url"] or "").query)
        if "a" in query:
            ringing = row["ringing_at"]
            dials.append(
                Dial(
                    sid=row["call_sid"],
                    attempt_id=query["a"][0],
                    to=row["to"],
                    ringing_at=datetime.fromisoformat(ringing) if ringing else None,
                    queue_ms=row["queue_ms"],
                )
            )
    return dials


def check_invariants(dials: Sequence[Dial]) -> list[Checked]:
    """Check the tenant in scope against the simulator's record of the same run."""
    attempts = list(Attempt.objects.select_related("decision").order_by("reserved_at", "id"))
    checks: tuple[tuple[str, str, Callable[[], tuple[int, list[str]]]], ...] = (
        ("I1", "no call without a stored allow that was still good", lambda: _allowed(attempts)),
        ("I2", "one live attempt per number at a time", lambda: _alone(attempts)),
        ("I3", "at most one call at the carrier per attempt", lambda: _once(dials)),
        ("I4", "events give the same state in any order", lambda: _folded(attempts)),
        ("I6", "no call rang outside its window, none was queued", lambda: _in_hours(attempts, dials)),
        ("I7", "abandoned calls are counted as the law counts them", lambda: _abandoned(attempts)),
        ("I8", "decisions replay from their stored facts", lambda: _replayed(attempts)),
        ("I9", "no call after a do-not-call request", lambda: _silent_after_dnc(attempts)),
        ("I10", "every call has ended, every talk has its disposition", lambda: _finished(attempts)),
    )
    return [Checked(key, text, *_shown(check())) for key, text, check in checks]


def _shown(result: tuple[int, list[str]]) -> tuple[int, tuple[str, ...]]:
    cases, broken = result
    return cases, tuple(broken[:SHOWN])


def _allowed(attempts: Sequence[Attempt]) -> tuple[int, list[str]]:
    placed = [item for item in attempts if item.placing_at is not None]
    return len(placed), [
        str(item.id)
        for item in placed
        if not item.decision.is_allowed
        or item.placing_at is None
        or not item.decision.decided_at <= item.placing_at < item.decision.expires_at
    ]


def _alone(attempts: Sequence[Attempt]) -> tuple[int, list[str]]:
    last_end: dict[str, datetime | None] = {}
    broken = []
    for item in attempts:
        if item.phone in last_end:
            ended_at = last_end[item.phone]
            if ended_at is None or ended_at > item.reserved_at:
                broken.append(str(item.id))
        last_end[item.phone] = item.settled_at
    return len(attempts), broken


def _once(dials: Sequence[Dial]) -> tuple[int, list[str]]:
    counts = Counter(dial.attempt_id for dial in dials)
    return len(counts), [attempt_id for attempt_id, n in counts.items() if n > 1]


def _folded(attempts: Sequence[Attempt]) -> tuple[int, list[str]]:
    """Fold each attempt's events backwards; the stored row must know at least as much."""
    events: dict[Any, list[ProviderEvent]] = {}
    for event in ProviderEvent.objects.order_by("-id"):
        events.setdefault(event.attempt_id, []).append(event)
    broken = []
    for item in attempts:
        folded = Progress()
        for event in events.get(item.id, []):
            folded = merge(folded, read_event(event.name, event.payload, event.received_at))
        if _differs(folded, item):
            broken.append(str(item.id))
    return len(attempts), broken


def _differs(folded: Progress, stored: Attempt) -> bool:
    if folded.state > stored.state:
        return True
    return bool(folded.end_status) and (folded.end_status, folded.answered_by) != (
        stored.end_status,
        stored.answered_by,
    )


def _in_hours(attempts: Sequence[Attempt], dials: Sequence[Dial]) -> tuple[int, list[str]]:
    facts = {str(item.id): item.decision.facts for item in attempts}
    rulebook = load_rulebook()
    broken = [f"{dial.sid} queued for {dial.queue_ms} ms" for dial in dials if dial.queue_ms]
    for dial in dials:
        if dial.ringing_at is None or dial.attempt_id not in facts:
            continue
        known = facts_from_json(facts[dial.attempt_id])
        if not window_state(known.place, known.profile, rulebook, dial.ringing_at, known.own_hours).is_open:
            broken.append(f"{dial.sid} rang at {dial.ringing_at:%H:%M:%S} UTC")
    return len(dials), broken


def _abandoned(attempts: Sequence[Attempt]) -> tuple[int, list[str]]:
    counted = sum(CampaignTotals.objects.values_list("abandoned", flat=True))
    found = [item for item in attempts if item.is_abandoned]
    broken = [str(item.id) for item in attempts if item.settled_at and item.is_abandoned != _was_left_alone(item)]
    if counted != len(found):
        broken.append(f"the totals say {counted}, the attempts {len(found)}")
    return len(found), broken


def _was_left_alone(attempt: Attempt) -> bool:
    """Judged by the row's own instants, not by what the dialler has drawn from them."""
    if attempt.outcome == Outcome.CONNECTED and attempt.answered_at and attempt.connected_at:
        return (attempt.connected_at - attempt.answered_at).total_seconds() > GREETING_SECONDS
    return attempt.outcome == Outcome.ABANDONED


def _replayed(attempts: Sequence[Attempt]) -> tuple[int, list[str]]:
    broken = [
        str(item.decision_id)
        for item in attempts
        if replay_decision(item.decision).is_allowed != item.decision.is_allowed
    ]
    return len(attempts), broken


def _silent_after_dnc(attempts: Sequence[Attempt]) -> tuple[int, list[str]]:
    asked: dict[str, datetime] = {}
    for entry in DncEntry.objects.filter(removed_at__isnull=True).order_by("-created_at"):
        asked[entry.phone] = entry.created_at
    broken = [
        str(item.id)
        for item in attempts
        if item.placing_at is not None and item.phone in asked and item.placing_at > asked[item.phone]
    ]
    return len(asked), broken


def _finished(attempts: Sequence[Attempt]) -> tuple[int, list[str]]:
    return len(attempts), [str(attempt_id) for attempt_id in list_unfinished().values_list("id", flat=True)]


def list_unfinished() -> QuerySet[Attempt]:
    """The attempts of the tenant in scope that are on their way, or were a talk and have no disposition yet."""
    is_under_way = Q(state__lt=AttemptState.ENDED)
    return Attempt.objects.filter(is_under_way | Q(outcome=Outcome.CONNECTED, disposed_at=None)).order_by("id")
