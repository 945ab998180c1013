"""The file of rows that were not imported: where, what, why, how to mend it, and the row itself to work on."""

import csv
import re
from collections.abc import Sequence
from typing import Final, TextIO

from apps.leads.domain.refusals import RowReject

_HEADER: Final = ("Row", "Column", "Value", "Reason", "Fix")
# A spreadsheet runs a cell that begins so as a formula; a number may well begin with plus or minus.
_FORMULA: Final = re.compile(r"[=@\t\r]|[+-](?![\d\s().+-]*$)")


class RejectFile:
    """Writes rejected rows to an open text file."""

    def __init__(self, stream: TextIO) -> None:
        self._writer = csv.writer(stream)

    def write_header(self, headers: Sequence[str]) -> None:
        self._writer.writerow([*_HEADER, *map(_harmless, headers)])

    def write(self, reject: RowReject, cells: Sequence[str]) -> None:
        where = (reject.row, _harmless(reject.column), _harmless(reject.value))
        self._writer.writerow([*where, reject.reason, reject.fix, *map(_harmless, cells)])


def _harmless(text: str) -> str:
    text = text.replace("\0", "")
    return f"'{text}" if _FORMULA.match(text) else text
