"""Reading phone cells: our normaliser against the library it must agree with."""

import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from statistics import median

import phonenumbers

from apps.core.domain.nanp import PrefixTable
from apps.core.domain.phones import normalise_phone
from bench.figures import Figure
from bench.import_corpus import area_codes, messy_phone

CELLS = 1_000_000
SPEED_CELLS = 100_000
ROUNDS = 5


def figures() -> Iterator[Figure]:
    started = time.process_time()
    PrefixTable()
    yield Figure("building the table of prefixes", time.process_time() - started, "s", at_most=1.0)
    chance = random.Random(1)
    areas = area_codes()
    cells = [messy_phone(chance, chance.choice(areas), f"{chance.randrange(10_000):04}") for _ in range(CELLS)]
    ratios = []
    for number in range(ROUNDS):
        some = cells[number * SPEED_CELLS : (number + 1) * SPEED_CELLS]
        ratios.append(_seconds(library_verdict, some) / _seconds(normalise_phone, some))
    yield Figure("speed of normalising against phonenumbers", median(ratios), at_least=10)
    yield Figure(f"verdicts that differ, of {CELLS:,}", sum(map(_differs, cells)), "cells", at_most=0)


def library_verdict(raw: str) -> tuple[bool, str, str]:
    """Valid, E.164 and extension, as phonenumbers has them."""
    try:
        number = phonenumbers.parse(raw, "US")
    except phonenumbers.NumberParseException:
        return False, "", ""
    if not phonenumbers.is_valid_number(number):
        return False, "", ""
    return True, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), number.extension or ""


def _differs(raw: str) -> bool:
    result = normalise_phone(raw)
    return (result.is_valid, result.e164, result.extension) != library_verdict(raw)


def _seconds(read: Callable[[str], object], cells: list[str]) -> float:
    started = time.process_time()
    deque(map(read, cells), maxlen=0)
    return time.process_time() - started
