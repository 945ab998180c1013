import pytest

from apps.scripts.domain.questions import Kind, Question, find_fault, give_keys, read_question

GOOD = (
    Question("How many windows?", Kind.NUMBER),
    Question("Which colour?", Kind.SINGLE, ("White", "Brown")),
    Question("Anything else?", Kind.TEXT),
    Question("Since when?", Kind.DATE),
    Question("Rooms", Kind.MULTIPLE, ("Kitchen", "Bath", "Hall")),
)
BAD = (
    (Question(" ", Kind.TEXT), ("text", "Write the question.")),
    (
        Question("Why?", Kind.TEXT, ("a", "b")),
        ("options", "Only choice questions have options: empty them, or change the kind."),
    ),
    (Question("Which?", Kind.SINGLE, ("a",)), ("options", "Give at least two options, one a line.")),
    (Question("Which?", Kind.MULTIPLE, ("a", "b", "A")), ("options", "“a” is there twice.")),
    (Question("Which?", Kind.SINGLE, tuple(map(str, range(31)))), ("options", "Give at most 30 options.")),
)


@pytest.mark.parametrize("question", GOOD)
def test_find_fault_accepts_each_kind(question: Question) -> None:
    assert find_fault(question) is None
    assert read_question(question.as_data()) == question


@pytest.mark.parametrize(("question", "fault"), BAD)
def test_find_fault_names_the_field(question: Question, fault: tuple[str, str]) -> None:
    assert find_fault(question) == fault


def test_give_keys_keeps_old_keys_and_makes_distinct_new_ones() -> None:
    asked = [
        Question("Why?", Kind.TEXT, key="why"),
        Question("Why?", Kind.TEXT),
        Question("¿Por qué?", Kind.TEXT),
        Question("为什么", Kind.TEXT),
        Question("x" * 90, Kind.TEXT),
    ]
    assert [question.key for question in give_keys(asked)] == ["why", "why_2", "por_que", "question", "x" * 40]
