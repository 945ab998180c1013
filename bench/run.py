"""Runs the benchmarks on the throw-away services of the environment: `make bench ARGS="import_leads claim"`.

Every module named here has a function `figures` that yields `Figure`s, most of them ratios taken in one run, because
only those mean the same on another machine. A missed bar is a finding, printed as such, and no failure: exit code 0.
1 means that a benchmark could not be run to its end, 2 that there is none of that name.
"""

import os
import platform
import subprocess
import sys
import traceback
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import django
import psycopg

from apps.core import clock
from bench.figures import HEADING, Figure

MODULES = (
    "phones",
    "import_leads",
    "claim",
    "webhook",
    "decide",
    "post_lead",
    "batch",
    "speed_to_lead",
    "dials",
)
# For a look whether everything still runs; the figures mean little.
SMALL = {"BENCH_IMPORT_ROWS": "20000", "BENCH_QUEUE_ROWS": "400000", "BENCH_ATTEMPTS": "50000"}


def main(arguments: Sequence[str]) -> int:
    """Run the named benchmarks, or all, and print their figures as they come."""
    parser = ArgumentParser(prog="make bench", description="Benchmarks: " + ", ".join(MODULES))
    parser.add_argument("names", nargs="*", metavar="NAME", help="which to run; all by default")
    parser.add_argument("--small", action="store_true", help="with fewer rows")
    options = parser.parse_args(arguments)
    for name in set(options.names) - set(MODULES):
        parser.error(f"there is no benchmark {name}; there are {', '.join(MODULES)}")
    if options.small:
        os.environ.update(SMALL)
    _prepare_database()
    print(_machine(), HEADING, sep="\n", flush=True)
    figures: list[Figure] = []
    failed = [name for name in options.names or MODULES if not _run(name, figures)]
    bars = [figure for figure in figures if figure.has_bar]
    missed = [figure for figure in bars if not figure.is_met]
    print(f"{len(bars) - len(missed)} of {len(bars)} bars reached.", *map(str, missed), sep="\n")
    if failed:
        print(f"Not run to the end: {', '.join(failed)}.", file=sys.stderr)
    return int(bool(failed))


def _run(name: str, figures: list[Figure]) -> bool:
    """Print and collect a benchmark's figures; False when it ended with an error, which is printed."""
    print(name, flush=True)
    try:
        for figure in import_module(f"bench.{name}").figures():
            print(figure, flush=True)
            figures.append(figure)
    except Exception:  # noqa: BLE001 - the other benchmarks are still worth running
        traceback.print_exc()
        return False
    return True


def _machine() -> str:
    """What the figures were taken on, and how busy it was."""
    cpu = next((line.partition(": ")[2] for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = next(int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")) / 2**20
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        version = connection.info.server_version // 10_000, connection.info.server_version % 10_000
    return (
        f"{clock.now():%Y-%m-%d %H:%M} UTC; {os.cpu_count()} x {cpu}, {memory:.0f} GB; load {os.getloadavg()[0]:.1f}; "
        f"Python {platform.python_version()}, Django {django.__version__}, PostgreSQL {version[0]}.{version[1]}"
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines()


def _prepare_database() -> None:
    """Migrate as the owner, then go on in the run-time role as the product does."""
    owner = {**os.environ, "DATABASE_URL": os.environ["DATABASE_OWNER_URL"]}
    subprocess.run([sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"], env=owner, check=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
    django.setup()
