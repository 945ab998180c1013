"""The gate: decisions a second on one core, and the command that decides a file of 100,000 lines.

A warm gate knows its numbers' places and hours already, as a worker does that has run for a minute; a cold one has just
started. Processor seconds are counted, which a busy machine does not lengthen much.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from typing import Any

from apps.compliance.domain import CallFacts, CallProfile, decide, window_state
from apps.compliance.management.decide_lines import read_facts
from apps.compliance.rulebook import load_rulebook
from bench.figures import Figure
from bench.import_corpus import area_codes
from ops.places import ROOT

LINES, WARM, COLD, ROUNDS = 100_000, 20_000, 2_000, 5
START = datetime(2026, 6, 16, 4, 0, tzinfo=UTC)
STATES = ["", "NY", "CA", "TX", "FL", "WA", "IL", "OK", "TN", "KY", "ID", "MA", "OR", "AL", "LA", "MS"]


def figures() -> Iterator[Figure]:
    lines = list(varied_lines(LINES))
    yield from _command(lines)
    rulebook = load_rulebook()
    facts = [(read_facts(line, rulebook, _instant(line)), _instant(line)) for line in lines[:WARM]]
    cold = _rate(facts[:COLD])
    _rate(facts)
    yield Figure("decide in the first seconds of a process, one core", cold, "/s")
    yield Figure("decide when warm, one core", median(_rate(facts) for _ in range(ROUNDS)), "/s")
    yield Figure("window_state when warm, one core", median(_window_rate(facts) for _ in range(ROUNDS)), "/s")


def varied_lines(count: int) -> Iterator[dict[str, Any]]:
    """Facts of all kinds, over a week and every area code, some unknown."""
    chance = random.Random(1)
    areas = area_codes()
    for _ in range(count):
        at = START + timedelta(seconds=chance.randrange(7 * 86_400))
        yield {
            "now_utc": at.isoformat(),
            "phone": f"+1{chance.choice(areas)}55501{chance.randrange(100):02}",
            "region": "US",
            "state": chance.choice(STATES),
            "zip": "",
            "line_type": chance.choice(["mobile", "landline", "voip", "unknown"]),
            "dial_mode": chance.choice(["manual", "preview", "progressive", "predictive", "prerecorded"]),
            "purpose": chance.choice(["commercial", "charity", "political", "survey", "debt", "informational"]),
            "subject_type": chance.choice(["consumer", "business"]),
            "on_national_dnc": chance.random() < 0.2,
            "on_state_dnc": chance.random() < 0.1,
            "on_entity_dnc": chance.random() < 0.05,
            "consent": chance.choice(["none", "express", "express_written", "revoked"]),
            "ebr": chance.choice(["none", f"purchase:{chance.randrange(700)}", f"inquiry:{chance.randrange(200)}"]),
            "attempts_last_24h": chance.randrange(5),
            "abandoned_rate_30d": round(chance.uniform(0, 5), 2),
        }


def _command(lines: list[dict[str, Any]]) -> Iterator[Figure]:
    text = "\n".join(map(json.dumps, lines))
    before, started = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "manage.py", "decide"], cwd=ROOT, input=text, capture_output=True, text=True, check=True,
        env={key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG"}},
    )  # fmt: skip
    wall, after = time.perf_counter() - started, getrusage(RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    yield Figure("manage.py decide, lines decided", len(answers), "lines", at_least=len(lines))
    yield Figure("of these allowed", sum(answer["allowed"] for answer in answers), "lines")
    yield Figure(f"manage.py decide, {len(lines):,} lines, wall", wall, "s", at_most=60)
    yield Figure(f"manage.py decide, {len(lines):,} lines, processor", cpu, "s")


def _instant(line: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(line["now_utc"])


def _rate(facts: list[tuple[CallFacts, datetime]]) -> float:
    rulebook = load_rulebook()
    started = time.process_time()
    for known, at in facts:
        decide(known, rulebook, at)
    return len(facts) / (time.process_time() - started)


def _window_rate(facts: list[tuple[CallFacts, datetime]]) -> float:
    rulebook = load_rulebook()
    asked: list[tuple[CallFacts, CallProfile, datetime]] = [(known, known.profile, at) for known, at in facts]
    started = time.process_time()
    for known, profile, at in asked:
        window_state(known.place, profile, rulebook, at)
    return len(asked) / (time.process_time() - started)
