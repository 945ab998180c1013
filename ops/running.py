"""How a command beside `make run` finds what runs there, so that nobody needs to copy addresses and secrets.

The stack keeps its environment in a file that only its owner may read, and holds that file locked: one that a killed
stack has left behind is not believed.
"""

import fcntl
import json
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import IO

from ops.environment import SERVICE_VARIABLES
from ops.places import write_private

FILE = "environment.json"
# Whoever sets one of these has said where to work, as every deployment does.
DECISIVE = ("DATABASE_URL", "SECRET_KEY")
# The account's own credentials are for whoever holds them, and are not written down.
CREDENTIALS = frozenset({"TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"})


def announce(run_dir: Path, environment: Mapping[str, str]) -> IO[str]:
    """Write down what a process needs to take part. Holds until the file that is returned is closed."""
    path = run_dir / FILE
    told = SERVICE_VARIABLES - CREDENTIALS
    write_private(path, json.dumps({name: value for name, value in environment.items() if name in told}, indent=2))
    beacon = path.open(encoding="utf-8")
    fcntl.flock(beacon, fcntl.LOCK_EX)
    return beacon


def find(run_dir: Path) -> dict[str, str]:
    """The environment of what runs now; empty when nothing does, or when it belongs to another account."""
    try:
        with (run_dir / FILE).open(encoding="utf-8") as beacon:
            try:
                fcntl.flock(beacon, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found: dict[str, str] = json.load(beacon)
                return found
    except (FileNotFoundError, PermissionError):
        pass
    return {}


def join(environment: MutableMapping[str, str], *, run_dir: Path) -> None:
    """Add what runs to an `environment` that does not say where to work; what it says already stays."""
    if not any(environment.get(name) for name in DECISIVE):
        for name, value in find(run_dir).items():
            environment[name] = environment.get(name) or value
