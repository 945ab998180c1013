"""The whole pipeline at work: rehearsals of a thousand leads, with what they cost.

The first is the one that a manager runs, by its default options. The second is as fast as the machine can: many agents,
a fast clock, one line per free agent. Processor seconds are those of every process of the rehearsal together.
"""

import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice, product
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

from apps.demo.services.seed import AREAS
from bench.figures import Figure
from ops.places import ROOT

LEADS = 1_000
DEFAULT = ("--speed", "60", "--agents", "10")
FAST = ("--speed", "600", "--agents", "40", "--mode", "progressive", "--purpose", "survey")


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "leads.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["Phone", "State", "Zip", "First Name", "Line Type"])
            writer.writerows(
                [f"+1{area}55501{last:02}", state, postal_code, "Ada", "landline"]
                for last, (area, state, postal_code) in islice(product(range(100), AREAS), LEADS)
            )
        yield from _rehearse("default rehearsal", path, DEFAULT, most_seconds=300)
        yield from _rehearse("fast rehearsal", path, FAST, most_seconds=None)


def _rehearse(name: str, path: Path, options: Sequence[str], most_seconds: float | None) -> Iterator[Figure]:
    before, started = _children_cpu(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "manage.py", "rehearse", str(path), "--json", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    wall, cpu = time.perf_counter() - started, _children_cpu() - before
    if not done.stdout:
        raise RuntimeError(f"The rehearsal ended with {done.returncode}.")
    summary: dict[str, Any] = json.loads(done.stdout)
    dials = summary["dials"]
    yield Figure(f"{name}: wall time of {LEADS:,} leads", wall, "s", at_most=most_seconds)
    yield Figure(f"{name}: processor time of all processes", cpu, "s")
    yield Figure(f"{name}: calls placed", dials, "calls", at_least=1)
    yield Figure(f"{name}: broken invariants", sum(len(item["broken"]) for item in summary["invariants"]), at_most=0)
    yield Figure(f"{name}: calls a second, start-up included", dials / wall, "/s")
    yield Figure(f"{name}: processor time per call", 1000 * cpu / max(1, dials), "ms")


def _children_cpu() -> float:
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
