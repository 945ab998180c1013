"""What people who are simulated answer to a script."""

from collections.abc import Mapping
from random import Random
from typing import Any

from apps.scripts.domain.flow import next_step
from apps.scripts.domain.questions import Kind, Question, read_questions

# Answers after which somebody who goes in a circle has had enough.
PATIENCE = 60


def make_up_answers(script: Mapping[str, Any], chance: Random) -> dict[str, Any]:
    """Raw answers to each question on the way, as the desk sends them; `script` is that of a contact card."""
    questions = read_questions(script["questions"])
    answers: dict[str, Any] = {}
    for _ in range(PATIENCE):
        step = next_step(questions, answers)
        if step.ask is None:
            break
        answers[step.ask.key] = _answer(step.ask, chance)
    return {key: value for key, value in answers.items() if value is not None}


def _answer(question: Question, chance: Random) -> Any:  # noqa: ANN401 - a JSON value
    if question.kind is Kind.SINGLE:
        return chance.choice(question.options)
    if question.kind is Kind.MULTIPLE:
        return chance.sample(question.options, chance.randint(1, len(question.options)))
    if question.kind is Kind.NUMBER:
        return str(chance.randint(18, 90))
    if question.is_required:
        return "As you like"
    return None
