"""One CSV file of the rulebook: rows whose cells are parsed, each fault named by file, row, column and fix."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault in the rulebook's files. `row` counts lines, the header being 1; 0 means the file as a whole."""

    file: str
    row: int
    column: str
    value: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}, column {self.column}: {self.value!r}: {self.fix}"


class CellError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Row:
    file: str
    number: int
    cells: dict[str, str]

    def get(self, column: str, parse: Callable[[str], _Value]) -> _Value:
        """The cell's value. Raises CellError with the sentence of the parser's ValueError as its fix."""
        text = self.cells[column]
        try:
            return parse(text)
        except ValueError as error:
            raise CellError(Problem(self.file, self.number, column, text, str(error))) from error


def read_table(
    folder: Path, file: str, columns: str, build: Callable[[Row], _Value], problems: list[Problem]
) -> tuple[_Value, ...]:
    """Builds one value per row and leaves out the faulty ones, whose faults are added to `problems`."""
    built: list[_Value] = []
    seen: set[str] = set()
    for row in _read_rows(folder, file, columns.split(), problems):
        row_id = row.cells["id"]
        if not row_id or row_id in seen:
            problems.append(Problem(file, row.number, "id", row_id, "give every row an id of its own"))
        seen.add(row_id)
        try:
            built.append(build(row))
        except CellError as error:
            problems.append(error.problem)
    return tuple(built)


def _read_rows(folder: Path, file: str, columns: list[str], problems: list[Problem]) -> Iterator[Row]:
    try:
        lines = (folder / file).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        problems.append(Problem(file, 0, "", "", f"put the file back: {error.strerror}"))
        return
    reader = csv.reader(lines)
    header = next(reader, [])
    if header != columns:
        problems.append(Problem(file, 1, "", ",".join(header), f"the columns must be {','.join(columns)}"))
        return
    for number, cells in enumerate(reader, start=2):
        if len(cells) == len(columns):
            yield Row(file, number, dict(zip(columns, cells, strict=True)))
        else:
            problems.append(Problem(file, number, "", ",".join(cells), f"the row must have {len(columns)} cells"))
