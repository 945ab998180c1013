from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from apps.scripts.domain.answers import Answer, mask, mask_answers, read_answers
from apps.scripts.domain.questions import Kind, Question

QUESTIONS = (
    Question("How many?", Kind.NUMBER, key="n"),
    Question("Which?", Kind.MULTIPLE, ("A", "B"), key="which"),
    Question("When?", Kind.APPOINTMENT, key="when"),
    Question("Since?", Kind.DATE, key="since"),
    Question("Hello", Kind.SAY, key="hello"),
)


def read(**values: object) -> list[Answer]:
    return read_answers(QUESTIONS, {"US-CA": "Recorded line."}, values)


def test_answers_keep_words_and_typed_values() -> None:
    moment = datetime(2026, 6, 17, 19, 30, tzinfo=UTC)
    assert read(n=" 12.5 ", which=["A", "B"], when="2026-06-17T15:30[America/New_York]", since="2024-02-29") == [
        Answer("n", "How many?", "number", "12.5", number=Decimal("12.5")),
        Answer("which", "Which?", "multiple", "A; B", options=("A", "B")),
        Answer("when", "When?", "appointment", "2026-06-17T15:30[America/New_York]", chosen_at=moment),
        Answer("since", "Since?", "date", "2024-02-29", chosen_on=date(2024, 2, 29)),
    ]


def test_empty_answers_are_left_out() -> None:
    assert read(n="", which=[], hello=None, since="  ") == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("n", "a dozen"), ("n", "NaN"), ("n", "1e99"), ("when", "soon"), ("when", "2026-06-17T15:30[Mars/Base]")],
)
def test_answers_that_do_not_fit_are_kept_as_text(key: str, value: str) -> None:
    [answer] = read(**{key: value})
    assert (answer.text, answer.number, answer.chosen_at) == (value, None, None)


def test_answer_to_an_unknown_question_is_kept() -> None:
    assert read(gone="said") == [Answer("gone", "", "text", "said")]


def test_disclosure_keeps_the_text_that_was_read() -> None:
    values = {"disclosure:US-CA": "read"}
    assert read_answers((), {"US-CA": "Recorded line."}, values) == [
        Answer("disclosure:US-CA", "Recorded line.", "disclosure", "read")
    ]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("4242 4242 4242 4242", "•••• 4242"),
        ("6011-0000-0000-0004", "•••• 0004"),
        ("424242424242", "•••• 4242"),
        # Expiry dates, security codes and half a number: nothing of them.
        ("42424242424", "••••"),
        ("123", "••••"),
        ("12/29", "••••"),
        ("refused", "••••"),
        ("•••• 4242", "•••• 4242"),
        ("••••", "••••"),
        ("•••• 42424", "••••"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_mask_keeps_four_digits_of_a_card_and_nothing_else(given: str, kept: str) -> None:
    assert (mask(given), mask(mask(given))) == (kept, kept)


def test_sensitive_answers_are_masked_and_others_are_not() -> None:
    questions = (Question("Card?", Kind.TEXT, key="card", is_sensitive=True), Question("Why?", Kind.TEXT, key="why"))
    values = {"card": ["4242 4242", "4242 4242"], "why": "4242424242424242"}
    assert mask_answers(questions, values) == {"card": "•••• 4242", "why": "4242424242424242"}
    assert [(one.key, one.text) for one in read_answers(questions, {}, values)] == [
        ("card", "•••• 4242"),
        ("why", "4242424242424242"),
    ]
