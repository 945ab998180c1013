"""Lead files as a stream of rows in bounded memory: CSV in any usual dress, and Excel workbooks."""

import re
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol, Self

from apps.leads.domain.mapping import ColumnMapping, guess_mapping, looks_like_data
from apps.leads.importing.csv_rows import CsvRows
from apps.leads.importing.encodings import find_delimiter, find_encoding
from apps.leads.importing.errors import FileError
from apps.leads.importing.limits import MAX_BYTES
from apps.leads.importing.workbook_rows import WorkbookRows, check_workbook, list_sheets

_OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0"
_ZIP_MAGIC: Final = b"PK\x03\x04"
_FOREIGN_MAGICS: Final = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b", b"{\\rtf", b"Rar!", b"7z\xbc\xaf")
# What no header holds, but the first line of a binary file does.
_CONTROL: Final = re.compile(r"[\x01-\x08\x0e-\x1f]")
_SAMPLE_ROWS: Final = 200


class RowSource(Protocol):
    """The rows of an open file. Iterating gives (number, cells), numbered as a spreadsheet does, without the header."""

    headers: tuple[str, ...]
    # Set while the row just given holds a character that cannot be stored.
    is_damaged: bool

    def __iter__(self) -> Iterator[tuple[int, list[str]]]: ...

    def bytes_done(self) -> int:
        """How much of the file has been read."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How to read a file. `sheet` is the name of a worksheet, `skips` counts the lines before the header."""

    kind: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    skips: int = 0
    has_header: bool = True

    def to_json(self) -> dict[str, Any]:
        """For LeadImport.mapping."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(**stored)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a person sees before the import: the first rows and what each column was taken for."""

    format: FileFormat
    sheets: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    mapping: ColumnMapping


def inspect_file(path: Path, *, sheet: str = "", rows: int = 10) -> Preview:
    """Recognise a file by its content and guess its columns. Raises FileError, saying what to do."""
    sheets = tuple(_list_sheets(path))
    if sheet and sheet not in sheets:
        raise FileError(f"The workbook has no sheet {sheet!r}.", code="file_no_sheet")
    found = _find_format(path, sheet or next(iter(sheets), ""))
    source = open_rows(path, found)
    try:
        if any(map(_CONTROL.search, source.headers)):
            raise _not_a_table()
        if looks_like_data(source.headers):
            found = replace(found, has_header=False)
            source.close()
            source = open_rows(path, found)
        sample = [tuple(cells) for _, cells in islice(source, _SAMPLE_ROWS)]
    finally:
        source.close()
    if not sample:
        raise FileError("The file has a header but no rows.", code="file_empty")
    mapping = guess_mapping(source.headers, sample, has_header=found.has_header)
    return Preview(found, sheets, tuple(sample[:rows]), mapping)


def open_rows(path: Path, file_format: FileFormat) -> RowSource:
    """Open a file for one pass. Raises FileError."""
    if file_format.kind == "xlsx":
        return WorkbookRows(path, sheet=file_format.sheet, has_header=file_format.has_header)
    return CsvRows(
        path,
        encoding=file_format.encoding,
        delimiter=file_format.delimiter,
        has_header=file_format.has_header,
        skips=file_format.skips,
    )


def pick_rows(path: Path, file_format: FileFormat, *, numbers: Collection[int]) -> dict[int, list[str]]:
    """The cells of the rows with these numbers, by number; the file is read no further than the last. Raises FileError."""
    wanted = set(numbers)
    found: dict[int, list[str]] = {}
    source = open_rows(path, file_format)
    try:
        for number, cells in source:
            if number in wanted:
                found[number] = cells
                if len(found) == len(wanted):
                    break
    finally:
        source.close()
    return found


def _list_sheets(path: Path) -> list[str]:
    """The sheets of a workbook; none for a CSV file. Raises FileError for what is neither."""
    if path.stat().st_size > MAX_BYTES:
        raise FileError(f"The file is larger than {MAX_BYTES >> 30} GB. Split it.", code="file_too_large")
    with path.open("rb") as stream:
        start = stream.read(8)
    if not start:
        raise FileError("The file is empty.", code="file_empty")
    if start.startswith(_OLE_MAGIC):
        message = "This is an old or a password-protected Excel file. Save it as .xlsx without a password, or as CSV."
        raise FileError(message, code="file_old_excel")
    if start.startswith(_FOREIGN_MAGICS):
        raise _not_a_table()
    if not start.startswith(_ZIP_MAGIC):
        return []
    check_workbook(path)
    return list_sheets(path)


def _not_a_table() -> FileError:
    return FileError("This is not a table. Save the leads as CSV or .xlsx.", code="file_not_table")


def _find_format(path: Path, sheet: str) -> FileFormat:
    if sheet:
        return FileFormat("xlsx", sheet=sheet)
    encoding = find_encoding(path)
    delimiter, is_named = find_delimiter(path, encoding)
    return FileFormat("csv", encoding=encoding, delimiter=delimiter, skips=int(is_named))
