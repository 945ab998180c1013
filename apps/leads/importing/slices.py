"""What passes from the process that reads a file to the one that loads it: slices of rows, ready for COPY."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import IO, Any, Final, NamedTuple, Self

from apps.leads.domain.rows import LeadRow
from apps.leads.importing.errors import FileError

# Columns of a slice's rows: place in the file, place key, then those of LeadRow but the facts.
ROW_COLUMNS: Final = ("row_no", "place_key", *LeadRow._fields[:-1])
_ESCAPES: Final = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


class PlaceKey(NamedTuple):
    """All that decides where a lead may be. `phone` stands for every number with the same beginning."""

    phone: str
    region: str
    state: str
    postal_code: str
    line_type: str
    confirmed_zone: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Progress since the start of the file."""

    bytes_done: int = 0
    rows_read: int = 0
    invalid: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows as `copy_line` writes them, and the place keys first used in them, numbered from `first_key` on."""

    counts: Counts
    size: int
    first_key: int
    places: Sequence[PlaceKey]
    rows: bytes


def copy_line(values: Sequence[str]) -> str:
    """A row of `ROW_COLUMNS`, without its end, in the text form of COPY; half the work of CSV."""
    line = "\t".join(values)
    # Few rows hold anything that has to be escaped.
    if "\\" in line or "\n" in line or "\r" in line or line.count("\t") >= len(values):
        return "\t".join([value.translate(_ESCAPES) for value in values])
    return line


def write_slice(stream: IO[bytes], part: Slice) -> None:
    """One line of JSON, then the rows."""
    head = {
        "counts": asdict(part.counts),
        "size": part.size,
        "first_key": part.first_key,
        "places": part.places,
        "bytes": len(part.rows),
    }
    stream.write(json.dumps(head).encode() + b"\n" + part.rows)
    stream.flush()


def write_failure(stream: IO[bytes], error: FileError) -> None:
    """Tell the loader that the file cannot be imported."""
    stream.write(json.dumps({"error": error.message, "code": error.code}).encode() + b"\n")
    stream.flush()


def write_end(stream: IO[bytes]) -> None:
    """Tell the loader that the file has been read to its end."""
    stream.write(b'{"end": true}\n')
    stream.flush()


def read_slices(stream: IO[bytes]) -> Iterator[Slice]:
    """The slices up to the end of the file.

    Raises FileError when the file cannot be imported, EOFError when the reader died.
    """
    while True:
        line = stream.readline()
        if not line:
            raise EOFError("The process that reads the file has ended before the file.")
        head: dict[str, Any] = json.loads(line)
        if "end" in head:
            return
        if "error" in head:
            raise FileError(head["error"], code=head["code"])
        yield Slice(
            counts=Counts(**head["counts"]),
            size=head["size"],
            first_key=head["first_key"],
            places=[PlaceKey(*values) for values in head["places"]],
            rows=stream.read(head["bytes"]),
        )


@dataclass(frozen=True, slots=True)
class Job:
    """What the reading process is told."""

    path: str
    rejects_path: str
    facts_path: str
    format: dict[str, Any]
    mapping: dict[str, Any]
    region: str
    at: str
    slice_rows: int

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(**json.loads(text))
