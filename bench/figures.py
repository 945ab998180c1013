"""What a benchmark reports: figures with the bar each has to reach."""

from dataclasses import dataclass

HEADING = f"  {'figure':<72} {'value':>13} {'unit':<6} {'bar':<10} reached"


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` must be at least `at_least` and at most `at_most`, as far as these are set."""

    name: str
    value: float
    unit: str = "x"
    at_least: float | None = None
    at_most: float | None = None

    @property
    def has_bar(self) -> bool:
        return self.at_least is not None or self.at_most is not None

    @property
    def is_met(self) -> bool:
        if self.at_least is not None and self.value < self.at_least:
            return False
        return self.at_most is None or self.value <= self.at_most

    def __str__(self) -> str:
        bars = [f">= {self.at_least:g}"] if self.at_least is not None else []
        bars += [f"<= {self.at_most:g}"] if self.at_most is not None else []
        mark = ("yes" if self.is_met else "MISSED") if self.has_bar else ""
        return f"  {self.name:<72} {self.value:>13,.2f} {self.unit:<6} {' '.join(bars):<10} {mark}".rstrip()
