import itertools

from apps.scripts.domain.picture import draw
from apps.scripts.domain.questions import END, Kind, Question, Rule

QUESTIONS = (
    Question("A" * 60, Kind.SINGLE, ("Yes", "No"), "a", rules=(Rule("c", "No"), Rule("b", "Yes"))),
    Question("B", Kind.NUMBER, key="b", rules=(Rule(END, least=1, most=5), Rule("a", least=9)), then="gone"),
    Question("C", Kind.SAY, key="c"),
)


def test_picture_has_a_box_for_each_question_and_the_end() -> None:
    boxes = draw(QUESTIONS).boxes
    assert [(box.key, box.is_said) for box in boxes] == [("a", False), ("b", False), ("c", True), ("", False)]
    assert boxes[0].text == "1. " + "A" * 29 + "…"
    assert all(above.top + above.height < below.top for above, below in itertools.pairwise(boxes))


def test_picture_has_a_line_for_each_way_with_its_answer() -> None:
    lines = draw(QUESTIONS).lines
    assert [line.label for line in lines] == ["No", "Yes", "", "1 to 5", "≥ 9", ""]
    assert [line.path.startswith("M124 ") for line in lines] == [False, True, True, False, False, True]


def test_lines_that_pass_each_other_have_lanes_of_their_own() -> None:
    aside = [line.path for line in draw(QUESTIONS).lines if "H244" in line.path]
    lanes = [path.split("H")[1].split("V")[0] for path in aside]
    assert len(lanes) == len(set(lanes)) == 3


def test_picture_of_no_questions_is_the_end_alone() -> None:
    assert [box.key for box in draw(()).boxes] == [""]
