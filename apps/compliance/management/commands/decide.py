"""`manage.py decide`: JSON lines in, one JSON decision a line out. Needs no database, broker or configuration."""

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.compliance.domain import decide
from apps.compliance.management.decide_lines import (
    LineFault,
    check_keys,
    read_facts,
    read_instant,
    read_line,
    write_decision,
    write_fault,
)
from apps.compliance.rulebook import check_tzdata, load_rulebook

_BAD_INPUT = 2


class Command(BaseCommand):
    help = (
        "Reads one JSON object a line from standard input and prints the compliance gate's decision on each. "
        "A line that cannot be read gives an error object in its place and exit code 2; a denial is no failure."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def handle(self, *_args: object, **_options: object) -> None:
        stale = check_tzdata()
        if stale:
            raise CommandError(stale, returncode=_BAD_INPUT)
        faults = 0
        for answer, is_fault in _answers(sys.stdin.buffer):
            self.stdout.write(answer)
            faults += is_fault
        if faults:
            raise CommandError(f"{faults} line(s) could not be decided; each says why.", returncode=_BAD_INPUT)


def _answers(lines: Iterable[bytes]) -> Iterator[tuple[str, bool]]:
    """Each line's answer, and whether it is a fault."""
    rulebook = load_rulebook()
    for number, line in enumerate(lines, start=1):
        fields: dict[str, Any] = {}
        try:
            fields = read_line(_decoded(line))
            check_keys(fields)
            at = read_instant(fields)
            facts = read_facts(fields, rulebook, at)
        except LineFault as fault:
            yield write_fault(fault, number, fields), True
        else:
            yield write_decision(decide(facts, rulebook, at), fields), False


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LineFault("", repr(line[:200]), "write the line in UTF-8") from error
