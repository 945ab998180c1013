import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.scripts.domain.flow import exits, find_flow_faults, is_answered, next_step
from apps.scripts.domain.questions import END, NEXT, Kind, Question, Rule

OPTIONS = ("Yes", "No")
SURVEY = (
    Question("Hello", Kind.SAY, key="hello"),
    Question("Own?", Kind.SINGLE, OPTIONS, "own", is_required=True, rules=(Rule("rent", "No"),)),
    Question("Age of roof", Kind.NUMBER, key="age", rules=(Rule(END, least=None, most=5), Rule("old", least=30))),
    Question("Why so late?", Kind.TEXT, key="old", then=END),
    Question("Rent?", Kind.MULTIPLE, ("House", "Flat"), "rent", rules=(Rule("age", "House"),)),
)


def ask(**answers: object) -> tuple[tuple[str, ...], str]:
    step = next_step(SURVEY, answers)
    return step.path, step.ask.key if step.ask else END


@pytest.mark.parametrize(
    ("answers", "path", "asked"),
    [
        ({}, (), "hello"),
        ({"hello": None}, ("hello",), "own"),
        ({"hello": None, "own": ""}, ("hello",), "own"),
        ({"hello": None, "own": "Maybe"}, ("hello",), "own"),
        ({"hello": None, "own": "Yes"}, ("hello", "own"), "age"),
        ({"hello": None, "own": "No"}, ("hello", "own"), "rent"),
        ({"hello": None, "own": "No", "rent": ["Flat"]}, ("hello", "own", "rent"), END),
        ({"hello": None, "own": "No", "rent": ["Flat", "House"]}, ("hello", "own", "rent"), "age"),
        ({"hello": None, "own": "Yes", "age": "5"}, ("hello", "own", "age"), END),
        ({"hello": None, "own": "Yes", "age": "5.5"}, ("hello", "own", "age"), "old"),
        ({"hello": None, "own": "Yes", "age": "old"}, ("hello", "own", "age"), "old"),
        ({"hello": None, "own": "Yes", "age": None, "old": ""}, ("hello", "own", "age", "old"), END),
        ({"own": "Yes", "age": "5"}, (), "hello"),
    ],
)
def test_next_step_follows_the_answers(answers: dict[str, object], path: tuple[str, ...], asked: str) -> None:
    assert ask(**answers) == (path, asked)


def test_next_step_asks_again_where_a_way_leads_back() -> None:
    circle = (Question("A", Kind.TEXT, key="a"), Question("B", Kind.SINGLE, OPTIONS, "b", rules=(Rule("a", "No"),)))
    step = next_step(circle, {"a": "x", "b": "No"})
    assert (step.path, step.ask) == (("a", "b"), circle[0])
    assert find_flow_faults(circle) == []


def test_script_without_questions_is_at_its_end_and_has_no_faults() -> None:
    assert (next_step((), {}).ask, find_flow_faults(())) == (None, [])


def test_faults_name_questions_that_are_never_asked() -> None:
    questions = (Question("A?", Kind.TEXT, key="a", then=END), Question("B?", Kind.TEXT, key="b"))
    assert [(fault.key, fault.message) for fault in find_flow_faults(questions)] == [
        ("b", "Question 2 (“B?”) is never asked: lead an answer to it, move it, or remove it.")
    ]


def test_faults_name_branches_to_nowhere() -> None:
    questions = (Question("A" * 50, Kind.SINGLE, OPTIONS, "a", rules=(Rule("gone", "No"),)),)
    assert [fault.message for fault in find_flow_faults(questions)] == [
        f"Question 1 (“{'A' * 39}…”) leads to a question that is not there: choose where it goes on."
    ]


def test_faults_name_circles_without_exit() -> None:
    questions = (
        Question("A?", Kind.TEXT, key="a"),
        Question(
            "B?", Kind.SINGLE, OPTIONS, "b", is_required=True, rules=(Rule("a", "Yes"), Rule("b", "No")), then=END
        ),
    )
    assert [fault.key for fault in find_flow_faults(questions)] == ["a", "b"]
    assert "only leads in a circle" in find_flow_faults(questions)[0].message


KEYS = tuple("abcde")
TARGETS = st.sampled_from([NEXT, END, *KEYS])


@st.composite
def scripts(draw: st.DrawFn) -> tuple[Question, ...]:
    """Any questions with any branches, some of them to nowhere."""
    questions = []
    for key in KEYS[: draw(st.integers(1, len(KEYS)))]:
        kind = draw(st.sampled_from([Kind.SAY, Kind.TEXT, Kind.SINGLE, Kind.NUMBER]))
        rules: tuple[Rule, ...] = ()
        if kind is Kind.SINGLE:
            rules = tuple(Rule(draw(TARGETS), option) for option in OPTIONS if draw(st.booleans()))
        elif kind is Kind.NUMBER and draw(st.booleans()):
            rules = (Rule(draw(TARGETS), least=0, most=9),)
        is_required = kind is not Kind.SAY and draw(st.booleans())
        options = OPTIONS if kind is Kind.SINGLE else ()
        questions.append(Question(key, kind, options, key, is_required, rules, draw(TARGETS)))
    return tuple(questions)


def replies(question: Question) -> Sequence[object]:
    """One answer for each way on."""
    empty = [] if question.is_required else [None]
    return [*{Kind.SINGLE: OPTIONS, Kind.NUMBER: ("5", "10")}.get(question.kind, ("x",)), *empty]


ANSWERS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([None, "", "Yes", "No", "5", "50"]))


@given(scripts(), ANSWERS)
def test_walk_asks_each_question_once_and_stops(questions: tuple[Question, ...], answers: dict[str, object]) -> None:
    step = next_step(questions, answers)
    by_key = {question.key: question for question in questions}
    assert len(set(step.path)) == len(step.path)
    assert all(is_answered(by_key[key], answers) for key in step.path)
    for key, after in itertools.pairwise([*step.path, step.ask.key if step.ask else ""]):
        assert not after or after in exits(questions, by_key[key])


@given(scripts(), ANSWERS)
def test_answers_off_the_way_change_nothing(questions: tuple[Question, ...], answers: dict[str, object]) -> None:
    step = next_step(questions, answers)
    on_the_way = {key: answers[key] for key in step.path}
    again = next_step(questions, on_the_way)
    assert again.path == step.path
    assert again.ask == step.ask


def is_talk_ended(questions: tuple[Question, ...]) -> bool:
    """Whether some answers lead to the end, tried breadth first over whole talks."""
    talks: list[dict[str, object]] = [{}]
    seen = set()
    while talks:
        answers = talks.pop(0)
        step = next_step(questions, answers)
        if step.ask is None:
            return True
        if tuple(sorted(answers.items(), key=str)) in seen or step.ask.key in step.path:
            continue
        seen.add(tuple(sorted(answers.items(), key=str)))
        talks += [{**answers, step.ask.key: reply} for reply in replies(step.ask)]
    return False


@given(scripts())
def test_a_script_without_faults_can_be_ended(questions: tuple[Question, ...]) -> None:
    if not find_flow_faults(questions):
        assert is_talk_ended(questions)


@given(scripts())
def test_a_question_never_asked_in_any_talk_is_named(questions: tuple[Question, ...]) -> None:
    asked: set[str] = set()
    talks: list[dict[str, object]] = [{}]
    while talks:
        answers = talks.pop()
        step = next_step(questions, answers)
        if step.ask and step.ask.key not in step.path:
            asked.add(step.ask.key)
            talks += [{**answers, step.ask.key: reply} for reply in replies(step.ask)]
    named = {fault.key for fault in find_flow_faults(questions) if "never asked" in fault.message}
    assert named == {question.key for question in questions} - asked
