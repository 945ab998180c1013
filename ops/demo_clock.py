"""The clock of the demo: calls can be shown at any hour, on a clock that says it is simulated.

The demo keeps the real time while offices in New York are open, and otherwise jumps ahead to the next morning there.
Stored times must never lie in the future, so a later start continues where the earlier one stopped or later,
whatever the real time.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays

from ops.places import write_private
from ops.simulated_clock import SimulatedClock

NEW_YORK = ZoneInfo("America/New_York")
OPEN_HOURS = range(10, 17)
MORNING = (10, 30)
# A killed supervisor cannot say how far its clock got: its last note may be this old when the last process ends.
NOTE_SECONDS = 5.0
NOTE_AGE_SECONDS = 30.0


def is_office_time(instant: datetime) -> bool:
    """Whether it is a working day between 10:00 and 17:00 in New York."""
    local = instant.astimezone(NEW_YORK)
    return is_working_day(local) and local.hour in OPEN_HOURS


def is_working_day(local: datetime) -> bool:
    """Whether the local date is a weekday and no federal holiday."""
    return local.weekday() < 5 and local.date() not in holidays.country_holidays("US", years=local.year)


def next_office_time(instant: datetime) -> datetime:
    """`instant` itself in office time, else the next working day's 10:30 in New York; aware, UTC."""
    if is_office_time(instant):
        return instant.astimezone(UTC)
    local = instant.astimezone(NEW_YORK)
    morning = local.replace(hour=MORNING[0], minute=MORNING[1], second=0, microsecond=0)
    while morning <= local or not is_working_day(morning):
        morning += timedelta(days=1)
    return morning.astimezone(UTC)


def choose_clock(*, real: float, reached: datetime | None, speed: float) -> SimulatedClock | None:
    """The clock for a start at the real epoch second `real`; None when the real time itself will do.

    `reached` is the latest instant that an earlier run can have shown; the clock starts no earlier.
    """
    present = datetime.fromtimestamp(real, UTC)
    start = next_office_time(max(present, reached or present))
    if start == present and speed == 1.0:
        return None
    return SimulatedClock(start=start, origin=real, speed=speed)


def read_reached(path: Path) -> datetime | None:
    """The latest instant that an earlier run can have shown, from its last note; None when there was none."""
    if not path.exists():
        return None
    note = json.loads(path.read_text(encoding="utf-8"))
    shown = datetime.fromisoformat(note["shown"])
    return shown + timedelta(seconds=NOTE_AGE_SECONDS * note["speed"])


def note_reached(path: Path, clock: SimulatedClock | None, *, real: float) -> None:
    """Note how far `clock` (None: the real time) has got at the real epoch second `real`."""
    shown = clock.at(real) if clock else datetime.fromtimestamp(real, UTC)
    write_private(path, json.dumps({"shown": shown.isoformat(), "speed": clock.speed if clock else 1.0}))
