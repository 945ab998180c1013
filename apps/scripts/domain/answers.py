"""Answers as data: what the desk sends, with its typed value beside the words.

Answers to sensitive questions are never kept as they were given (PCI DSS 3.3 to 3.5). The desk masks them before they
leave the field, `static/js/mask.js`; here they are masked again, whoever sends them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from apps.core.domain.zones import read_zone
from apps.scripts.domain.flow import read_number
from apps.scripts.domain.questions import Kind, Question

# The kind and the key of a disclosure that was read out, before its jurisdiction.
DISCLOSURE: Final = "disclosure"
DISCLOSURE_KEY: Final = "disclosure:"
MASK: Final = "\N{BULLET}" * 4
# Fewer digits are no card number but a date or a security code, of which nothing may be kept.
_CARD_DIGITS: Final = 12
_SHOWN_DIGITS: Final = 4
_MASKED: Final = re.compile(rf"{MASK}(?: [0-9]{{{_SHOWN_DIGITS}}})?")
# Digits of a number that is kept as one.
_MAX_DIGITS: Final = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: the question as it was worded, what was said as `text`, and its value when it is one of the kind.

    `chosen_at` is an instant in UTC, from a local time with its zone: 2026-06-17T15:30[America/New_York].
    """

    key: str
    question: str
    kind: str
    text: str
    options: tuple[str, ...] = ()
    number: Decimal | None = None
    chosen_on: date | None = None
    chosen_at: datetime | None = None


def read_answers(
    questions: Sequence[Question], disclosures: Mapping[str, str], values: Mapping[str, Any]
) -> list[Answer]:
    """Each given value as data, in the order given; empty ones are left out.

    `disclosures` are texts by jurisdiction. A value that does not fit its question, or whose question is not there,
    is kept as text: nothing that was said on a call is thrown away.
    """
    return list(_read(questions, disclosures, values))


def mask(text: str) -> str:
    """A sensitive answer as it may be kept: the last four digits of a card number, nothing of anything shorter."""
    if not text.strip() or _MASKED.fullmatch(text):
        return text.strip()
    digits = re.sub("[^0-9]", "", text)
    return f"{MASK} {digits[-_SHOWN_DIGITS:]}" if len(digits) >= _CARD_DIGITS else MASK


def mask_answers(questions: Sequence[Question], values: Mapping[str, Any]) -> dict[str, Any]:
    """Raw values by question key, those of sensitive questions masked."""
    sensitive = {question.key for question in questions if question.is_sensitive}
    return {key: mask("".join(_texts(value))) if key in sensitive else value for key, value in values.items()}


def _read(questions: Sequence[Question], disclosures: Mapping[str, str], values: Mapping[str, Any]) -> Iterator[Answer]:
    by_key = {question.key: question for question in questions}
    for key, value in values.items():
        chosen = _texts(value)
        if not chosen:
            continue
        if key.startswith(DISCLOSURE_KEY):
            text = disclosures.get(key.removeprefix(DISCLOSURE_KEY), "")
            yield Answer(key, text, DISCLOSURE, chosen[0])
        elif key in by_key:
            yield _of(by_key[key], chosen)
        else:
            yield Answer(key, "", Kind.TEXT, "; ".join(chosen))


def _texts(value: object) -> tuple[str, ...]:
    """What was said, in one or several texts; the database takes no NUL."""
    items = value if isinstance(value, list) else [value]
    texts = (str(item).replace("\0", "").strip() for item in items if item is not None)
    return tuple(text for text in texts if text)


def _of(question: Question, chosen: tuple[str, ...]) -> Answer:
    kind = question.kind
    text = mask("".join(chosen)) if question.is_sensitive else "; ".join(chosen)
    return Answer(
        key=question.key,
        question=question.text,
        kind=kind,
        text=text,
        options=chosen if question.options else (),
        number=_number(text) if kind is Kind.NUMBER else None,
        chosen_on=_day(text) if kind is Kind.DATE else None,
        chosen_at=_moment(text) if kind is Kind.APPOINTMENT else None,
    )


def _number(text: str) -> Decimal | None:
    number = read_number(text)
    if number is None or not -_MAX_DIGITS < number.adjusted() < _MAX_DIGITS:
        return None
    return number


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    local, _, zone = text.rstrip("]").partition("[")
    try:
        return datetime.fromisoformat(local).replace(tzinfo=read_zone(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
