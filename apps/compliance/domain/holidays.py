"""Days on which a calendar is closed, worked out from the rulebook's recipes for any year."""

from datetime import date, timedelta
from functools import lru_cache

from apps.compliance.domain.rulebook import HolidayRule, Rulebook

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SATURDAY, _SUNDAY = 5, 6


@lru_cache(maxsize=512)
def closed_days(rulebook: Rulebook, calendar: str, year: int) -> frozenset[date]:
    """All holidays of a year and the days they are observed on; a neighbouring year's may reach into it."""
    days: set[date] = set()
    for rule in rulebook.holidays:
        if calendar in rule.calendars:
            for near in (year - 1, year, year + 1):
                days.update(days_in_year(rule, near))
    return frozenset(day for day in days if day.year == year)


def days_in_year(rule: HolidayRule, year: int) -> tuple[date, ...]:
    """The holiday and, if it falls on a weekend and the rule says so, the Friday before or the Monday after it.

    Both days are closed: practice differs on which of them is the holiday. Recipes: `fixed 12-25`,
    `date 2026-06-15`, `easter -47`, `nth 11 4 thu`, `last 05 mon`, each of the last two with a shift such as `+1`.
    """
    if rule.years == "even" and year % 2:
        return ()
    day = _day_of(rule.day, year)
    if day is None or day < rule.effective_from or (rule.effective_to is not None and day > rule.effective_to):
        return ()
    if rule.is_observed and day.weekday() == _SATURDAY:
        return (day, day - timedelta(days=1))
    if rule.is_observed and day.weekday() == _SUNDAY:
        return (day, day + timedelta(days=1))
    return (day,)


def _day_of(recipe: str, year: int) -> date | None:
    kind, *words = recipe.split()
    if kind == "fixed":
        return date.fromisoformat(f"{year}-{words[0]}")
    if kind == "date":
        day = date.fromisoformat(words[0])
        return day if day.year == year else None
    if kind == "easter":
        return easter(year) + timedelta(days=int(words[0]))
    if kind == "nth":
        return _nth_weekday(year, int(words[0]), int(words[1]), words[2]) + _shift(words[3:])
    if kind == "last":
        return _last_weekday(year, int(words[0]), words[1]) + _shift(words[2:])
    raise ValueError(f"unknown kind of day {kind!r}")


def _shift(words: list[str]) -> timedelta:
    return timedelta(days=int(words[0])) if words else timedelta()


def _nth_weekday(year: int, month: int, nth: int, weekday: str) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(_WEEKDAYS.index(weekday) - first.weekday()) % 7 + 7 * (nth - 1))


def _last_weekday(year: int, month: int, weekday: str) -> date:
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - _WEEKDAYS.index(weekday)) % 7)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous computus of 1876)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leap, leap_rest = divmod(century, 4)
    moon = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    quarter, quarter_rest = divmod(rest, 4)
    week = (32 + 2 * leap_rest + 2 * quarter - moon - quarter_rest) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)
