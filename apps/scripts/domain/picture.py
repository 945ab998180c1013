"""A picture of a script's branches: boxes one below the other, lines at the side for every way that is not straight on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from apps.scripts.domain.questions import END, NEXT, Kind, Question, Rule

BOX_LEFT: Final = 4
BOX_WIDTH: Final = 240
_TOP: Final = 4
_GAP: Final = 22
_LINE: Final = 15
_LABEL_ROOM: Final = 96
_LANE: Final = 12
_BOX_TEXT: Final = 33
_LABEL_TEXT: Final = 15


@dataclass(frozen=True, slots=True)
class Box:
    """A question, or the end with an empty key."""

    key: str
    number: int
    text: str
    is_said: bool
    top: int
    height: int

    @property
    def middle(self) -> int:
        return self.top + self.height // 2


@dataclass(frozen=True, slots=True)
class Line:
    """A way from one box to another: an SVG path, and the answer it is for at `x`, `y`."""

    path: str
    label: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Picture:
    """All boxes and lines, in the units of the viewBox."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Way:
    source: int
    target: int
    label: str


def draw(questions: Sequence[Question]) -> Picture:
    """The picture of a version's questions; ways to questions that are not there are left out."""
    ways = _ways(questions)
    boxes = _boxes(questions, ways)
    lines = []
    lanes: list[list[tuple[int, int]]] = []
    exits = [0] * len(boxes)
    for way in ways:
        source, target = boxes[way.source], boxes[way.target]
        if way.target == way.source + 1:
            lines.append(_straight(source, target, way.label))
            continue
        y = source.top + _LINE + _LINE * exits[way.source]
        exits[way.source] += 1
        lane = _free_lane(lanes, min(y, target.middle), max(y, target.middle))
        lines.append(_aside(y, target.middle, lane, way.label))
    width = BOX_LEFT + BOX_WIDTH + _LABEL_ROOM + _LANE * max(1, len(lanes)) + 4
    return Picture(width, boxes[-1].top + boxes[-1].height + _TOP, tuple(boxes), tuple(lines))


def _ways(questions: Sequence[Question]) -> list[_Way]:
    places = {question.key: number for number, question in enumerate(questions)} | {END: len(questions)}
    ways = []
    for number, question in enumerate(questions):
        targets = [(rule.go, label_of(rule)) for rule in question.rules] + [(question.then, "")]
        for go, label in targets:
            target = number + 1 if go == NEXT else places.get(go)
            if target is not None:
                ways.append(_Way(number, target, label))
    return ways


def label_of(rule: Rule) -> str:
    """The answer that a branch is for."""
    if rule.option:
        return rule.option
    least, most = (f"{value:g}" if value is not None else "" for value in (rule.least, rule.most))
    if not most:
        return f"≥ {least}"
    return f"{least} to {most}" if least else f"≤ {most}"


def _boxes(questions: Sequence[Question], ways: Sequence[_Way]) -> list[Box]:
    boxes = []
    top = _TOP
    for number, question in enumerate(questions):
        aside = sum(way.source == number and way.target != number + 1 for way in ways)
        height = max(34, _LINE * (aside + 1))
        text = _cut(f"{number + 1}. {question.text}", _BOX_TEXT)
        boxes.append(Box(question.key, number + 1, text, question.kind is Kind.SAY, top, height))
        top += height + _GAP
    return [*boxes, Box("", len(questions) + 1, "", False, top, 34)]


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _straight(source: Box, target: Box, label: str) -> Line:
    x, bottom = BOX_LEFT + BOX_WIDTH // 2, source.top + source.height
    return Line(f"M{x} {bottom}V{target.top}", _cut(label, _LABEL_TEXT), x + 6, bottom + 14)


def _free_lane(lanes: list[list[tuple[int, int]]], upper: int, lower: int) -> int:
    """The first lane that nothing uses between two heights, taken."""
    for number, taken in enumerate(lanes):
        if all(lower < start or end < upper for start, end in taken):
            taken.append((upper, lower))
            return number
    lanes.append([(upper, lower)])
    return len(lanes) - 1


def _aside(y: int, target: int, lane: int, label: str) -> Line:
    right = BOX_LEFT + BOX_WIDTH
    x = right + _LABEL_ROOM + _LANE * lane
    return Line(f"M{right} {y}H{x}V{target}H{right}", _cut(label, _LABEL_TEXT), right + 5, y - 4)
