"""Ids as sources see them.

Rows are numbered through all tenants, so a number would tell a source how much everybody together does. What is shown
instead is that number, encrypted with a key of the tenant: nothing is stored for it, and it stays the same for ever.
"""

from enum import StrEnum
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

_HALF: Final = 8


class Kind(StrEnum):
    """What an id names; at most eight letters."""

    LEAD = "lead"
    CAMPAIGN = "campaign"


_TAGS: Final = {kind: kind.encode("ascii").ljust(_HALF, b"\0") for kind in Kind}


class PublicIds:
    """Writes and reads the ids of one tenant, such as `lead_` and 32 hexadecimal digits; for one thread.

    The encrypted block (AES-128, FIPS 197) holds the kind and the number, 8 bytes each. A made-up id therefore names
    something only once in 2^64 tries, and one of another kind or tenant never does.
    """

    def __init__(self, key: UUID) -> None:
        # Of a single block ECB is the bare permutation, which is what is wanted here.
        cipher = Cipher(AES(key.bytes), ECB())  # noqa: S305
        self._encrypt = cipher.encryptor().update
        self._decrypt = cipher.decryptor().update

    def write(self, kind: Kind, number: int) -> str:
        """The id of the row `number`, from 0 to 2^63 - 1."""
        return f"{kind}_{self._encrypt(_TAGS[kind] + number.to_bytes(_HALF)).hex()}"

    def read(self, kind: Kind, text: str) -> int | None:
        """The number of the row that an id names; None for what this tenant's ids of that kind cannot be."""
        try:
            block = self._decrypt(bytes.fromhex(text.removeprefix(f"{kind}_")))
        except ValueError:
            return None
        number = int.from_bytes(block[_HALF:])
        is_ours = block[:_HALF] == _TAGS[kind] and number < 2**63
        return number if is_ours and text == self.write(kind, number) else None
