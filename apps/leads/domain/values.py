"""Dates, addresses, yes and no, and the trade's words for legal facts, read strictly: None is what is not understood."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from enum import StrEnum
from types import MappingProxyType
from typing import Final

# What people write into a cell that they have nothing for.
_NOTHING: Final = frozenset(
    {"", "-", "--", "n/a", "na", "#n/a", "none", "null", "nil", "nan", "(null)", "(none)", "unknown", "?", "."}
)
_YES: Final = frozenset({"y", "yes", "true", "t", "1", "1.0", "x", "on", "si", "sí", "ja", "oui"})
_NO: Final = frozenset({"n", "no", "false", "f", "0", "0.0", "off", "nein", "non"})


class DateOrder(StrEnum):
    """Which of two small numbers in `03/04/2026` is the month; UNKNOWN refuses such a date."""

    UNKNOWN = ""
    MONTH_FIRST = "MDY"
    DAY_FIRST = "DMY"


class AmbiguousDateError(ValueError):
    """Day and month could be either way round."""


_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
    for name in (names,)
}
_YEAR_FIRST: Final = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})|(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_DAY_NAME: Final = re.compile(r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)", re.IGNORECASE)
_MONTH_NAMED: Final = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_DAY_THEN_NAME: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s.-]+([A-Za-z]{3,9})\.?[\s,-]+(\d{4})")
_TIME: Final = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
)
# The unquoted form of RFC 5321, with a domain of at least two labels, which may be written in any script. Possessive,
# because it is asked for every row of a file.
_ATOM: Final = r'[^\s@"(),:;<>\[\]\\.]++'
_LABEL: Final = r"[^\W_]++(?:-++[^\W_]++)*+"
_EMAIL: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*+@(?:{_LABEL}\.)+{_LABEL}")


def read_nothing(text: str) -> bool:
    """True for an empty cell and for the words that stand for one."""
    return text.lower() in _NOTHING


def read_flag(text: str) -> bool | None:
    """Yes or no; None when it is neither."""
    word = text.lower()
    if word in _YES:
        return True
    return False if word in _NO else None


def read_email(text: str) -> str | None:
    """An e-mail address in small letters; None when it is none."""
    return text.lower() if _EMAIL.fullmatch(text) else None


def read_word(text: str, words: Mapping[str, str]) -> str | None:
    """The meaning of a word in one of the vocabularies below; None when it is not in it."""
    return words.get(re.sub(r"[\W_]+", " ", text).strip().lower())


def _vocabulary(**meanings: str) -> Mapping[str, str]:
    """`meaning="word, other word"`, turned round."""
    return MappingProxyType({word.strip(): key for key, words in meanings.items() for word in words.split(",")})


LINE_TYPES: Final = _vocabulary(
    mobile="mobile, cell, cellular, cellphone, cell phone, mobile phone, wireless, m, c, w",
    landline="landline, land line, land, fixed, fixed line, fixedline, wireline, l",
    voip="voip, fixed voip, non fixed voip, nonfixedvoip, fixedvoip, v",
    unknown="unknown, other",
)
SUBJECT_TYPES: Final = _vocabulary(
    consumer="consumer, residential, person, individual, b2c, c, personal, home",
    business="business, company, commercial, b2b, b, firm, work",
)
CONSENTS: Final = _vocabulary(
    none="none, no, false, 0, n, not given, no consent",
    express="express, yes, true, 1, y, opt in, optin, opted in, oral, verbal, verbal consent, express consent, given",
    express_written="""express written, written, express written consent, prior express written consent, pewc, signed,
        written consent""".replace("\n        ", " "),
    revoked="revoked, withdrawn, opt out, optout, opted out, stop, unsubscribed, cancelled",
)
RELATIONSHIPS: Final = _vocabulary(
    none="none, no, false, 0, n",
    purchase="purchase, transaction, customer, sale, order, donation, donor, client, purchased",
    inquiry="inquiry, enquiry, application, quote, request, inquired, applied",
)


def read_date(text: str, order: DateOrder) -> date | None:
    """A day in any usual writing; None when it is no date. Raises AmbiguousDateError when day and month could swap."""
    text = _DAY_NAME.sub("", text, count=1)
    parts = _year_first(text) or _named_month(text) or _year_last(text, order)
    if parts is None:
        return None
    try:
        return date(*parts)
    except ValueError:
        return None


def read_instant(text: str, order: DateOrder) -> datetime | None:
    """A day with or without time as an aware instant in UTC; None when it is none. Raises AmbiguousDateError.

    Without a time it is the start of the day, without a zone UTC. In America both are earlier than what was meant, so
    a consent read so never outlives a withdrawal that came after it.
    """
    clock = _TIME.search(text)
    if clock is None:
        day, moment = read_date(text.strip(), order), time(0, tzinfo=UTC)
    else:
        if clock.end() != len(text):
            return None
        day = read_date(text[: clock.start()].rstrip(" T,"), order)
        found = _read_clock(clock)
        if found is None:
            return None
        moment = found
    try:
        return None if day is None else datetime.combine(day, moment).astimezone(UTC)
    except OverflowError:
        # Files write "never" as the last day there is.
        return None


def _year_first(text: str) -> tuple[int, int, int] | None:
    found = _YEAR_FIRST.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups() if part is not None)
    return year, month, day


def _named_month(text: str) -> tuple[int, int, int] | None:
    if found := _MONTH_NAMED.fullmatch(text):
        name, day, year = found.groups()
    elif found := _DAY_THEN_NAME.fullmatch(text):
        day, name, year = found.groups()
    else:
        return None
    month = _MONTHS.get(name[:3].lower())
    return (int(year), month, int(day)) if month else None


def _year_last(text: str, order: DateOrder) -> tuple[int, int, int] | None:
    found = _YEAR_LAST.fullmatch(text)
    if found is None:
        return None
    first, second, year = map(int, found.groups())
    if order is DateOrder.DAY_FIRST or first > 12:
        return year, second, first
    if order is DateOrder.MONTH_FIRST or second > 12 or first == second:
        return year, first, second
    raise AmbiguousDateError(text)


def _read_clock(clock: re.Match[str]) -> time | None:
    hour, minute, second, half, zone = clock.groups()
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half[0] in "Pp" else 0)
    offset = "+00:00" if zone is None or zone[0] in "ZUG" else f"{zone[:3]}:{zone[-2:]}"
    try:
        return time.fromisoformat(f"{hours:02}:{minute}:{second or '00'}{offset}")
    except ValueError:
        return None
