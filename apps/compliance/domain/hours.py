"""When calls may be placed: the law's windows and a tenant's own, in every zone the person may be in.

Everything is worked out as open stretches of one UTC day in whole epoch seconds, kept for the next question about the
same place. A zone's offset is constant between its changes, so within such a segment local time is plain arithmetic and
a clock change cannot shift a boundary. Windows are half-open; weekday, holiday and effective dates are those of the
local day in the zone concerned.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apps.compliance.domain.codes import PolicyId
from apps.compliance.domain.facts import CallProfile, Place, Ranges, WeekHours
from apps.compliance.domain.holidays import closed_days
from apps.compliance.domain.rulebook import EVERYWHERE, Rulebook, WindowRule

DAY_SECONDS = 86_400
# How far ahead an opening is looked for; what stays closed that long has no next opening.
HORIZON_DAYS = 62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_SECOND = timedelta(seconds=1)
_WHOLE_DAY: Ranges = ((0, 1440),)

Spans = tuple[tuple[int, int], ...]
Hours = WindowRule | WeekHours


@dataclass(frozen=True, slots=True)
class WindowState:
    """Whether a place is open; instants are UTC.

    Open: `closes_at` is the first instant outside and `rule_ids` name the hours in force. Closed: `next_open_at` is the
    next opening (None: not within two months) and `rule_ids` name the hours that keep it closed.
    """

    is_open: bool
    closes_at: datetime | None
    next_open_at: datetime | None
    rule_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """All hours that bind one kind of call at one place: per clock (zone) the hours read on it.

    Of each of `countries` a row must be in force on a local day; a day that lacks one is closed (P6).
    """

    rulebook: Rulebook
    clocks: tuple[tuple[str, tuple[Hours, ...]], ...]
    countries: tuple[str, ...]


def window_state(
    place: Place, profile: CallProfile, rulebook: Rulebook, at: datetime, own_hours: tuple[WeekHours, ...] = ()
) -> WindowState:
    """Whether calls of this profile may be placed at `at` (aware), until when, or from when.

    Raises ValueError for a naive instant.
    """
    schedule = schedule_for(rulebook, place, profile, own_hours)
    second = epoch_second(at)
    closing = closing_rules(schedule, second)
    if not closing:
        return WindowState(True, instant(open_until(schedule, second)), None, rules_in_force(schedule, second))
    opening = next_opening(schedule, second)
    return WindowState(False, None, None if opening is None else instant(opening), closing)


def open_places(
    places: Iterable[Place],
    profile: CallProfile,
    rulebook: Rulebook,
    at: datetime,
    own_hours: tuple[WeekHours, ...] = (),
) -> dict[Place, WindowState]:
    """The tick table: the state of every place a queue is partitioned by."""
    return {place: window_state(place, profile, rulebook, at, own_hours) for place in places}


@lru_cache(maxsize=65_536)
def schedule_for(
    rulebook: Rulebook, place: Place, profile: CallProfile, own_hours: tuple[WeekHours, ...] = ()
) -> Schedule:
    """The hours of rulebook and tenant that bind this kind of call here, whatever their dates."""
    codes = (EVERYWHERE, *place.jurisdictions)
    hours: list[Hours] = [*own_hours, *(entry for code in codes for entry in _windows_of(rulebook, code, profile))]
    local = tuple(entry for entry in hours if entry.zone is None)
    clocks = [(zone, local) for zone in place.zones]
    clocks += [(entry.zone, (entry,)) for entry in hours if entry.zone is not None]
    return _shared_schedule(rulebook, tuple(clocks), place.countries)


@lru_cache(maxsize=16_384)
def _windows_of(rulebook: Rulebook, jurisdiction: str, profile: CallProfile) -> tuple[WindowRule, ...]:
    return tuple(rule for rule in rulebook.windows if rule.jurisdiction == jurisdiction and rule.covers(profile))


@lru_cache(maxsize=16_384)
def _shared_schedule(
    rulebook: Rulebook, clocks: tuple[tuple[str, tuple[Hours, ...]], ...], countries: tuple[str, ...]
) -> Schedule:
    """One schedule for all profiles and places that the same hours bind, so that they share its open stretches."""
    return Schedule(rulebook, clocks, countries)


def epoch_second(at: datetime) -> int:
    """The whole second an aware instant lies in. Raises ValueError for a naive one."""
    if at.utcoffset() is None:
        raise ValueError("the instant must carry a UTC offset")
    return (at - _EPOCH) // _SECOND


def instant(second: int) -> datetime:
    return _EPOCH + timedelta(seconds=second)


def open_until(schedule: Schedule, second: int) -> int:
    """The first second from `second` on that is outside: `second` itself when the place is closed then."""
    end = second
    for day in range(second // DAY_SECONDS, second // DAY_SECONDS + HORIZON_DAYS):
        # A stretch that reaches midnight UTC goes on in the next day's, if that begins with it.
        end = next((last for first, last in open_spans(schedule, day) if first <= end < last), end)
        if end != (day + 1) * DAY_SECONDS:
            break
    return end


def next_opening(schedule: Schedule, second: int) -> int | None:
    """The first second from `second` on that is inside all hours on all clocks; None if none within the horizon."""
    day = second // DAY_SECONDS
    for later in range(day, day + HORIZON_DAYS):
        for start, end in open_spans(schedule, later):
            if second < end:
                return max(start, second)
    return None


@lru_cache(maxsize=65_536)
def open_spans(schedule: Schedule, day: int) -> Spans:
    """The open stretches of one UTC day (days since 1970), sorted and disjoint. No clock, no opening."""
    spans: Spans = ((day * DAY_SECONDS, (day + 1) * DAY_SECONDS),) if schedule.clocks else ()
    for zone, hours in schedule.clocks:
        if not spans:
            break
        spans = _intersect(spans, _clock_spans(schedule.rulebook, zone, hours, schedule.countries, day))
    return spans


def rules_in_force(schedule: Schedule, second: int) -> tuple[str, ...]:
    """Ids of all hours that bind at that second, on any clock."""
    return _named(
        entry.id
        for zone, hours in schedule.clocks
        for entry in hours
        if isinstance(entry, WeekHours) or entry.is_in_force(_local_time(zone, second).date())
    )


def closing_rules(schedule: Schedule, second: int) -> tuple[str, ...]:
    """Ids of the hours that are closed at that second on some clock; empty when the place is open."""
    closed: list[str] = [] if schedule.clocks else [PolicyId.NO_ZONE.value]
    for zone, hours in schedule.clocks:
        local = _local_time(zone, second)
        day, minute = local.date(), local.hour * 60 + local.minute
        if _contains(_day_ranges(schedule.rulebook, hours, schedule.countries, day), minute):
            continue
        if _lacks_hours(hours, schedule.countries, day):
            closed.append(PolicyId.NO_HOURS.value)
        closed += [entry.id for entry in hours if not _contains(_ranges_on(schedule.rulebook, entry, day), minute)]
    return _named(closed)


def _named(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(ids)))


def _contains(ranges: Ranges, minute: int) -> bool:
    return any(start <= minute < end for start, end in ranges)


def _local_time(zone: str, second: int) -> datetime:
    return datetime.fromtimestamp(second, _zone(zone))


@lru_cache(maxsize=65_536)
def _clock_spans(
    rulebook: Rulebook, zone: str, hours: tuple[Hours, ...], countries: tuple[str, ...], day: int
) -> Spans:
    """One clock's open stretches of a UTC day, in epoch seconds."""
    spans: list[tuple[int, int]] = []
    for start, end, offset in _offsets(zone, day):
        for local_day in range((start + offset) // DAY_SECONDS, (end - 1 + offset) // DAY_SECONDS + 1):
            midnight = local_day * DAY_SECONDS - offset
            for first, last in _day_ranges(rulebook, hours, countries, date.fromordinal(_EPOCH_ORDINAL + local_day)):
                opening, closing = max(start, midnight + first * 60), min(end, midnight + last * 60)
                if opening < closing:
                    spans.append((opening, closing))
    return _joined(spans)


def _joined(spans: list[tuple[int, int]]) -> Spans:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)


@lru_cache(maxsize=65_536)
def _day_ranges(rulebook: Rulebook, hours: tuple[Hours, ...], countries: tuple[str, ...], day: date) -> Ranges:
    """The ranges of one local day that all hours of a clock leave open."""
    if _lacks_hours(hours, countries, day):
        return ()
    ranges = _WHOLE_DAY
    for entry in hours:
        ranges = _intersect(ranges, _ranges_on(rulebook, entry, day))
    return ranges


def _lacks_hours(hours: tuple[Hours, ...], countries: tuple[str, ...], day: date) -> bool:
    """True on a local clock when some country, or every one, has no row that day. A fixed clock only adds to those."""
    if len(hours) == 1 and hours[0].zone is not None:
        return False
    named = {entry.jurisdiction for entry in hours if isinstance(entry, WindowRule) and entry.is_in_force(day)}
    return not countries or not named.issuperset(countries)


def _ranges_on(rulebook: Rulebook, entry: Hours, day: date) -> Ranges:
    """The open ranges of one local day under one row alone; the whole day when the row does not bind on it."""
    if isinstance(entry, WeekHours):
        return () if day in entry.closed_on else entry.days[day.weekday()]
    if not entry.is_in_force(day):
        return _WHOLE_DAY
    ranges = entry.days[day.weekday()]
    if entry.holiday is not None and day in closed_days(rulebook, entry.jurisdiction, day.year):
        return _intersect(ranges, entry.holiday)
    return ranges


def _intersect(left: Spans, right: Spans) -> Spans:
    """What two sorted disjoint lists of half-open stretches have in common."""
    common = [(max(a, c), min(b, d)) for a, b in left for c, d in right if max(a, c) < min(b, d)]
    return tuple(common)


@lru_cache(maxsize=8_192)
def _offsets(zone: str, day: int) -> tuple[tuple[int, int, int], ...]:
    """Segments of a UTC day with one UTC offset each: (from second, to second, offset in seconds)."""
    start, end = day * DAY_SECONDS, (day + 1) * DAY_SECONDS
    first, last = _offset(zone, start), _offset(zone, end - 1)
    if first == last:
        return ((start, end, first),)
    before, after = start, end - 1
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == first:
            before = middle
        else:
            after = middle
    return ((start, after, first), (after, end, last))


def _offset(zone: str, second: int) -> int:
    offset = _local_time(zone, second).utcoffset()
    return 0 if offset is None else offset // _SECOND


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
