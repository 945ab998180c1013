"""Parsers of the rulebook's cells. Each raises ValueError with a sentence that says what to write instead."""

import re
from collections.abc import Callable, Collection
from datetime import date
from enum import StrEnum
from functools import cache
from typing import TypeVar

from apps.compliance.domain.codes import Consent, EbrKind
from apps.compliance.domain.facts import Ranges
from apps.compliance.domain.holidays import days_in_year
from apps.compliance.domain.rulebook import HolidayRule, Lift
from apps.core.domain.zones import read_zone

_Code = TypeVar("_Code", bound=StrEnum)

_RANGE = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_LIFT = re.compile(r"(purchase|inquiry)<=(\d{1,4})")
_DAY_MINUTES = 1440
_LEAP_YEAR = 2028


def text(cell: str) -> str:
    if not cell.strip():
        raise ValueError("must not be empty")
    return cell


def citation(cell: str) -> str:
    if not cell.strip():
        raise ValueError("cite the statute, rule or policy this row rests on")
    return cell


def word_of(words: Collection[str]) -> Callable[[str], str]:
    def parse(cell: str) -> str:
        if cell not in words:
            raise ValueError(f"write one of {', '.join(sorted(words))}")
        return cell

    return parse


def day(cell: str) -> date:
    try:
        return date.fromisoformat(cell)
    except ValueError as error:
        raise ValueError("write a date such as 2026-10-18") from error


def optional_day(cell: str) -> date | None:
    return day(cell) if cell else None


def whole_number(cell: str) -> int:
    if not cell.isdecimal() or int(cell) == 0:
        raise ValueError("write a whole number above zero")
    return int(cell)


def optional_number(cell: str) -> int:
    """Zero when empty."""
    return whole_number(cell) if cell else 0


def percent(cell: str) -> float:
    if not re.fullmatch(r"\d{1,2}\.\d", cell):
        raise ValueError("write a percentage such as 3.0")
    return float(cell)


def one_of(codes: type[_Code]) -> Callable[[str], _Code]:
    def parse(cell: str) -> _Code:
        try:
            return codes(cell)
        except ValueError as error:
            raise ValueError(f"write one of {', '.join(codes)}") from error

    return parse


def set_of(codes: type[_Code]) -> Callable[[str], frozenset[_Code]]:
    """`any`, or codes joined by a bar."""
    parse_one = one_of(codes)

    def parse(cell: str) -> frozenset[_Code]:
        return frozenset(codes) if cell == "any" else frozenset(parse_one(part) for part in cell.split("|"))

    return parse


def yes_no(yes: str, no: str) -> Callable[[str], bool]:
    def parse(cell: str) -> bool:
        if cell not in {yes, no}:
            raise ValueError(f"write {yes} or {no}")
        return cell == yes

    return parse


def names(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()


def ranges(cell: str) -> Ranges:
    """`closed`, or stretches such as `10:00-13:00 14:00-20:00`, in order."""
    if cell == "closed":
        return ()
    found: list[tuple[int, int]] = []
    for part in cell.split(" "):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise ValueError("write closed, or hours such as 08:00-21:00")
        first, first_minute, last, last_minute = map(int, match.groups())
        start, end = first * 60 + first_minute, last * 60 + last_minute
        if not (found[-1][1] if found else 0) <= start < end <= _DAY_MINUTES:
            raise ValueError("hours must run forward within one day and not overlap")
        found.append((start, end))
    return tuple(found)


def holiday_ranges(cell: str) -> Ranges | None:
    return None if cell == "as_day" else ranges(cell)


def clock(cell: str) -> str | None:
    """`local`, or the zone a statute names."""
    return None if cell == "local" else zone(cell)


def zones(cell: str) -> tuple[str, ...]:
    return tuple(zone(name) for name in names(cell))


@cache
def zone(name: str) -> str:
    try:
        read_zone(name)
    except ValueError as error:
        raise ValueError("write IANA time zone names") from error
    return name


def lifts(cell: str) -> tuple[Lift, ...]:
    """Grounds joined by a bar: `express`, `express_written`, `purchase<=540`, `inquiry<=90`; empty for none."""
    return tuple(_lift(part) for part in cell.split("|")) if cell else ()


def _lift(part: str) -> Lift:
    if part in {Consent.EXPRESS, Consent.EXPRESS_WRITTEN}:
        return Lift(consent=Consent(part))
    match = _LIFT.fullmatch(part)
    if match is None:
        raise ValueError("write express, express_written, purchase<=DAYS or inquiry<=DAYS, joined by |")
    return Lift(ebr=EbrKind(match[1]), max_days=int(match[2]))


def holiday_recipe(cell: str) -> str:
    """A recipe the domain can work out; a leap year in which every kind of day exists tries it."""
    trial = HolidayRule(
        "", frozenset(), cell, is_observed=False, years="all", effective_from=date.min, effective_to=None
    )
    try:
        days_in_year(trial, _LEAP_YEAR)
    except (ValueError, IndexError) as error:
        raise ValueError("write fixed MM-DD, date YYYY-MM-DD, easter N, nth MM N day or last MM day") from error
    return cell
