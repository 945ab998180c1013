"""The only reader of the clock. Edges call `now()` and pass the instant on as `at`.

With a simulated clock (demo, rehearsal) time runs from CLOCK_START at CLOCK_SPEED; every page says so.
"""

import time
from datetime import UTC, datetime, timedelta

from django.conf import settings


def now() -> datetime:
    """The product's current instant, aware, UTC."""
    if settings.CLOCK is None:
        return datetime.now(UTC)
    clock = settings.CLOCK
    return (clock.start + timedelta(seconds=(time.time() - clock.origin) * clock.speed)).astimezone(UTC)


def is_simulated() -> bool:
    """Whether `now()` is a simulated clock."""
    return settings.CLOCK is not None


def speed() -> float:
    """Simulated seconds per real second; 1.0 on the real clock."""
    return settings.CLOCK.speed if settings.CLOCK else 1.0


def real_seconds(seconds: float) -> timedelta:
    """How far `now()` moves in `seconds` of real time: leases and time-outs of machines are real, not simulated."""
    return timedelta(seconds=seconds * speed())
