"""The demo's scripts, and what simulated people answer to them."""

from random import Random
from typing import Any

import pytest

from apps.demo.services.answering import make_up_answers
from apps.demo.services.seed import QUESTIONS, SCRIPT, SURVEY, SURVEY_WORDS, WORDS
from apps.scripts.domain.flow import find_flow_faults, next_step
from apps.scripts.domain.questions import find_fault, read_questions
from apps.scripts.domain.wording import Disclosure, Rebuttal, Wording, find_wording_fault


@pytest.mark.parametrize(("questions", "words"), [(QUESTIONS, WORDS), (SURVEY, SURVEY_WORDS)])
def test_demo_scripts_could_be_approved(questions: list[dict[str, Any]], words: dict[str, Any]) -> None:
    read = read_questions(questions)
    wording = Wording(
        text=SCRIPT,
        rebuttals=tuple(Rebuttal(**item) for item in words["rebuttals"]),
        disclosures=tuple(Disclosure(**item) for item in words["disclosures"]),
        call_to_action=words["call_to_action"],
    )
    assert ([find_fault(question) for question in read], find_flow_faults(read)) == ([None] * len(read), [])
    assert find_wording_fault(wording) is None


@pytest.mark.parametrize("seed", range(20))
def test_made_up_answers_lead_to_the_end(seed: int) -> None:
    answers = make_up_answers({"questions": SURVEY}, Random(seed))
    assert set(answers) <= {question["key"] for question in SURVEY}
    assert next_step(read_questions(SURVEY), {"visit": None, **answers}).ask is None


def test_nobody_goes_in_a_circle_for_ever() -> None:
    circle = {"key": "a", "text": "A", "kind": "single", "options": ["x", "y"], "then": "a"}
    assert list(make_up_answers({"questions": [circle]}, Random(1))) == ["a"]
