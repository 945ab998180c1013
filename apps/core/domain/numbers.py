"""Numbers of rows, as addresses and forms carry them."""


def read_row_number(text: str) -> int:
    """The number that a text is; 0, which no row has, for what is none or larger than any row's."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
