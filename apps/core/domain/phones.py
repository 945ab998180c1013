"""Phone numbers in any usual writing to E.164, with the verdict of the phonenumbers library at a tenth of its cost.

Whether a number is valid, its E.164 form and its extension are always what phonenumbers says. Most numbers of the +1
plan are answered from a table built from the library's own patterns (`nanp`); whatever is not plainly such a number is
given to the library. A product rule comes on top and is reported apart: a valid number that no campaign may dial is
NOT_CALLABLE. Nothing is ever repaired silently.
"""

import re
import unicodedata
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from apps.core.domain.nanp import FIRST_CLASS, MIXED, LineKind, NumberClass, is_service_number, prefix_table
from apps.core.domain.phone_faults import FAULTS, PhoneReason, find_fault


class PhoneStatus(StrEnum):
    CALLABLE = "callable"
    NOT_CALLABLE = "not_callable"
    INVALID = "invalid"


class PhoneResult(NamedTuple):
    """`e164`, `extension` and `region` are empty for an invalid number; `reason` is None for a callable one.

    `region` is an ISO 3166 code, or "001" for numbers that belong to no country.
    """

    status: PhoneStatus
    e164: str = ""
    extension: str = ""
    region: str = ""
    reason: PhoneReason | None = None
    fix: str = ""
    kind: LineKind = LineKind.UNKNOWN

    @property
    def is_valid(self) -> bool:
        """The verdict of phonenumbers, before the product's own rule."""
        return self.status is not PhoneStatus.INVALID

    @property
    def message(self) -> str:
        """Why the number is refused, as a sentence; empty when it is not."""
        return FAULTS[self.reason].message if self.reason else ""


_REFUSED_KINDS: Final = {
    LineKind.TOLL_FREE: PhoneReason.TOLL_FREE,
    LineKind.PREMIUM_RATE: PhoneReason.PREMIUM_RATE,
    LineKind.SHARED_COST: PhoneReason.PREMIUM_RATE,
    LineKind.PERSONAL: PhoneReason.PERSONAL,
    LineKind.PAGER: PhoneReason.PAGER,
    LineKind.VOICEMAIL: PhoneReason.VOICEMAIL,
    LineKind.COMPANY: PhoneReason.NON_GEOGRAPHIC,
}
_LIBRARY_KINDS: Final = {
    PhoneNumberType.FIXED_LINE_OR_MOBILE: LineKind.ORDINARY,
    PhoneNumberType.MOBILE: LineKind.MOBILE,
    PhoneNumberType.FIXED_LINE: LineKind.LANDLINE,
    PhoneNumberType.VOIP: LineKind.VOIP,
    PhoneNumberType.TOLL_FREE: LineKind.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE: LineKind.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST: LineKind.SHARED_COST,
    PhoneNumberType.PERSONAL_NUMBER: LineKind.PERSONAL,
    PhoneNumberType.PAGER: LineKind.PAGER,
    PhoneNumberType.UAN: LineKind.COMPANY,
    PhoneNumberType.VOICEMAIL: LineKind.VOICEMAIL,
}

# Regions whose national prefix and rules the short way spells out; the rest of +1 completes local numbers.
_PLAIN_REGIONS: Final = frozenset({"US", "CA"})
# Longer digits after an extension label are a second number that was put into the cell.
_LONGEST_EXTENSION: Final = 7

# What the library skips between digits, wherever it stands and however often.
_ASCII_PUNCTUATION: Final = b" ().-/"
_WIDE_PUNCTUATION: Final = dict.fromkeys(
    map(ord, " ().-/\u00a0\u00ad\u200b\u2060\u3000\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff08\uff09\uff0d"), None
) | {ord("\uff0b"): "+"}
_FIRST_USED: Final = re.compile(r"[+\uff0b\d]")
_UNUSED_END: Final = re.compile(r"(?:_|[^#\w])+$")
_WITH_EXTENSION: Final = re.compile(
    r"(\+?[0-9][0-9 ().\-]*[0-9]) ?(?:x|#|ext(?:ension)?)[:.]? ?([0-9]{1,9})", re.IGNORECASE
)
_LIBRARY_MAX_CHARS: Final = 250
_PLUS_ONE_CHARS: Final = 12
_SUBSCRIBER_LENGTHS: Final = (10, 11)
# Canada's 600 range: valid, but tied to no place, so no calling hours can be told from it.
_NO_COUNTRY: Final = "001"
_CANADIAN_VOIP: Final = NumberClass("CA", LineKind.VOIP)
_WITH_WORDS: Final = re.compile(r"(\+?[0-9][0-9 ().\-]*)[A-Za-z]{3}[A-Za-z ]*")
# Bound once: looking a member up in its class costs as much as a slice.
_CALLABLE: Final = PhoneStatus.CALLABLE
_INVALID: Final = PhoneResult(PhoneStatus.INVALID)


def normalise_phone(raw: str, region: str = "US") -> PhoneResult:
    """Reads one cell. `region` (ISO 3166) is where numbers without a country code are at home."""
    result = _from_plain_writing(raw) if region in _PLAIN_REGIONS else None
    if result is None:
        result = _from_library(raw, region)
    if result is not _INVALID:
        return result
    reason, fix = find_fault(raw, region=region)
    return PhoneResult(PhoneStatus.INVALID, reason=reason, fix=fix)


def area_code(e164: str) -> str:
    """The three digits after +1; empty for a number of another plan."""
    return e164[2:5] if e164.startswith("+1") and len(e164) == 12 else ""


def _from_plain_writing(raw: str) -> PhoneResult | None:
    """Answers what is plainly a number of the +1 plan, or plainly none; None when the library must be asked."""
    if raw.isascii():
        result = _from_digits(_drop_punctuation(raw))
        if result is not None:
            return result
    first = _FIRST_USED.search(raw)
    if first is None:
        return _INVALID
    # A semicolon may start parameters of a tel: address, which can change the number before them.
    if ";" in raw or len(raw) > _LIBRARY_MAX_CHARS:
        return None
    text = _UNUSED_END.sub("", raw[first.start() :])
    if not text.isascii():
        return _from_digits("".join(map(_ascii_digit, text.translate(_WIDE_PUNCTUATION))))
    if extended := _WITH_EXTENSION.fullmatch(text):
        return _from_digits(_drop_punctuation(extended[1]), extended[2])
    if worded := _WITH_WORDS.fullmatch(text):
        return _from_worded(_drop_punctuation(worded[1]))
    return _from_digits(_drop_punctuation(text))


def _drop_punctuation(text: str) -> str:
    return text.encode().translate(None, _ASCII_PUNCTUATION).decode()


def _ascii_digit(character: str) -> str:
    return str(unicodedata.decimal(character)) if character.isdecimal() else character


def _from_digits(digits: str, extension: str = "") -> PhoneResult | None:
    length = len(digits)
    if length == 12 and digits.startswith("+1"):
        national = digits[2:]
    elif length == 11 and digits[0] == "1":
        national = digits[1:]
    else:
        national = digits
    if not national.isdecimal():
        return None
    if len(national) != 10 or national[0] in "01":
        return None if extension else _from_other_digits(digits)
    verdict = _verdicts()[prefix_table().codes[int(national[:6])]]
    if verdict is None or verdict is _INVALID:
        return verdict
    if extension or verdict.reason or is_service_number(national):
        return _judge("+1" + national, extension, NumberClass(verdict.region, verdict.kind))
    return PhoneResult(_CALLABLE, "+1" + national, "", verdict.region, None, "", verdict.kind)


@cache
def _verdicts() -> list[PhoneResult | None]:
    """What each code of the prefix table means for a number without extension; None: the library must be asked."""
    by_code: list[PhoneResult | None] = [_INVALID] * FIRST_CLASS
    by_code[MIXED] = None
    return by_code + [_judge("", "", number_class) for number_class in prefix_table().classes]


def _from_other_digits(digits: str) -> PhoneResult | None:
    """Without a prefix to strip, nothing but ten digits (and 310-xxxx in Canada) is a number of the +1 plan."""
    prefixed = digits[0] == "1" and len(digits) not in _SUBSCRIBER_LENGTHS
    if prefixed or digits[0] in "+3" or digits.startswith("011"):
        return None
    return _INVALID


def _from_worded(digits: str) -> PhoneResult | None:
    """The library reads three letters or more as keypad digits: behind a full number they make it too long."""
    if len(digits) >= _SUBSCRIBER_LENGTHS[0] and (digits[0] in "123456789" or digits.startswith("+1")):
        return _INVALID
    return None


def _from_library(raw: str, region: str) -> PhoneResult:
    try:
        number = phonenumbers.parse(raw, region)
    except NumberParseException:
        return _INVALID
    # The library calls a number valid exactly when it can name its type; asking once halves the cost.
    kind = _LIBRARY_KINDS.get(phonenumbers.number_type(number))
    number_region = phonenumbers.region_code_for_number(number) if kind else None
    if kind is None or number_region is None:
        return _INVALID
    e164 = f"+{number.country_code}{phonenumbers.national_significant_number(number)}"
    return _judge(e164, number.extension or "", NumberClass(number_region, kind))


def _judge(e164: str, extension: str, number_class: NumberClass) -> PhoneResult:
    """Puts the product's rule on a valid number: may a campaign dial it at all?"""
    region, kind = number_class
    reason = _refuse_number(e164) or _refuse_class(number_class)
    if len(extension) > _LONGEST_EXTENSION:
        reason = PhoneReason.TWO_NUMBERS
    if reason is None:
        return PhoneResult(PhoneStatus.CALLABLE, e164, extension, region, None, "", kind)
    return PhoneResult(PhoneStatus.NOT_CALLABLE, e164, extension, region, reason, FAULTS[reason].fix, kind)


def _refuse_class(number_class: NumberClass) -> PhoneReason | None:
    if number_class == _CANADIAN_VOIP or number_class.region == _NO_COUNTRY:
        return PhoneReason.NON_GEOGRAPHIC
    return _REFUSED_KINDS.get(number_class.kind)


def _refuse_number(e164: str) -> PhoneReason | None:
    if not e164.startswith("+1"):
        return None
    if len(e164) != _PLUS_ONE_CHARS:
        return PhoneReason.LOCAL_ONLY
    return PhoneReason.SERVICE if is_service_number(e164[2:]) else None
