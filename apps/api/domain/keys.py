"""API keys: `fd_<tenant id in base 36>_<52 random characters>`.

The tenant id is in the key because row-level security needs the tenant before it shows any row, also that of the key.
The random part carries 256 bits, so a plain SHA-256 is enough: there is nothing to guess that a slow hash would slow.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Final

RANDOM_BYTES: Final = 32
PREFIX_LENGTH: Final = 16
_KEY: Final = re.compile(r"fd_([0-9a-z]{1,12})_[a-z2-7]{52}")
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """What a request's key says: whose it is, which one, and the hash to compare."""

    tenant_id: int
    prefix: str
    key_hash: str


def format_key(*, tenant_id: int, random: bytes) -> str:
    """The key made of RANDOM_BYTES `random` bytes for a tenant."""
    return f"fd_{_base36(tenant_id)}_{base64.b32encode(random).decode('ascii').rstrip('=').lower()}"


def read_key(text: str) -> PresentedKey | None:
    """The parts of a well-formed key, else None; whether it exists is for the database to say."""
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    key_hash = hashlib.sha256(text.encode("ascii")).hexdigest()
    return PresentedKey(tenant_id=int(match[1], 36), prefix=text[:PREFIX_LENGTH], key_hash=key_hash)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
