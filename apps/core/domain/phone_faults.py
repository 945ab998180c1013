"""Why a phone number is refused, in words for the person who can mend the file."""

import re
from enum import StrEnum
from typing import Final, NamedTuple


class PhoneReason(StrEnum):
    # Not a number at all.
    EMPTY = "phone_empty"
    NOT_A_NUMBER = "phone_not_a_number"
    MASKED = "phone_masked"
    WITH_WORDS = "phone_with_words"
    SPREADSHEET_DECIMAL = "phone_spreadsheet_decimal"
    SPREADSHEET_EXPONENT = "phone_spreadsheet_exponent"
    TWO_NUMBERS = "phone_two_numbers"
    TOO_SHORT = "phone_too_short"
    TOO_LONG = "phone_too_long"
    NO_AREA_CODE = "phone_no_area_code"
    UNASSIGNED = "phone_unassigned"
    UNKNOWN_COUNTRY = "phone_unknown_country"
    # A valid number that an outbound campaign must not dial.
    LOCAL_ONLY = "phone_local_only"
    SERVICE = "phone_service_code"
    TOLL_FREE = "phone_toll_free"
    PREMIUM_RATE = "phone_premium_rate"
    PERSONAL = "phone_personal_numbering"
    NON_GEOGRAPHIC = "phone_non_geographic"
    PAGER = "phone_pager"
    VOICEMAIL = "phone_voicemail_access"


class Fault(NamedTuple):
    message: str
    fix: str


FAULTS: Final[dict[PhoneReason, Fault]] = {
    PhoneReason.EMPTY: Fault("There is no phone number.", "Fill in a number with its area code."),
    PhoneReason.NOT_A_NUMBER: Fault("This is not a phone number.", "Replace it with a number and its area code."),
    PhoneReason.MASKED: Fault("Some digits are masked.", "Ask the source for the full number."),
    PhoneReason.WITH_WORDS: Fault("There are words beside the number.", "Leave only the number in this column."),
    PhoneReason.SPREADSHEET_DECIMAL: Fault(
        "A spreadsheet added a decimal part.", "Format the column as text and save the file again."
    ),
    PhoneReason.SPREADSHEET_EXPONENT: Fault(
        "A spreadsheet shortened the number and its last digits are lost.",
        "Format the column as text in the original sheet and export it again.",
    ),
    PhoneReason.TWO_NUMBERS: Fault(
        "The cell holds more than one number.", "Put the second number into a column of its own (alternate phone)."
    ),
    PhoneReason.TOO_SHORT: Fault("The number has too few digits.", "Complete the number with its area code."),
    PhoneReason.TOO_LONG: Fault("The number has too many digits.", "Remove what is not part of the number."),
    PhoneReason.NO_AREA_CODE: Fault("The area code is missing.", "Put the area code in front of the seven digits."),
    PhoneReason.UNASSIGNED: Fault(
        "No such number can exist: its area code or exchange is not in use.", "Check the digits with the source."
    ),
    PhoneReason.UNKNOWN_COUNTRY: Fault(
        "The country code after the plus sign does not exist.", "Correct the country code, or drop the plus sign."
    ),
    PhoneReason.LOCAL_ONLY: Fault(
        "The number works only inside its own area.", "Use a number with an area code instead."
    ),
    PhoneReason.SERVICE: Fault(
        "The number reaches a public service, not a person.", "Use the person's own number instead."
    ),
    PhoneReason.TOLL_FREE: Fault("The number is toll-free.", "Use the person's own number instead."),
    PhoneReason.PREMIUM_RATE: Fault("Calls to this number are charged extra.", "Use the person's own number instead."),
    PhoneReason.PERSONAL: Fault(
        "The number is from a personal numbering range that tells no place.", "Use a number with a real area code."
    ),
    PhoneReason.NON_GEOGRAPHIC: Fault(
        "The number belongs to no place, so no calling hours can be found.", "Use a number with a real area code."
    ),
    PhoneReason.PAGER: Fault("The number is a pager.", "Use a number that can be answered."),
    PhoneReason.VOICEMAIL: Fault("The number is a voicemail access line.", "Use a number that can be answered."),
}

_EXPONENT: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,2}")
_DECIMAL: Final = re.compile(r"(\+?\d{7,15})[.,]0+")
_MASK: Final = re.compile(r"\*|•|(?:x[\s().-]*){3}", re.IGNORECASE)
_SEPARATOR: Final = re.compile(r"[,;/|&\\\n]|\bor\b|\band\b|\s{2,}", re.IGNORECASE)
_NOT_DIGIT: Final = re.compile(r"\D+")
_LETTERS: Final = re.compile(r"[^\W\d_]{3,}")
_NUMBER_LENGTHS: Final = range(7, 16)


def find_fault(raw: str, *, region: str) -> tuple[PhoneReason, str]:
    """Why the library refuses `raw`: a reason and what to do about it. Looks at the text only."""
    text = raw.strip()
    reason = _fault_of_text(text) or _fault_of_digits(text, region)
    fix = FAULTS[reason].fix
    if reason is PhoneReason.SPREADSHEET_DECIMAL:
        number = _DECIMAL.fullmatch(text)
        fix = f"{fix} The number was probably {number[1]}." if number else fix
    return reason, fix


def holds_two_numbers(text: str) -> bool:
    """True when the cell can be split into at least two parts that each are as long as a phone number."""
    parts = [_NOT_DIGIT.sub("", part) for part in _SEPARATOR.split(text)]
    return sum(len(part) in _NUMBER_LENGTHS for part in parts) > 1


def _fault_of_text(text: str) -> PhoneReason | None:
    if not text:
        return PhoneReason.EMPTY
    if _EXPONENT.fullmatch(text):
        return PhoneReason.SPREADSHEET_EXPONENT
    if _DECIMAL.fullmatch(text):
        return PhoneReason.SPREADSHEET_DECIMAL
    if _MASK.search(text):
        return PhoneReason.MASKED
    if holds_two_numbers(text):
        return PhoneReason.TWO_NUMBERS
    return None


def _fault_of_digits(text: str, region: str) -> PhoneReason:
    digits = _NOT_DIGIT.sub("", text)
    if _LETTERS.search(text):
        return PhoneReason.WITH_WORDS if len(digits) in _NUMBER_LENGTHS else PhoneReason.NOT_A_NUMBER
    if not digits:
        return PhoneReason.NOT_A_NUMBER
    if text.startswith("+") and not digits.startswith("1"):
        return PhoneReason.UNASSIGNED if len(digits) in _NUMBER_LENGTHS else _fault_of_length(len(digits))
    if region not in ("US", "CA"):
        return PhoneReason.UNASSIGNED if len(digits) in _NUMBER_LENGTHS else _fault_of_length(len(digits))
    return _fault_of_nanp_digits(digits)


def _fault_of_nanp_digits(digits: str) -> PhoneReason:
    national = digits.removeprefix("1") if len(digits) != 10 else digits
    if len(national) == 7:
        return PhoneReason.NO_AREA_CODE
    if len(national) == 10:
        return PhoneReason.UNASSIGNED
    return _fault_of_length(len(national))


def _fault_of_length(length: int) -> PhoneReason:
    return PhoneReason.TOO_SHORT if length < 10 else PhoneReason.TOO_LONG
