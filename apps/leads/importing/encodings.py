"""How the text of a CSV file is encoded and which character separates its cells."""

import codecs
import csv
import io
import re
from pathlib import Path
from typing import Final

from apps.leads.importing.errors import FileError

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS: Final = ",;\t|"
_SEPARATOR_LINE: Final = re.compile(r'"?sep=(.)"?\r?\n?')
_BLOCK: Final = 1 << 20
_SAMPLE_CHARS: Final = 1 << 16


def find_encoding(path: Path) -> str:
    """The file's encoding: by its byte order mark, else UTF-8 if all of it is, else Windows-1252.

    Raises FileError when it is none of these, naming the line.
    """
    with path.open("rb") as stream:
        start = stream.read(4096)
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding
    # Text in UTF-16 is every other byte zero where it is Latin.
    if start[1::2].count(0) > len(start) // 4:
        return "utf-16-le"
    if start[::2].count(0) > len(start) // 4:
        return "utf-16-be"
    if _first_undecodable(path, "utf-8") is None:
        return "utf-8"
    line = _first_undecodable(path, "cp1252")
    if line is None:
        return "cp1252"
    raise FileError(
        f"Line {line} holds bytes that are neither UTF-8 nor Windows-1252. Save the file as CSV UTF-8.",
        code="file_encoding",
    )


def _first_undecodable(path: Path, encoding: str) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with path.open("rb") as stream:
        while True:
            block = stream.read(_BLOCK)
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return lines + error.object[: error.start].count(b"\n")
            if not block:
                return None
            lines += block.count(b"\n")


def find_delimiter(path: Path, encoding: str) -> tuple[str, bool]:
    """The separator, and whether the first line only names it (`sep=;`, as Excel writes it)."""
    with path.open("r", encoding=encoding, newline="") as stream:
        sample = stream.read(_SAMPLE_CHARS)
    lines = sample.splitlines(keepends=True)
    if lines and (named := _SEPARATOR_LINE.fullmatch(lines[0])):
        return named[1], True
    if len(sample) == _SAMPLE_CHARS:
        # The last line may be cut in the middle.
        sample = "".join(lines[:-1]) or sample
    return max(_DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter)), False


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    """How many of the rows have as many cells as the first, and how many cells that is."""
    try:
        widths = [len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]
    except csv.Error:
        return 0.0, 0
    if not widths or widths[0] < 2:
        return 0.0, 0
    return round(widths.count(widths[0]) / len(widths), 1), widths[0]
