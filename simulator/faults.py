"""Fault switches: what can go wrong between a product and its carrier, on demand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from random import Random
from typing import Any


class FaultKind(StrEnum):
    """Callback faults first, REST faults after."""

    LATE = "late"
    LOST = "lost"
    DOUBLED = "doubled"
    REORDERED = "reordered"
    SLOW = "slow"
    THROTTLED = "throttled"
    FAILS_BEFORE = "fails_before"
    FAILS_AFTER = "fails_after"
    HANGS_AFTER = "hangs_after"
    DROPS_AFTER = "drops_after"


CALLBACK_FAULTS = frozenset({FaultKind.LATE, FaultKind.LOST, FaultKind.DOUBLED, FaultKind.REORDERED})
DEFAULT_TARGET = {True: "callback.*", False: "calls.create"}
DEFAULT_SECONDS = 30.0


@dataclass(slots=True)
class Fault:
    """One switch. `target` is an operation ("calls.create") or a callback ("callback.status"), with wildcards.

    It strikes with `probability`, at most `remaining` times when that is set. `seconds` are simulated for
    late callbacks and real for slow or hanging answers.
    """

    kind: FaultKind
    target: str
    probability: float = 1.0
    remaining: int | None = None
    seconds: float = DEFAULT_SECONDS
    struck: int = 0

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Fault":
        """Read a switch from JSON; raises ValueError when it makes no sense."""
        unknown = set(data) - {"kind", "target", "probability", "next", "seconds"}
        if unknown:
            raise ValueError(f"unknown fault settings: {', '.join(sorted(unknown))}")
        kind = FaultKind(data.get("kind", ""))
        remaining = data.get("next")
        return cls(
            kind=kind,
            target=str(data.get("target") or DEFAULT_TARGET[kind in CALLBACK_FAULTS]),
            probability=float(data.get("probability", 1.0)),
            remaining=None if remaining is None else int(remaining),
            seconds=float(data.get("seconds", DEFAULT_SECONDS)),
        )

    def as_json(self) -> dict[str, Any]:
        """The switch as the control end point shows it."""
        return {
            "kind": self.kind,
            "target": self.target,
            "probability": self.probability,
            "next": self.remaining,
            "seconds": self.seconds,
            "struck": self.struck,
        }


@dataclass(slots=True)
class FaultBoard:
    """All switches that are on."""

    random: Random
    faults: list[Fault] = field(default_factory=list)

    def strike(self, target: str) -> Fault | None:
        """The fault that hits this operation ("calls.create") or callback ("callback.status") now; counts it."""
        on_callback = target.startswith("callback.")
        for fault in self.faults:
            if fault.remaining == 0 or (fault.kind in CALLBACK_FAULTS) != on_callback:
                continue
            if not fnmatchcase(target, fault.target):
                continue
            if self.random.random() < fault.probability:
                fault.struck += 1
                if fault.remaining is not None:
                    fault.remaining -= 1
                return fault
        return None
