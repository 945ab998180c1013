"""Try a lead file before a single real call: the whole platform on throw-away services, a simulated carrier and agents.

Exit codes: 0 done and every invariant held, 1 an invariant was broken or no call was placed, 2 the file or an option
is wrong; nothing is started then.
"""

import json
import subprocess
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from django.core.management.base import BaseCommand, CommandError

from apps.campaigns.models import DialMode
from apps.core import clock
from apps.demo.services.report import as_text
from apps.leads.domain.mapping import MappingError
from apps.leads.importing.errors import FileError
from apps.leads.importing.files import inspect_file
from apps.tenants.models import LegalProfile
from ops.supervisor import ProcessError
from ops.throwaway import throwaway_stack

MORNING = 10
MODES = {"preview": DialMode.PREVIEW, "progressive": DialMode.PROGRESSIVE, "ratio": DialMode.RATIO}


def next_weekday_morning(at: datetime) -> datetime:
    """The next working day's 10:00 in New York, aware UTC."""
    zone = ZoneInfo("America/New_York")
    day = at.astimezone(zone).replace(hour=MORNING, minute=0, second=0, microsecond=0)
    closed = holidays.country_holidays("US")
    while day <= at or day.weekday() > 4 or day.date() in closed:
        day = (day + timedelta(days=1)).replace(hour=MORNING)
    return day.astimezone(UTC)


def aware_instant(text: str) -> datetime:
    """An ISO instant with its offset, for example 2026-06-16T10:00:00-04:00."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no ISO time, such as 2026-06-16T14:00:00Z") from error
    if instant.tzinfo is None:
        raise ArgumentTypeError(f"{text!r} lacks its offset from UTC: write 2026-06-16T14:00:00Z or ...-04:00")
    return instant


def positive(text: str) -> float:
    """A number above 0."""
    try:
        number = float(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no number") from error
    if number <= 0:
        raise ArgumentTypeError(f"{text!r} must be above 0")
    return number


class RefusedError(Exception):
    """The file or an option is wrong; the message says what to change."""


def check_plan(file: Path, *, agents: int) -> None:
    """Raise RefusedError unless `file` is a table with a column of phone numbers and there can be so many agents."""
    if not 1 <= agents <= 200:
        raise RefusedError("--agents must be from 1 to 200.")
    if not file.is_file():
        raise RefusedError(f"There is no file {file}.")
    try:
        mapping = inspect_file(file).mapping
    except FileError as error:
        raise RefusedError(f"{file.name}: {error}") from error
    except OSError as error:
        raise RefusedError(f"{file.name} cannot be read: {error.strerror}.") from error
    try:
        mapping.check()
    except MappingError as error:
        columns = ", ".join(mapping.headers)
        raise RefusedError(f"{file.name}: {error} Its columns: {columns}. Correct the header.") from error


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV or XLSX file of leads")
        parser.add_argument("--agents", type=int, default=10)
        parser.add_argument("--speed", type=positive, default=60.0, help="simulated seconds per second")
        parser.add_argument("--seed", type=int, default=1, help="seed of the simulated population")
        parser.add_argument(
            "--start", type=aware_instant, help="simulated start; default: next weekday, 10:00 in New York"
        )
        parser.add_argument("--hours", type=positive, default=4.0, help="longest simulated time of dialling")
        parser.add_argument("--mode", choices=sorted(MODES), default="preview")
        parser.add_argument("--purpose", choices=[item.lower() for item in LegalProfile.values], default="commercial")
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        file: Path = options["file"].resolve()
        try:
            check_plan(file, agents=options["agents"])
        except RefusedError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"error": str(error)}))
            raise CommandError(str(error), returncode=2) from error
        started = time.monotonic()
        summary = self._rehearse(file, options)
        summary["wall_seconds"] = round(time.monotonic() - started, 1)
        self.stdout.write(json.dumps(summary, indent=2) if options["json"] else as_text(summary))
        if not summary["is_sound"] or not summary["dials"]:
            sys.exit(1)

    def _rehearse(self, file: Path, options: dict[str, Any]) -> dict[str, Any]:
        start = options["start"] or next_weekday_morning(clock.now())
        environment = {
            "SIM_SEED": str(options["seed"]),
            "SIM_CPS": str(max(5, options["agents"])),
        }
        command = [
            sys.executable, "manage.py", "run_rehearsal", str(file),
            "--agents", str(options["agents"]), "--hours", str(options["hours"]),
            "--mode", MODES[options["mode"]], "--purpose", options["purpose"].upper(),
        ]  # fmt: skip
        try:
            with throwaway_stack(start=start, speed=options["speed"], environment=environment) as stack:
                done = subprocess.run(  # noqa: S603 - our own command
                    command, env=stack.environment, stdout=subprocess.PIPE, text=True, check=False
                )
        except ProcessError as error:
            raise CommandError(str(error), returncode=1) from error
        if done.returncode:
            raise CommandError("The rehearsal did not finish; the reason stands above.", returncode=done.returncode)
        summary: dict[str, Any] = json.loads(done.stdout)
        return {**summary, "start": start.isoformat(), "speed": options["speed"], "seed": options["seed"]}
