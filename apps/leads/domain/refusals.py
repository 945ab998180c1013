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


class RefusedError(Exception):
    """A cell, or the whole row, cannot be taken; the parser turns it into a RowReject."""

    def __init__(self, column: str, value: str, code: str, reason: str, fix: str) -> None:
        super().__init__(code)
        self.column = column
        self.value = value
        self.code = code
        self.reason = reason
        self.fix = fix

    def at_row(self, row: int) -> RowReject:
        return RowReject(row, self.column, self.value, self.code, self.reason, self.fix)
