"""What has changed between two versions of a script, piece by piece, for whoever has to approve the newer one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum, auto
from typing import Final

from apps.scripts.domain.questions import Question
from apps.scripts.domain.wording import Wording

# Words with the space before them, so that the pieces of a text join to the text.
_WORD: Final = re.compile(r"\s*\S+|\s+")


_FACETS: Final = ("kind", "options", "is_required", "is_sensitive", "branches")


class Change(StrEnum):
    """What has happened to an item."""

    ADDED = auto()
    REMOVED = auto()
    CHANGED = auto()
    MOVED = auto()
    SAME = auto()


class Section(StrEnum):
    """Which part of a script an item belongs to."""

    KIND = auto()
    TEXT = auto()
    QUESTION = auto()
    CALL_TO_ACTION = auto()
    REBUTTAL = auto()
    DISCLOSURE = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words that the other side has too, or has not."""

    text: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One side of an item (`words`, `kind`, `options`, `is_required`, `is_sensitive`, `branches`) in both versions."""

    name: str
    old: tuple[Piece, ...]
    new: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A part of the script with its facets: the words always, the others when they differ."""

    section: Section
    name: str
    change: Change
    facets: tuple[Facet, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and where its answers lead in words."""

    question: Question
    ways: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """Everything of a version that people read."""

    wording: Wording
    questions: tuple[Asked, ...] = ()


def compare(old: Content, new: Content) -> list[Item]:
    """Every part of both versions, in the order of the newer one; what was removed stands where it was."""
    before, after = old.wording, new.wording
    return [
        _item(Section.KIND, "", before.kind, after.kind),
        _item(Section.TEXT, "", before.text, after.text),
        *_questions(old.questions, new.questions),
        _item(Section.CALL_TO_ACTION, "", before.call_to_action, after.call_to_action),
        *_pairs(
            Section.REBUTTAL,
            {item.objection: item.answer for item in before.rebuttals},
            {item.objection: item.answer for item in after.rebuttals},
        ),
        *_pairs(
            Section.DISCLOSURE,
            {item.jurisdiction: item.text for item in before.disclosures},
            {item.jurisdiction: item.text for item in after.disclosures},
        ),
    ]


def compare_words(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts in pieces that join to the texts; a piece that the other lacks is marked."""
    left, right = _WORD.findall(old), _WORD.findall(new)
    olds: list[Piece] = []
    news: list[Piece] = []
    for tag, i, j, k, n in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        is_changed = tag != "equal"
        if i < j:
            olds.append(Piece("".join(left[i:j]), is_changed))
        if k < n:
            news.append(Piece("".join(right[k:n]), is_changed))
    return tuple(olds), tuple(news)


def _item(section: Section, name: str, old: str | None, new: str | None) -> Item:
    """None stands for a version that has no such item."""
    if old is None:
        change = Change.ADDED
    elif new is None:
        change = Change.REMOVED
    else:
        change = Change.SAME if old == new else Change.CHANGED
    return Item(section, name, change, (_facet("words", old or "", new or ""),))


def _facet(name: str, old: str, new: str) -> Facet:
    return Facet(name, *compare_words(old, new))


def _pairs(section: Section, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Item]:
    for name in _merged(list(old), list(new)):
        yield _item(section, name, old.get(name), new.get(name))


def _questions(old: Sequence[Asked], new: Sequence[Asked]) -> Iterator[Item]:
    before = {asked.question.key: asked for asked in old}
    after = {asked.question.key: asked for asked in new}
    moved = _moved(list(before), list(after))
    for key in _merged(list(before), list(after)):
        yield _question(key, before.get(key), after.get(key), is_moved=key in moved)


def _question(key: str, old: Asked | None, new: Asked | None, *, is_moved: bool) -> Item:
    texts = [asked.question.text if asked else None for asked in (old, new)]
    words = _item(Section.QUESTION, key, *texts)
    others = tuple(_other_facets(old, new))
    change = words.change
    if change is Change.SAME and others:
        change = Change.CHANGED
    if change is Change.SAME and is_moved:
        change = Change.MOVED
    return Item(Section.QUESTION, key, change, (*words.facets, *others))


def _other_facets(old: Asked | None, new: Asked | None) -> Iterator[Facet]:
    """Those that differ. Ways are compared by where they lead, not by how that question is worded now."""
    before, after = _sides(old), _sides(new)
    for name in _FACETS:
        (one, lines), (other, other_lines) = before[name], after[name]
        if one != other and (lines or other_lines):
            yield _lines(name, lines, other_lines)


def _sides(asked: Asked | None) -> dict[str, tuple[object, tuple[str, ...]]]:
    """Each facet as it is compared, and as it is read."""
    if asked is None:
        return dict.fromkeys(_FACETS, (None, ()))
    question = asked.question
    flags = {name: ("yes",) if getattr(question, name) else () for name in ("is_required", "is_sensitive")}
    return {
        "kind": (question.kind, (question.kind.value,)),
        "options": (question.options, question.options),
        **{name: (lines, lines) for name, lines in flags.items()},
        "branches": ((question.rules, question.then), asked.ways),
    }


def _lines(name: str, old: Sequence[str], new: Sequence[str]) -> Facet:
    """Each line as one piece, marked when the other side has no such line."""
    return Facet(
        name,
        tuple(Piece(line, line not in new) for line in old),
        tuple(Piece(line, line not in old) for line in new),
    )


def _merged(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """All names: the newer order, with each removed one behind what it stood behind."""
    merged = list(new)
    for position, name in enumerate(old):
        if name not in merged:
            before = old[position - 1] if position else None
            merged.insert(merged.index(before) + 1 if before is not None else 0, name)
    return merged


def _moved(old: Sequence[str], new: Sequence[str]) -> set[str]:
    """Names in both that do not stand in the same order any more; as few as possible."""
    left, right = [name for name in old if name in new], [name for name in new if name in old]
    kept = {
        name
        for block in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
        for name in left[block.a : block.a + block.size]
    }
    return set(left) - kept
