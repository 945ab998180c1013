"""The program that reads a lead file and hands its leads, checked, to the loader on standard output.

It is a process of its own, so that reading and loading share the work of two cores, and it needs no Django. It gets a
Job on standard input. If the loader dies, its next write fails and it ends.
"""

import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import IO, Final
from zoneinfo import available_timezones

from apps.leads.domain.legal import NO_FACTS
from apps.leads.domain.mapping import ColumnMapping, MappingError
from apps.leads.domain.refusals import RowReject
from apps.leads.domain.rows import LeadRow, RowParser
from apps.leads.importing.errors import FileError
from apps.leads.importing.fact_lines import dump_facts
from apps.leads.importing.files import FileFormat, RowSource, open_rows
from apps.leads.importing.limits import MAX_ROWS
from apps.leads.importing.rejects import RejectFile
from apps.leads.importing.slices import (
    Counts,
    Job,
    PlaceKey,
    Slice,
    copy_line,
    write_end,
    write_failure,
    write_slice,
)

# Within the +1 plan the area code tells the place, elsewhere at most this many characters do.
_PLUS_ONE_CHARS: Final = 5
_OTHER_CHARS: Final = 8
# Slices grow with the file, so that whoever watches sees it move from the first second on.
_FIRST_SLICE_ROWS: Final = 1_000
_SLICE_GROWTH: Final = 5


class _Preparer:
    def __init__(self, source: RowSource, parser: RowParser, rejects: RejectFile, facts: IO[str]) -> None:
        self.source = source
        self.parser = parser
        self.rejects = rejects
        self.facts = facts
        self.rows_read = 0
        self.reasons: Counter[str] = Counter()
        self.keys: dict[tuple[str, ...], int] = {}
        self._start_slice()

    def run(self, output: IO[bytes], slice_rows: int) -> None:
        until = min(_FIRST_SLICE_ROWS, slice_rows)
        for number, cells in self.source:
            self.rows_read += 1
            if self.rows_read > MAX_ROWS:
                raise FileError(f"The file has more than {MAX_ROWS:,} rows. Split it.", code="file_too_long")
            row = _damaged(number, cells) if self.source.is_damaged else self.parser.parse(number, cells)
            if isinstance(row, RowReject):
                self.reasons[row.code] += 1
                self.rejects.write(row, cells)
            else:
                self._add(number, row)
            if self.rows_read >= until:
                self._flush(output)
                until += min(max(_FIRST_SLICE_ROWS, until // _SLICE_GROWTH), slice_rows)
        self._flush(output)

    def _start_slice(self) -> None:
        self.lines: list[str] = []
        self.first_key = len(self.keys)
        self.places: list[PlaceKey] = []

    def _add(self, number: int, row: LeadRow) -> None:
        values = (str(number), str(self._place_key(row)), *row.texts, str(row.rank), row.custom)
        self.lines.append(copy_line(values))
        if row.facts is not NO_FACTS:
            self.facts.write(dump_facts(row))

    def _place_key(self, row: LeadRow) -> int:
        phone = row.phone
        start = phone[:_PLUS_ONE_CHARS] if phone.startswith("+1") else phone[:_OTHER_CHARS]
        key = (start, row.region, row.state, row.postal_code, row.line_type, row.confirmed_zone)
        number = self.keys.get(key)
        if number is None:
            number = self.keys[key] = len(self.keys)
            self.places.append(PlaceKey(phone, *key[1:]))
        return number

    def _flush(self, output: IO[bytes]) -> None:
        counts = Counts(self.source.bytes_done(), self.rows_read, self.reasons.total(), dict(self.reasons))
        rows = "".join([f"{line}\n" for line in self.lines]).encode()
        write_slice(output, Slice(counts, len(self.lines), self.first_key, self.places, rows))
        self._start_slice()


def _damaged(number: int, cells: list[str]) -> RowReject:
    reason = "The row holds a zero byte, which is no text."
    return RowReject(
        number, "", "".join(cells)[:80], "row_damaged", reason, "Retype the row, or export the file again."
    )


def prepare(job: Job, output: IO[bytes]) -> None:
    """Read the file of `job` and write its slices to `output`, rejects and legal facts to files of their own."""
    source = open_rows(Path(job.path), FileFormat.from_json(job.format))
    try:
        mapping = ColumnMapping.from_json(job.mapping, source.headers)
        mapping.check()
        at = datetime.fromisoformat(job.at)
        parser = RowParser(mapping, region=job.region, at=at, zones=available_timezones())
        with (
            Path(job.rejects_path).open("w", encoding="utf-8-sig", newline="") as rejects,
            Path(job.facts_path).open("w", encoding="utf-8") as facts,
        ):
            reject_file = RejectFile(rejects)
            reject_file.write_header(source.headers)
            _Preparer(source, parser, reject_file, facts).run(output, job.slice_rows)
    except MappingError as error:
        raise FileError(str(error), code="mapping") from error
    finally:
        source.close()


def main() -> int:
    """Exit code 0 when the file was read to its end, 2 when it cannot be imported."""
    output = sys.stdout.buffer
    try:
        prepare(Job.from_json(sys.stdin.read()), output)
    except FileError as error:
        write_failure(output, error)
        return 2
    write_end(output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
