"""Files of do-not-call registers: a number a line, or `area code,number` as the US register writes them."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from apps.core.domain.phones import normalise_phone
from apps.core.errors import InvalidError

_PLAIN: Final = re.compile(r"(?:\+?1)?([2-9]\d{2}),?([2-9]\d{6})")


class RegisterFileError(InvalidError):
    """A line of the file is not a phone number."""

    code = "register_file"


def read_register_file(lines: Iterable[str], *, region: str) -> Iterator[str]:
    """The E.164 numbers of a file, line by line; empty lines and a heading without digits are passed over.

    `region` (ISO 3166) is where numbers without a country code are at home. Raises RegisterFileError.
    """
    for number, line in enumerate(lines, start=1):
        text = line.strip().replace('"', "")
        if not text or (number == 1 and not any(character.isdecimal() for character in text)):
            continue
        plain = _PLAIN.fullmatch(text) if region in {"US", "CA"} else None
        yield "+1" + plain[1] + plain[2] if plain else _read(text, number, region)


def _read(text: str, number: int, region: str) -> str:
    result = normalise_phone(text.replace(",", ""), region)
    if not result.is_valid:
        raise RegisterFileError(f"Line {number}: “{text[:40]}” is no phone number. {result.fix}", field="file")
    return result.e164
