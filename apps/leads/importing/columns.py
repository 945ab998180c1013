from collections.abc import Sequence
from typing import Final

from apps.leads.importing.errors import FileError
from apps.leads.importing.limits import MAX_COLUMNS

_MAX_NAME: Final = 100


def name_columns(first_row: Sequence[str], *, has_header: bool) -> tuple[str, ...]:
    """Headers that are never empty and never alike: `Column 3`, `Phone (2)`. Raises FileError."""
    if len(first_row) > MAX_COLUMNS:
        message = f"The file has {len(first_row)} columns; {MAX_COLUMNS} is the limit. Remove some."
        raise FileError(message, code="file_too_wide")
    names: dict[str, None] = {}
    for number, cell in enumerate(first_row, start=1):
        base = " ".join(cell.replace("\0", "").split())[:_MAX_NAME] if has_header else ""
        base = base or f"Column {number}"
        name, copy = base, 1
        while name in names:
            copy += 1
            name = f"{base} ({copy})"
        names[name] = None
    return tuple(names)
