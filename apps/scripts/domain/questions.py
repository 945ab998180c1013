"""The questions of a script: what an agent asks and which kind of answer is kept."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypedDict

MAX_QUESTIONS: Final = 50
MAX_OPTIONS: Final = 30
_KEY_LENGTH: Final = 40
_NOT_IN_KEY: Final = re.compile(r"[^a-z0-9]+")


class Kind(StrEnum):
    """Which answer a question takes."""

    TEXT = "text"
    SINGLE = "single"
    MULTIPLE = "multiple"
    NUMBER = "number"
    DATE = "date"


CHOICE_KINDS: Final = frozenset({Kind.SINGLE, Kind.MULTIPLE})


class QuestionData(TypedDict):
    """A question as it is stored."""

    key: str
    text: str
    kind: str
    options: list[str]


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `key` ties its answers together over all versions of the script, empty for a new question."""

    text: str
    kind: Kind
    options: tuple[str, ...] = ()
    key: str = ""

    def as_data(self) -> QuestionData:
        return {"key": self.key, "text": self.text, "kind": self.kind.value, "options": list(self.options)}


def read_question(data: QuestionData) -> Question:
    """A stored question."""
    return Question(text=data["text"], kind=Kind(data["kind"]), options=tuple(data["options"]), key=data["key"])


def find_fault(question: Question) -> tuple[str, str] | None:
    """The field that is wrong and why, or None."""
    if not question.text.strip():
        return "text", "Write the question."
    if question.kind not in CHOICE_KINDS:
        return (
            ("options", "Only choice questions have options: empty them, or change the kind.")
            if question.options
            else None
        )
    if len(question.options) < 2:
        return "options", "Give at least two options, one a line."
    if len(question.options) > MAX_OPTIONS:
        return "options", f"Give at most {MAX_OPTIONS} options."
    folded = [option.casefold() for option in question.options]
    twice = next((option for option in question.options if folded.count(option.casefold()) > 1), None)
    return ("options", f"“{twice}” is there twice.") if twice else None


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
