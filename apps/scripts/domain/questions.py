"""The questions of a script: what an agent says or asks, which kind of answer is kept, and where it leads."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypedDict

MAX_QUESTIONS: Final = 50
MAX_OPTIONS: Final = 30
MAX_RANGES: Final = 10
# Where a branch leads that ends the questions; it cannot be a question's key.
END: Final = "@end"
# Where a branch leads that goes on in order.
NEXT: Final = ""
_KEY_LENGTH: Final = 40
_NOT_IN_KEY: Final = re.compile(r"[^a-z0-9]+")


class Kind(StrEnum):
    """Which answer a question takes; `say` is a section of text that takes none."""

    SAY = "say"
    TEXT = "text"
    SINGLE = "single"
    MULTIPLE = "multiple"
    NUMBER = "number"
    DATE = "date"
    APPOINTMENT = "appointment"


CHOICE_KINDS: Final = frozenset({Kind.SINGLE, Kind.MULTIPLE})


class RuleData(TypedDict):
    """A branch as it is stored."""

    go: str
    option: str
    least: float | None
    most: float | None


class QuestionData(TypedDict):
    """A question as it is stored; the first versions of scripts have no more than the first four."""

    key: str
    text: str
    kind: str
    options: list[str]
    is_required: bool
    rules: list[RuleData]
    then: str
    is_sensitive: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A branch: an answer that is `option`, or a number from `least` to `most`, goes to the question `go` or to END."""

    go: str
    option: str = ""
    least: float | None = None
    most: float | None = None

    def as_data(self) -> RuleData:
        return {"go": self.go, "option": self.option, "least": self.least, "most": self.most}


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `key` ties its answers together over all versions of the script, empty for a new question.

    The first of `rules` that fits the answer says what comes next, else `then`: a key, END or NEXT. A sensitive answer
    is a card number or the like: recording pauses while it is typed, and it is kept masked.
    """

    text: str
    kind: Kind
    options: tuple[str, ...] = ()
    key: str = ""
    is_required: bool = False
    rules: tuple[Rule, ...] = ()
    then: str = NEXT
    is_sensitive: bool = False

    def as_data(self) -> QuestionData:
        return {
            "key": self.key,
            "text": self.text,
            "kind": self.kind.value,
            "options": list(self.options),
            "is_required": self.is_required,
            "rules": [rule.as_data() for rule in self.rules],
            "then": self.then,
            "is_sensitive": self.is_sensitive,
        }


def read_question(data: Mapping[str, Any]) -> Question:
    """A stored question (QuestionData)."""
    return Question(
        text=data["text"],
        kind=Kind(data["kind"]),
        options=tuple(data["options"]),
        key=data["key"],
        is_required=data.get("is_required", False),
        rules=tuple(Rule(**rule) for rule in data.get("rules", ())),
        then=data.get("then", NEXT),
        is_sensitive=data.get("is_sensitive", False),
    )


def read_questions(stored: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    """All questions of a version, in order."""
    return tuple(read_question(data) for data in stored)


def find_fault(question: Question) -> tuple[str, str] | None:
    """The field that is wrong and why, or None. Where branches lead is judged by `flow.find_flow_faults`."""
    return next(_faults(question), None)


def _faults(question: Question) -> Iterator[tuple[str, str]]:
    if not question.text.strip():
        yield "text", "Write the question."
    if question.kind in CHOICE_KINDS:
        yield from _option_faults(question.options)
    elif question.options:
        yield "options", "Only choice questions have options: empty them, or change the kind."
    if question.kind is Kind.SAY and question.is_required:
        yield "is_required", "There is nothing to answer here: choose a kind of answer, or untick it."
    if question.is_sensitive and question.kind is not Kind.TEXT:
        yield "is_sensitive", "Only free text can be a card number or the like: change the kind, or untick it."
    for rule in question.rules:
        yield from _rule_faults(question, rule)


def _option_faults(options: Sequence[str]) -> Iterator[tuple[str, str]]:
    if len(options) < 2:
        yield "options", "Give at least two options, one a line."
    if len(options) > MAX_OPTIONS:
        yield "options", f"Give at most {MAX_OPTIONS} options."
    folded = [option.casefold() for option in options]
    for option in options:
        if folded.count(option.casefold()) > 1:
            yield "options", f"“{option}” is there twice."


def _rule_faults(question: Question, rule: Rule) -> Iterator[tuple[str, str]]:
    if question.kind in CHOICE_KINDS:
        if rule.option not in question.options:
            yield "rules", f"A branch is for “{rule.option}”, which is not an option: remove it or add the option."
    elif question.kind is not Kind.NUMBER:
        yield "rules", "Only choices and numbers branch: remove the branches, or change the kind."
    elif rule.least is None and rule.most is None:
        yield "rules", "Give a range its first or its last number."
    elif rule.least is not None and rule.most is not None and rule.least > rule.most:
        yield "rules", f"The range from {rule.least:g} to {rule.most:g} is empty: swap the numbers."


def give_keys(questions: Sequence[Question]) -> list[Question]:
    """The questions, each with a key: its own, or a new one made of its words."""
    taken = {question.key for question in questions if question.key}
    keyed = []
    for question in questions:
        key = question.key or _new_key(question.text, taken)
        taken.add(key)
        keyed.append(replace(question, key=key))
    return keyed


def _new_key(text: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    stem = _NOT_IN_KEY.sub("_", plain).strip("_")[:_KEY_LENGTH] or "question"
    number = 2
    key = stem
    while key in taken:
        key = f"{stem}_{number}"
        number += 1
    return key
