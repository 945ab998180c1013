"""When a person may be called in the days to come: what a promised call is chosen from.

The gate itself is asked, so that a promise is refused for exactly what the call would be refused for. Between two
midnights of the person's clocks a decision changes only where hours open or close, or where a cap has room again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.compliance.domain.facts import CallFacts
from apps.compliance.domain.gate import decide
from apps.compliance.domain.hours import epoch_second, instant, open_until, schedule_for
from apps.compliance.domain.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of time in which the call would be allowed; instants in UTC, half-open."""

    starts_at: datetime
    ends_at: datetime


def facts_later(facts: CallFacts, *, at: datetime, later: datetime) -> CallFacts:
    """Facts known at `at` as they will be at `later` when nothing happens but time.

    Relationships grow older by the local days that pass. Copies of registers are taken to be renewed as they are now:
    their subscriber does that every month, and the call itself is refused if not.
    """
    days = max((_day(later, zone) - _day(at, zone) for zone in facts.place.zones), default=later - at).days
    return replace(
        facts,
        ebr=tuple(replace(ebr, days=ebr.days + days) for ebr in facts.ebr),
        national_register_at=facts.national_register_at and facts.national_register_at + (later - at),
        state_register_at=facts.state_register_at and facts.state_register_at + (later - at),
    )


def list_openings(
    facts: CallFacts, rulebook: Rulebook, *, at: datetime, since: datetime, until: datetime
) -> tuple[Opening, ...]:
    """The stretches from `since` to `until` (both aware, not before `at`) in which the gate would allow the call.

    `facts` are those of `at`; no further call is assumed. Pure. Raises ValueError for naive instants.
    """
    joined: list[Opening] = []
    for opening in _openings(facts, rulebook, at, since, until):
        goes_on = joined and joined[-1].ends_at == opening.starts_at
        joined.append(Opening(joined.pop().starts_at, opening.ends_at) if goes_on else opening)
    return tuple(joined)


def _openings(
    facts: CallFacts, rulebook: Rulebook, at: datetime, since: datetime, until: datetime
) -> Iterator[Opening]:
    schedule = schedule_for(rulebook, facts.place, facts.profile, facts.own_hours)
    # Hours and caps open on whole seconds.
    cursor = instant(epoch_second(since + timedelta(microseconds=999_999)))
    while cursor < until:
        day_end = min(until, _next_midnight(facts.place.zones, cursor))
        decision = decide(facts_later(facts, at=at, later=cursor), rulebook, cursor)
        if decision.is_allowed:
            end = min(day_end, instant(open_until(schedule, epoch_second(cursor))))
            yield Opening(cursor, end)
            cursor = end
        else:
            cursor = min(day_end, decision.next_allowed_at or day_end)


def _day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def _next_midnight(zones: tuple[str, ...], moment: datetime) -> datetime:
    """The first instant after `moment` at which a new day has begun on one of the clocks, or in UTC if there is none."""
    return min(_day_start(_day(moment, zone) + timedelta(days=1), zone) for zone in zones or ("UTC",))


def _day_start(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC)
