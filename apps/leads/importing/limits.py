"""What a lead file may be at most."""

from typing import Final

MAX_BYTES: Final = 1 << 30
MAX_ROWS: Final = 10_000_000
MAX_COLUMNS: Final = 256
# What Excel allows in one cell; far more means a quote that is never closed.
MAX_CELL_CHARS: Final = 32_767
# A quoted text over more lines than this is a quote that is never closed.
MAX_LINES_PER_ROW: Final = 200
# A workbook is a zip file: what it may unpack to, in all and for the texts that have to be held in memory.
MAX_UNZIPPED_BYTES: Final = 4 << 30
MAX_SHARED_TEXT_BYTES: Final = 256 << 20
