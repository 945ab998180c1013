"""What can go wrong at the carrier, in the platform's terms."""

from enum import StrEnum, auto

from apps.core.errors import AppError, InvalidError


class Fate(StrEnum):
    """What is known of a request that failed."""

    NOT_DONE = auto()
    UNKNOWN = auto()


class Blame(StrEnum):
    """What has to change before the same request could succeed."""

    NUMBER = auto()
    CALLER_ID = auto()
    ACCOUNT = auto()
    PERMISSION = auto()
    RATE = auto()
    NETWORK = auto()
    GONE = auto()
    US = auto()


class CarrierError(AppError):
    """A request to the carrier failed.

    `permanent`: the same request will fail again. `fate`: whether the carrier may have done it all the same; a dial of
    unknown fate is reconciled and never sent again. `code` is the carrier's own code or the HTTP status.
    """

    def __init__(self, message: str, *, code: str, blame: Blame, fate: Fate, permanent: bool) -> None:
        super().__init__(message, code=code)
        self.blame = blame
        self.fate = fate
        self.permanent = permanent


class AccountInUseError(InvalidError):
    """The carrier account is connected already."""

    code = "account_in_use"


class NumberInUseError(InvalidError):
    """The tenant has the number already."""

    code = "number_in_use"
