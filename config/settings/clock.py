"""The simulated clock's configuration; refused for a real carrier."""

from dataclasses import dataclass
from datetime import datetime

import environ
from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class ClockConfig:
    """A clock that showed `start` (aware) at the real epoch second `origin` and runs `speed` times as fast."""

    start: datetime
    origin: float
    speed: float


def read_clock(env: environ.Env, *, carrier: str) -> ClockConfig | None:
    """Read CLOCK_START, CLOCK_ORIGIN and CLOCK_SPEED; None means the real clock.

    Raises ImproperlyConfigured when only some are set, a value cannot be read, or the carrier is a real one.
    """
    raw = {name: env.str(name, default="") for name in ("CLOCK_START", "CLOCK_ORIGIN", "CLOCK_SPEED")}
    if not any(raw.values()):
        return None
    if carrier != "simulator":
        raise ImproperlyConfigured("A simulated clock (CLOCK_*) may only run against the carrier simulator.")
    try:
        start = datetime.fromisoformat(raw["CLOCK_START"])
        origin, speed = float(raw["CLOCK_ORIGIN"]), float(raw["CLOCK_SPEED"])
    except ValueError as error:
        raise ImproperlyConfigured(f"CLOCK_START, CLOCK_ORIGIN and CLOCK_SPEED belong together: {error}") from error
    if start.tzinfo is None or speed <= 0:
        raise ImproperlyConfigured("CLOCK_START needs a UTC offset, and CLOCK_SPEED must be above 0.")
    return ClockConfig(start=start, origin=origin, speed=speed)
