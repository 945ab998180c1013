"""The way through a script: what is asked next after the answers so far, and whether every way comes to an end.

An answer is a raw value of the desk: text (numbers, dates and single choices too), a list of texts for a multiple
choice, None or empty for a question that was passed over. `static/js/script_flow.js` walks the same way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.scripts.domain.questions import CHOICE_KINDS, END, NEXT, Question, Rule

Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """Where a talk stands: the keys answered on the way, and what to ask now; None is the call to action."""

    path: tuple[str, ...]
    ask: Question | None


@dataclass(frozen=True, slots=True)
class FlowFault:
    """What keeps a script from being used, at which question, in words that say what to change."""

    key: str
    message: str


def next_step(questions: Sequence[Question], answers: Answers) -> Step:
    """Walk from the first question along the answers to the first that has none.

    A way back to a question that was answered before stops there too: it is asked again, so the walk always ends.
    A branch to a question that is not there ends the questions.
    """
    by_key = {question.key: question for question in questions}
    path: list[str] = []
    key = questions[0].key if questions else END
    while key in by_key:
        question = by_key[key]
        if key in path or not is_answered(question, answers):
            return Step(tuple(path), question)
        path.append(key)
        key = _resolve(questions, question, _target(question, answers[key]))
    return Step(tuple(path), None)


def is_answered(question: Question, answers: Answers) -> bool:
    """Whether the question is done with: a required one needs a value, and a choice one of its options."""
    if question.key not in answers:
        return False
    chosen = _as_list(answers[question.key])
    if question.kind in CHOICE_KINDS and not set(chosen) <= set(question.options):
        return False
    return bool(chosen) or not question.is_required


def _as_list(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(item) for item in values if item is not None and str(item).strip()]


def _target(question: Question, value: object) -> str:
    chosen = _as_list(value)
    return next((rule.go for rule in question.rules if _fits(question, rule, chosen)), question.then)


def _fits(question: Question, rule: Rule, chosen: Sequence[str]) -> bool:
    if question.kind in CHOICE_KINDS:
        return rule.option in chosen
    number = read_number(chosen[0]) if chosen else None
    return number is not None and is_between(number, rule.least, rule.most)


def is_between(number: Decimal, least: float | None, most: float | None) -> bool:
    """Whether a number lies in a range whose ends belong to it; None is no end."""
    return (least is None or number >= least) and (most is None or number <= most)


def read_number(text: str) -> Decimal | None:
    """A finite number, or None."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _resolve(questions: Sequence[Question], question: Question, target: str) -> str:
    """The key that `target` stands for, or END."""
    if target != NEXT:
        return target
    following = questions.index(question) + 1
    return questions[following].key if following < len(questions) else END


def exits(questions: Sequence[Question], question: Question) -> list[str]:
    """Every key (or END) that can follow a question, in the order of its branches."""
    targets = [rule.go for rule in question.rules]
    if not _is_covered(question):
        targets.append(question.then)
    return list(dict.fromkeys(_resolve(questions, question, target) for target in targets))


def _is_covered(question: Question) -> bool:
    """Whether a branch fits every answer, so that `then` is never taken."""
    options = {rule.option for rule in question.rules}
    return question.is_required and question.kind in CHOICE_KINDS and options >= set(question.options)


def find_flow_faults(questions: Sequence[Question]) -> list[FlowFault]:
    """Everything that keeps the questions from being a usable way: empty for a good script."""
    return list(_flow_faults(questions))


def _flow_faults(questions: Sequence[Question]) -> Iterator[FlowFault]:
    names = {question.key: f"Question {n} (“{_short(question.text)}”)" for n, question in enumerate(questions, 1)}
    ways = {question.key: exits(questions, question) for question in questions}
    for question in questions:
        if any(target not in names and target != END for target in ways[question.key]):
            message = f"{names[question.key]} leads to a question that is not there: choose where it goes on."
            yield FlowFault(question.key, message)
    reached = _reach(ways, questions[0].key) if questions else set()
    ending = _coming_to_an_end(ways)
    for key, name in names.items():
        if key not in reached:
            yield FlowFault(key, f"{name} is never asked: lead an answer to it, move it, or remove it.")
        elif key not in ending:
            yield FlowFault(key, f"{name} only leads in a circle: let one of its answers go on or end the questions.")


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39].rstrip() + "…"


def _reach(ways: Mapping[str, Sequence[str]], first: str) -> set[str]:
    found: set[str] = set()
    ahead = [first]
    while ahead:
        key = ahead.pop()
        if key not in found:
            found.add(key)
            ahead += ways.get(key, ())
    return found


def _coming_to_an_end(ways: Mapping[str, Sequence[str]]) -> set[str]:
    """The keys from which the end can be reached; a target that is not there counts as an end, it has its own fault."""
    ending = {target for targets in ways.values() for target in targets if target not in ways}
    while more := {key for key, targets in ways.items() if key not in ending and ending & set(targets)}:
        ending |= more
    return ending & set(ways)
