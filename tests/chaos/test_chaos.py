"""A whole platform under every fault of the carrier at once, with workers killed as they work: every invariant holds."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ops.places import ROOT
from ops.throwaway import Stack, throwaway_stack

pytestmark = pytest.mark.slow
START = datetime(2026, 6, 16, 15, 0, tzinfo=UTC)
SPEED = 30.0
KILLS = 5
FAULTS: list[dict[str, Any]] = [
    {"kind": "doubled", "probability": 0.15},
    {"kind": "late", "probability": 0.1, "seconds": 20},
    {"kind": "reordered", "probability": 0.1},
    {"kind": "lost", "probability": 0.05},
    {"kind": "throttled", "probability": 0.05},
    {"kind": "fails_before", "probability": 0.04},
    {"kind": "fails_after", "probability": 0.04},
    {"kind": "drops_after", "probability": 0.04},
    {"kind": "hangs_after", "probability": 0.02, "seconds": 6},
    {"kind": "slow", "probability": 0.1, "seconds": 0.5},
]
AREA_CODES = ("212", "305", "312", "404", "602", "617")


def write_leads(folder: Path, count: int) -> Path:
    rows = [f"+1{AREA_CODES[n % 6]}55501{n // 6 % 100:02d},Person {n},landline" for n in range(count)]
    file = folder / "leads.csv"
    file.write_text("\n".join(["phone,first_name,line_type", *rows]), encoding="utf-8")
    return file


def start_worker(stack: Stack, number: int, environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    """One more dial worker beside the stack's own, leading a group of its own."""
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--queues", "dial,events"]
    with (folder / f"worker-{number}.log").open("wb") as log:
        return subprocess.Popen(
            [*command, "--hostname", f"victim{number}@%h", "--concurrency", "2", "--without-mingle"],
            env=dict(environment),
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a worker and its children without a chance to tidy up."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_every_invariant_holds_whatever_fails(tmp_path: Path) -> None:
    faults = {"SIM_FAULTS": json.dumps(FAULTS), "SIM_CPS": "8", "SIM_SEED": "7", "CARRIER_READ_TIMEOUT": "3"}
    with throwaway_stack(start=START, speed=SPEED, environment={**faults, "DIAL_CONCURRENCY": "2"}) as stack:
        command = ["manage.py", "run_rehearsal", str(write_leads(tmp_path, 240)), "--agents", "8", "--hours", "0.8"]
        rehearsal = subprocess.Popen(
            [sys.executable, *command, "--mode", "RATIO", "--purpose", "POLITICAL"],
            env=stack.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        killed = 0
        while rehearsal.poll() is None and killed < KILLS:
            victim = start_worker(stack, killed, stack.environment, tmp_path)
            time.sleep(12)
            kill(victim)
            killed += 1
        output, _ = rehearsal.communicate(timeout=420)
        ledgers = stack.manage("verify_ledger")

    summary = json.loads(output)
    broken = {item["id"]: item["broken"] for item in summary["invariants"] if item["broken"]}
    assert (broken, summary["is_sound"]) == ({}, True)
    assert killed >= 3
    assert summary["dials"] > 60, summary["at_end"]
    assert summary["outcomes"].get("UNKNOWN", 0) < summary["dials"]
    assert ledgers
