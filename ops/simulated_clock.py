"""A clock that all processes of a demo or rehearsal share."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class SimulatedClock:
    """A clock that showed `start` (aware) at the real epoch second `origin` and runs `speed` times as fast."""

    start: datetime
    origin: float
    speed: float = 1.0

    def at(self, real: float) -> datetime:
        """The simulated instant, aware, UTC, at the real epoch second `real`."""
        return (self.start + timedelta(seconds=(real - self.origin) * self.speed)).astimezone(UTC)

    def environment(self) -> dict[str, str]:
        """The variables by which every process reads this clock."""
        return {
            "CLOCK_START": self.start.isoformat(),
            "CLOCK_ORIGIN": repr(self.origin),
            "CLOCK_SPEED": repr(self.speed),
        }
