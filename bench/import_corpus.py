"""A lead file as messy as bought lists are, made up row by row from a seed.

All numbers lie in exchange 555 of real area codes, which is not given to subscribers (British ones in the range kept
for drama), so that a million different ones exist and none belongs to a person.
"""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

from apps.core.domain.nanp import FIRST_CLASS, LineKind, prefix_table

HEADER = ["Vendor Lead Code", "Phone Number", "First Name", "Last Name", "Email", "Address1", "City", "State"]
HEADER += ["Zip Code", "Source", "Rank", "Comments", "Plan", "Roof Age", "Segment", "Last Bill"]

_FIRST = ["Ann", "José", "Zoë", "Liam", "Nguyễn", "Olga", "Søren", "Mary-Jane", "D'Arcy", "李", "Émile", "Fatima"]
_LAST = ["Smith", "García", "O'Neil", "Müller", "Łuczak", "van der Berg", "Ito", "Åkesson", "Ferreira", "Doe"]
_CITIES = [("Springfield", "IL", "62701"), ("Albany", "NY", "12207"), ("Austin", "Texas", "78701")]
_CITIES += [("Boston", "MA", "02108"), ("Boise", "idaho", "83702"), ("Tampa", "Fl", "33602"), ("Provo", "UT", "84601")]
_PLAIN = ["({0}) {1}-{2}", "{0}-{1}-{2}", "{0}{1}{2}", "{0}.{1}.{2}", "{0} {1} {2}", "+1{0}{1}{2}", "1-{0}-{1}-{2}"]
_PLAIN += ["+1 ({0}) {1}-{2}", "1{0}{1}{2}", " {0}-{1}-{2} ", "{0}/{1}-{2}"]
_EXTENDED = ["({0}) {1}-{2} x{3}", "{0}-{1}-{2} ext. {3}", "{0}.{1}.{2} ext {3}", "{0}{1}{2}#{3}"]
_ODD = [
    "Tel: {0}-{1}-{2}",
    "{0}\u2011{1}\u2011{2}",
    "{0}\u00a0{1}\u00a0{2}",
    "\uff0b1 {0} {1} {2}",
    "{0}-{1}-{2} (home)",
]
_BROKEN = ["{0}{1}{2}.0", "2.12555E+09", "{0}-{1}-{2} / {0}-{1}-0199", "{1}-{2}", "{0}-{1}-{2}9", "n/a", "unknown", ""]
_BROKEN += ["000-000-0000", "111-{1}-{2}", "xxx-xxx-{2}", "{0}-ABC-{2}", "0{0}{1}{2}"]


def area_codes() -> list[str]:
    """US and Canadian area codes in which exchange 555 is an ordinary one."""
    table = prefix_table()
    found = []
    for area in range(200, 1000):
        code = table.codes[area * 1000 + 555]
        number_class = table.classes[code - FIRST_CLASS] if code >= FIRST_CLASS else None
        if number_class and number_class.region in ("US", "CA") and number_class.kind is LineKind.ORDINARY:
            found.append(str(area))
    return found


def messy_phone(chance: random.Random, area: str, line: str) -> str:
    """One phone cell: of a hundred about 91 tidy enough, 3 with extension, 3 odd or foreign, 3 broken."""
    draw = chance.random()
    if draw < 0.91:
        return chance.choice(_PLAIN).format(area, "555", line)
    if draw < 0.94:
        return chance.choice(_EXTENDED).format(area, "555", line, chance.randint(1, 9999))
    if draw < 0.96:
        return chance.choice(_ODD).format(area, "555", line)
    if draw < 0.97:
        return f"+44 20 7946 0{chance.randint(0, 999):03}"
    return chance.choice(_BROKEN).format(area, "555", line)


def messy_rows(count: int, seed: int) -> Iterator[list[str]]:
    """Rows in the order of HEADER; about 3 of 100 repeat an earlier number."""
    chance = random.Random(seed)
    areas = area_codes()
    numbers = list(range(len(areas) * 10_000))
    chance.shuffle(numbers)
    for index in range(count):
        place = numbers[chance.randrange(index) if index and chance.random() < 0.03 else index]
        area, line = areas[place // 10_000], f"{place % 10_000:04}"
        city, state, postal_code = chance.choice(_CITIES)
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        note = 'said "call\nafter 5"' if chance.random() < 0.02 else ""
        yield [
            f"V{index:08}", messy_phone(chance, area, line), first, last, f"p{index}@example.com",
            f"{chance.randint(1, 9999)} Elm St", city, state, postal_code, "web", str(chance.randint(0, 99)), note,
            chance.choice(("gold", "basic")), str(chance.randint(0, 40)), f"s{chance.randint(1, 20)}",
            f"{chance.randint(10, 400)}.50",
        ]  # fmt: skip


def write_messy_file(path: Path, count: int, seed: int = 1) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        writer.writerows(messy_rows(count, seed))
