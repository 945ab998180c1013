"""The file of rows that were not imported: where, what, why, how to mend it, and the row itself to work on."""

import csv
from collections.abc import Sequence
from typing import Final, TextIO

from apps.core.domain.cells import harmless
from apps.leads.domain.refusals import RowReject

_HEADER: Final = ("Row", "Column", "Value", "Reason", "Fix")


class RejectFile:
    """Writes rejected rows to an open text file."""

    def __init__(self, stream: TextIO) -> None:
        self._writer = csv.writer(stream)

    def write_header(self, headers: Sequence[str]) -> None:
        self._writer.writerow([*_HEADER, *map(harmless, headers)])

    def write(self, reject: RowReject, cells: Sequence[str]) -> None:
        where = (reject.row, harmless(reject.column), harmless(reject.value))
        self._writer.writerow([*where, reject.reason, reject.fix, *map(harmless, cells)])
