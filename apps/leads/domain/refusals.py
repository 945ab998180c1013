"""A row of a lead file that is not imported, and why."""

from typing import NamedTuple


class RowReject(NamedTuple):
    """Why a row is not imported; `row` counts as a spreadsheet does, the header being row 1."""

    row: int
    column: str
    value: str
    code: str
    reason: str
    fix: str


class RowFaults:
    """What is wrong with the row that is being read. Of each column the first fault counts."""

    __slots__ = ("found", "row")

    def __init__(self) -> None:
        self.row = 0
        self.found: dict[str, RowReject] = {}

    def add(self, column: str, value: str, code: str, reason: str, fix: str) -> None:
        """A cell, or the whole row, cannot be taken."""
        self.found.setdefault(column, RowReject(self.row, column, value, code, reason, fix))

    def take(self) -> tuple[RowReject, ...]:
        """The faults in the order found; the next row starts without any."""
        faults = tuple(self.found.values())
        self.found.clear()
        return faults
