import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from apps.leads.importing.columns import name_columns
from apps.leads.importing.errors import FileError
from apps.leads.importing.limits import MAX_CELL_CHARS, MAX_SHARED_TEXT_BYTES, MAX_UNZIPPED_BYTES

if TYPE_CHECKING:
    from openpyxl import Workbook

_SHARED_TEXT: Final = "xl/sharedStrings.xml"


def check_workbook(path: Path) -> None:
    """Raise FileError unless the zip file is an Excel workbook that unpacks to a bearable size."""
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {member.filename: member.file_size for member in archive.infolist()}
    except zipfile.BadZipFile as error:
        raise FileError("The Excel file is damaged. Save it again.", code="file_damaged") from error
    if "xl/workbook.xml" not in sizes:
        raise FileError("This is not an Excel workbook. Save the leads as .xlsx or CSV.", code="file_not_table")
    if sum(sizes.values()) > MAX_UNZIPPED_BYTES or sizes.get(_SHARED_TEXT, 0) > MAX_SHARED_TEXT_BYTES:
        raise FileError("The workbook is too large. Save the sheet as CSV.", code="file_too_large")


def list_sheets(path: Path) -> list[str]:
    """Names of the visible worksheets. Raises FileError."""
    workbook = _load(path)
    try:
        return [sheet.title for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    finally:
        workbook.close()


class WorkbookRows:
    """The rows of one worksheet; see `files.RowSource`."""

    def __init__(self, path: Path, *, sheet: str, has_header: bool) -> None:
        self.is_damaged = False
        self._size = path.stat().st_size
        self._workbook = _load(path)
        if sheet not in self._workbook.sheetnames:
            raise FileError(f"The workbook has no sheet {sheet!r}.", code="file_no_sheet")
        worksheet = self._workbook[sheet]
        self._expected_rows = worksheet.max_row or 1
        # Some writers put a wrong extent into the file; without it every row is read.
        worksheet.reset_dimensions()
        self._number = 0
        self._rows = (self._texts(row) for row in worksheet.iter_rows(values_only=True))
        first = self._next_filled()
        if not first:
            raise FileError("The sheet has no rows.", code="file_empty")
        self.headers = name_columns(first, has_header=has_header)
        self._held = None if has_header else first

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        if self._held is not None:
            yield self._number, self._held
        while cells := self._next_filled():
            yield self._number, cells

    def bytes_done(self) -> int:
        return min(self._size, self._size * self._number // self._expected_rows)

    def close(self) -> None:
        self._workbook.close()

    def _next_filled(self) -> list[str]:
        for cells in self._rows:
            self._number += 1
            if any(cells):
                return cells
        return []

    def _texts(self, row: tuple[object, ...]) -> list[str]:
        cells = [_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if any(len(cell) > MAX_CELL_CHARS for cell in cells):
            raise FileError(f"Row {self._number + 1} has a cell that is too long.", code="file_unreadable")
        return cells


def _load(path: Path) -> "Workbook":
    # Half a second of every start, and a second library of numbers, for what few files need.
    from openpyxl import load_workbook  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        return load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise FileError("The Excel file is damaged. Save it again.", code="file_damaged") from error


def _text(value: object) -> str:
    """A cell as a person sees it: whole numbers without decimals, dates as 2026-03-04."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, (date, time)) else str(value)
