"""Cells of files that people open in a spreadsheet."""

import re
from typing import Final

# A spreadsheet runs a cell that begins so as a formula; a number may well begin with plus or minus.
_FORMULA: Final = re.compile(r"[=@\t\r]|[+-](?![\d\s().+-]*$)")


def harmless(text: str) -> str:
    """The text as a cell that no spreadsheet runs as a formula."""
    text = text.replace("\0", "")
    return f"'{text}" if _FORMULA.match(text) else text
