"""Legal facts on their way through a file, one JSON line each: they are recorded last, when all leads are in."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from apps.leads.domain.legal import LegalFacts
from apps.leads.domain.rows import LeadRow


class StatedFacts(NamedTuple):
    """What a row says about its number, and where it says the person is."""

    phone: str
    region: str
    state: str
    facts: LegalFacts


def dump_facts(row: LeadRow) -> str:
    """One line."""
    facts = row.facts
    values = facts._asdict()
    values["consent_at"] = facts.consent_at.isoformat() if facts.consent_at else None
    values["relationships"] = [(kind, day.isoformat()) for kind, day in facts.relationships]
    return json.dumps([row.phone, row.region, row.state, values]) + "\n"


def read_facts(path: Path, *, batch_size: int) -> Iterator[list[StatedFacts]]:
    """All lines of a file, in batches."""
    with path.open(encoding="utf-8") as stream:
        while batch := [_load(line) for line in islice(stream, batch_size)]:
            yield batch


def _load(line: str) -> StatedFacts:
    phone, region, state, values = json.loads(line)
    captured = values["consent_at"]
    values["consent_at"] = datetime.fromisoformat(captured) if captured else None
    values["relationships"] = tuple((kind, date.fromisoformat(day)) for kind, day in values["relationships"])
    return StatedFacts(phone, region, state, LegalFacts(**values))
