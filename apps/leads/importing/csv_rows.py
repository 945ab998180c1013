import csv
import io
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from apps.leads.importing.columns import name_columns
from apps.leads.importing.errors import FileError
from apps.leads.importing.limits import MAX_CELL_CHARS, MAX_LINES_PER_ROW


class CsvRows:
    """The rows of a CSV file; see `files.RowSource`. `skips` is the number of lines before the header."""

    def __init__(self, path: Path, *, encoding: str, delimiter: str, has_header: bool, skips: int) -> None:
        self.is_damaged = False
        self._delimiter = delimiter
        self._raw = path.open("rb")
        self._text = io.TextIOWrapper(self._raw, encoding=encoding, newline="")
        # The lines of the latest row and some before it, to tell at the end whether its quotes were closed.
        self._latest: deque[str] = deque(maxlen=MAX_LINES_PER_ROW)
        csv.field_size_limit(MAX_CELL_CHARS)
        self._reader = csv.reader(self._lines(), delimiter=delimiter)
        self._number = skips
        self._lines_before = 0
        self._lines_of_row = 1
        for _ in range(skips):
            next(self._text, None)
        first = next(self._rows(), [])
        if not first:
            raise FileError("The file has no rows.", code="file_empty")
        self.headers = name_columns(first, has_header=has_header)
        self._held = None if has_header else first

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        if self._held is not None:
            yield self._number, self._held
        for cells in self._rows():
            yield self._number, cells
            self.is_damaged = False

    def bytes_done(self) -> int:
        return self._raw.tell()

    def close(self) -> None:
        self._text.close()

    def _rows(self) -> Iterator[list[str]]:
        """Every row that is not blank; blank ones are counted, as a spreadsheet does."""
        try:
            for cells in self._reader:
                self._number += 1
                self._lines_of_row, self._lines_before = (
                    self._reader.line_num - self._lines_before,
                    self._reader.line_num,
                )
                if self._lines_of_row >= MAX_LINES_PER_ROW:
                    raise self._unclosed()
                if cells:
                    yield cells
            self._check_end()
        except csv.Error as error:
            raise self._explained(error) from error
        except UnicodeDecodeError as error:
            message = f"After row {self._number} the file is not {error.encoding} text any more. Save it as CSV UTF-8."
            raise FileError(message, code="file_encoding") from error

    def _lines(self) -> Iterator[str]:
        for line in self._text:
            if "\0" in line:
                self.is_damaged = True
            self._latest.append(line)
            yield line

    def _check_end(self) -> None:
        """A quote still open at the end of the file has swallowed rows; only the strict reader says so."""
        last_row = list(self._latest)[-self._lines_of_row :]
        try:
            deque(csv.reader(last_row, delimiter=self._delimiter, strict=True), maxlen=0)
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                raise self._unclosed() from error

    def _unclosed(self) -> FileError:
        message = f"Row {self._number} opens a quote that is never closed. Close or remove the quote."
        return FileError(message, code="file_open_quote")

    def _explained(self, error: csv.Error) -> FileError:
        row = self._number + 1
        if "field larger than field limit" in str(error):
            message = f"Row {row} has a cell of more than {MAX_CELL_CHARS} characters; a quote may not be closed."
            return FileError(message, code="file_open_quote")
        return FileError(f"Row {row} cannot be read: {error}.", code="file_unreadable")
