"""A database with the demo in it, made once and then copied: what stacks for tests begin with.

Migrations and demo take most of a stack's start. The seed stays in the checkout's folder of state and is made anew when
anything has changed that it could depend on.
"""

import fcntl
import hashlib
import json
import subprocess
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from ops.places import ROOT, passable, private_folder, remove_tree, service_account, state_dir, write_private
from ops.ports import random_free_port
from ops.programs import Programs
from ops.simulated_clock import SimulatedClock
from ops.throwaway import simulated, throwaway_services

SOURCES = ("apps", "config", "ops", "simulator")


def plant(folder: Path, *, at: datetime) -> dict[str, Any]:
    """Copy into the new `folder` a stopped cluster whose demo was loaded at `at`, with its secrets.

    Returns what `load_demo` printed. Raises ProcessError when the seed cannot be made.
    """
    base = passable(state_dir(service_account()) / "seed")
    seed, stamp, demo = base / "services", base / "sources", base / "demo.json"
    with (base / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        text = f"{sources_digest()} {at.isoformat()}"
        if not stamp.exists() or stamp.read_text(encoding="ascii") != text:
            stamp.unlink(missing_ok=True)
            remove_tree(seed)
            write_private(demo, make_seed(seed, at=at))
            write_private(stamp, text)
        # With their owners: the server refuses a cluster that is not its own.
        subprocess.run(["cp", "-a", f"{seed}/.", str(folder)], check=True)
        loaded: dict[str, Any] = json.loads(demo.read_text(encoding="utf-8"))
    return loaded


def sources_digest() -> str:
    """A fingerprint of everything that migrates the database and loads the demo."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in sorted(path for folder in SOURCES for path in (ROOT / folder).rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def make_seed(folder: Path, *, at: datetime) -> str:
    """Leave in `folder` a stopped cluster with the demo, loaded at `at`; returns what `load_demo` printed."""
    with throwaway_services(folder) as services:
        supervisor, port = services.supervisor, random_free_port()
        environment = simulated(services, web_port=random_free_port(), simulator_port=port)
        clock = SimulatedClock(start=at, origin=time.time(), speed=1.0)
        programs = Programs({**environment, **clock.environment()}, private_folder(folder / "log"))
        supervisor.launch(programs.simulator(port))
        supervisor.run(programs.migrate(services.cluster.owner_url))
        supervisor.wait_until_ready()
        return supervisor.run(programs.manage("load_demo"))
