"""Quotas of survey cells: how many people of each kind, told by their answers, are to be interviewed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any, Final, TypedDict

from apps.scripts.domain.flow import is_between, read_number
from apps.scripts.domain.questions import Kind, Question

MAX_CELLS: Final = 100
# Kinds of questions that put each person into one group.
KINDS: Final = frozenset({Kind.SINGLE, Kind.NUMBER})
LABEL_LENGTH: Final = 250
_NUMBER: Final = r"(\d{1,12}(?:\.\d{1,6})?)"
_RANGE: Final = re.compile(rf"{_NUMBER}\s*(?:-|\N{{EN DASH}}|to)\s*{_NUMBER}")
_FROM: Final = re.compile(rf"{_NUMBER}\s*\+")


class ConditionData(TypedDict):
    """A condition as it is stored."""

    key: str
    options: list[str]
    least: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class Condition:
    """The answer to `key` is one of `options`, or a number from `least` to `most`."""

    key: str
    options: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    def as_data(self) -> ConditionData:
        return {"key": self.key, "options": list(self.options), "least": self.least, "most": self.most}


@dataclass(frozen=True, slots=True)
class Group:
    """One side of a cell: what it is called, and its condition."""

    label: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class Cell:
    """A kind of people: all of its conditions hold."""

    label: str
    conditions: tuple[Condition, ...]


class RangesError(ValueError):
    """The ranges of numbers cannot be read or overlap; the message says which."""


def read_conditions(stored: Sequence[ConditionData]) -> tuple[Condition, ...]:
    """Stored conditions."""
    return tuple(Condition(item["key"], tuple(item["options"]), item["least"], item["most"]) for item in stored)


def is_met(conditions: Sequence[Condition], values: Mapping[str, Any]) -> bool:
    """Whether what is known of somebody, raw values by question key, meets every condition."""
    return all(_holds(condition, values.get(condition.key)) for condition in conditions)


def _holds(condition: Condition, value: object) -> bool:
    chosen = [str(item) for item in (value if isinstance(value, list) else [value]) if item is not None]
    if condition.options:
        return any(item in condition.options for item in chosen)
    number = read_number(chosen[0]) if chosen else None
    return number is not None and is_between(number, condition.least, condition.most)


def groups_of(question: Question, ranges: str) -> list[Group]:
    """The groups that a question makes: each option, or each range such as 18-34 or 65+, one a line.

    Raises RangesError.
    """
    if question.kind is Kind.SINGLE:
        return [Group(option, Condition(question.key, (option,))) for option in question.options]
    lines = [line.strip() for line in ranges.splitlines() if line.strip()]
    groups = [Group(line, _condition(question.key, line)) for line in lines]
    if not groups:
        raise RangesError("Give ranges of numbers, one a line, such as 18-34.")
    _require_apart(groups)
    return groups


def _condition(key: str, line: str) -> Condition:
    if both := _RANGE.fullmatch(line):
        least, most = float(both[1]), float(both[2])
        if least > most:
            raise RangesError(f"“{line}” is empty: swap the numbers.")
        return Condition(key, least=least, most=most)
    if only := _FROM.fullmatch(line):
        return Condition(key, least=float(only[1]))
    raise RangesError(f"“{line}” is no range: write 18-34 or 65+.")


def _require_apart(groups: Sequence[Group]) -> None:
    ordered = sorted(groups, key=lambda group: group.condition.least or 0)
    for below, above in pairwise(ordered):
        most = below.condition.most
        if most is None or most >= (above.condition.least or 0):
            raise RangesError(f"“{below.label}” and “{above.label}” overlap.")


def cross(first: Sequence[Group], second: Sequence[Group]) -> list[Cell]:
    """Every pair of a first and a second group, or each first one when there is no second question."""
    pairs = product(first, second) if second else ((group,) for group in first)
    return [
        Cell(" · ".join(group.label for group in groups)[:LABEL_LENGTH], tuple(group.condition for group in groups))
        for groups in pairs
    ]
