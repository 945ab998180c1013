"""Languages over the decimal digits: the small subset of regular expressions numbering plans are written in.

A numbering plan says "these 3 digits, then one of 2-9, then any 6". Asking `re` can only answer for one complete
number; here a pattern is a value that can be advanced digit by digit and counted, so that "does every number with this
prefix match?" has an exact answer.
"""

from functools import cache
from typing import Union

# One place in a sequence: a set of digits as a bit mask, or a choice between sequences.
Item = Union[int, "Language"]
Sequence = tuple[Item, ...]
Language = frozenset[Sequence]

EMPTY: Language = frozenset()
_ANY_DIGIT = 0b11_1111_1111


class UnsupportedPatternError(ValueError):
    """The pattern uses more than digits, classes, groups, alternatives and bounded repeats."""


def parse_language(pattern: str) -> Language:
    """The language of `pattern`, which must match whole strings of digits. Raises UnsupportedPatternError."""
    parser = _Parser(pattern)
    language = parser.alternatives()
    if parser.position != len(pattern):
        raise UnsupportedPatternError(pattern)
    return language


@cache
def advance(language: Language, digit: int) -> Language:
    """What may follow once `digit` has been read."""
    return frozenset().union(*(_advance_sequence(sequence, digit) for sequence in language))


def _advance_sequence(sequence: Sequence, digit: int) -> Language:
    if not sequence:
        return EMPTY
    head, tail = sequence[0], sequence[1:]
    if isinstance(head, int):
        return frozenset([tail]) if head >> digit & 1 else EMPTY
    return frozenset().union(*(_advance_sequence(choice + tail, digit) for choice in head))


@cache
def count_members(language: Language, length: int) -> int:
    """How many strings of exactly `length` digits belong to the language."""
    if language == EMPTY:
        return 0
    if length == 0:
        return int(any(_accepts_nothing(sequence) for sequence in language))
    return sum(count_members(advance(language, digit), length - 1) for digit in range(10))


def _accepts_nothing(sequence: Sequence) -> bool:
    return all(not isinstance(item, int) and any(map(_accepts_nothing, item)) for item in sequence)


class _Parser:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0

    def alternatives(self) -> Language:
        choices = [self.sequence()]
        while self._take("|"):
            choices.append(self.sequence())
        return frozenset(choices)

    def sequence(self) -> Sequence:
        items: Sequence = ()
        while self.position < len(self.pattern) and self.pattern[self.position] not in "|)":
            items += self._repeated(self._item())
        return items

    def _item(self) -> Item:
        if self._take(r"\d"):
            return _ANY_DIGIT
        if self._take("(?:") or self._take("("):
            group = self.alternatives()
            self._expect(")")
            return group
        if self._take("["):
            return self._digit_class()
        return 1 << self._digit()

    def _digit_class(self) -> int:
        mask = 0
        while not self._take("]"):
            if self._take(r"\d"):
                mask |= _ANY_DIGIT
                continue
            low = self._digit()
            high = self._digit() if self._take("-") else low
            for digit in range(low, high + 1):
                mask |= 1 << digit
        return mask

    def _repeated(self, item: Item) -> Sequence:
        optional: Item = frozenset([(), (item,)])
        if self._take("?"):
            return (optional,)
        if not self._take("{"):
            return (item,)
        least = self._number()
        most = self._number() if self._take(",") else least
        self._expect("}")
        return (item,) * least + (optional,) * (most - least)

    def _number(self) -> int:
        value = self._digit()
        while self.position < len(self.pattern) and self.pattern[self.position].isdecimal():
            value = value * 10 + self._digit()
        return value

    def _digit(self) -> int:
        if self.position >= len(self.pattern) or self.pattern[self.position] not in "0123456789":
            raise UnsupportedPatternError(self.pattern)
        self.position += 1
        return int(self.pattern[self.position - 1])

    def _take(self, token: str) -> bool:
        found = self.pattern.startswith(token, self.position)
        if found:
            self.position += len(token)
        return found

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise UnsupportedPatternError(self.pattern)
