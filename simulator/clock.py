"""Simulated time, and the time line each call keeps for itself."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that showed `start` at real epoch second `origin` and runs `speed` times as fast."""

    start: datetime
    origin: float
    speed: float = 1.0

    def now(self) -> datetime:
        """The simulated instant, aware, in UTC."""
        return self.start + timedelta(seconds=(time.time() - self.origin) * self.speed)

    def real_seconds_until(self, instant: datetime) -> float:
        """Real seconds from now to a simulated instant; 0 when it is past."""
        return max(0.0, (instant - self.now()).total_seconds() / self.speed)

    async def until(self, instant: datetime) -> None:
        """Sleep until a simulated instant."""
        await asyncio.sleep(self.real_seconds_until(instant))


@dataclass(slots=True)
class Timeline:
    """Where one call stands in simulated time.

    Ringing, talking and greetings take simulated seconds. A web hook takes real ones: at speed 60 a
    50 ms answer must not look like 3 s, or no deadline could be measured on a fast clock.
    """

    clock: Clock
    at: datetime

    async def wait(self, seconds: float) -> None:
        """Let simulated seconds pass."""
        target = self.at + timedelta(seconds=seconds)
        await self.clock.until(target)
        self.at = max(self.at, target)

    def spend(self, real_seconds: float) -> None:
        """Add real seconds (network time) as they are."""
        self.at += timedelta(seconds=real_seconds)

    def catch_up(self, instant: datetime) -> None:
        """Move forward to an instant set by somebody else; never back."""
        self.at = max(self.at, instant)


def rfc2822(instant: datetime) -> str:
    """Twilio's date format, whole seconds, always `+0000`."""
    return format_datetime(instant.astimezone(UTC).replace(microsecond=0))
