"""What each area code and exchange of the +1 plan is, exactly as the phonenumbers library sees it.

The library answers for one number at a time, in tens of microseconds. All but three of the +1 plan's six-digit prefixes
decide the answer alone, so the library's own patterns are worked out once for all million of them (half a second on
first use, one megabyte) and a number then costs one look-up. Where the last four digits matter, or a pattern could not
be settled, the code is MIXED and the library itself must be asked.
"""

from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberDesc

from apps.core.domain.digit_language import EMPTY, Language, advance, count_members, parse_language


class LineKind(StrEnum):
    """What a number is for, as far as its digits tell. In the US and Canada they never tell mobile from landline."""

    ORDINARY = "ordinary"
    MOBILE = "mobile"
    LANDLINE = "landline"
    VOIP = "voip"
    TOLL_FREE = "toll_free"
    PREMIUM_RATE = "premium_rate"
    SHARED_COST = "shared_cost"
    PERSONAL = "personal"
    PAGER = "pager"
    COMPANY = "company"
    VOICEMAIL = "voicemail"
    UNKNOWN = "unknown"


class NumberClass(NamedTuple):
    region: str
    kind: LineKind


# Codes of a prefix; from FIRST_CLASS on a code stands for a NumberClass: every number of the prefix is valid.
NOT_HERE: Final = 0
INVALID: Final = 1
MIXED: Final = 2
FIRST_CLASS: Final = 3

_PREFIX_DIGITS: Final = 6
_SUFFIX_DIGITS: Final = 4
_PREFIXES: Final = 10**_PREFIX_DIGITS
# Exchanges of one area code, and their codes in a region that has none of them.
_EXCHANGES: Final = 1000
_UNCLAIMED: Final = bytes(_EXCHANGES)
# The order in which the library tries the descriptions of a region: the first that matches names the type.
_DESCRIPTIONS: Final = (
    ("premium_rate", LineKind.PREMIUM_RATE),
    ("toll_free", LineKind.TOLL_FREE),
    ("shared_cost", LineKind.SHARED_COST),
    ("voip", LineKind.VOIP),
    ("personal_number", LineKind.PERSONAL),
    ("pager", LineKind.PAGER),
    ("uan", LineKind.COMPANY),
    ("voicemail", LineKind.VOICEMAIL),
    ("fixed_line", LineKind.LANDLINE),
    ("mobile", LineKind.MOBILE),
)
# N11 services, carrier access, plant tests, pay-per-call: the plan never gives these exchanges to a subscriber.
_SERVICE_EXCHANGES: Final = frozenset(
    {"211", "311", "411", "511", "611", "711", "811", "911", "950", "958", "959", "976"}
)
_DIRECTORY_ASSISTANCE: Final = "5551212"

_State = tuple[Language, ...]


class PrefixTable:
    """`codes[int(first six digits)]` is a code; `classes[code - FIRST_CLASS]` is what it stands for."""

    __slots__ = ("classes", "codes")

    def __init__(self) -> None:
        self.classes: list[NumberClass] = []
        described = {region: PhoneMetadata.metadata_for_region(region) for region in COUNTRY_CODE_TO_REGION_CODE[1]}
        plans = [_RegionPlan(region, metadata, self.classes) for region, metadata in described.items() if metadata]
        codes = [plan.codes_of_prefixes() for plan in plans]
        self.codes = b"".join(
            _combine([region[start : start + _EXCHANGES] for region in codes])
            for start in range(0, _PREFIXES, _EXCHANGES)
        )


@cache
def prefix_table() -> PrefixTable:
    """The table for the installed phonenumbers release, built on first use."""
    return PrefixTable()


def is_service_number(national: str) -> bool:
    """True for ten digits that reach a service and not a subscriber, though the library calls them valid."""
    return national[3:6] in _SERVICE_EXCHANGES or national.endswith(_DIRECTORY_ASSISTANCE)


def _combine(rows: list[bytes]) -> bytes:
    """First region that claims a prefix decides it, as the library does it."""
    claimed = [row for row in rows if row != _UNCLAIMED]
    if len(claimed) > 1:
        return bytes(next((code for code in codes if code), NOT_HERE) for codes in zip(*claimed, strict=True))
    return claimed[0] if claimed else _UNCLAIMED


class _RegionPlan:
    """One region's patterns, walked digit by digit."""

    def __init__(self, region: str, metadata: PhoneMetadata, classes: list[NumberClass]) -> None:
        self.region = region
        self.classes = classes
        self.codes: dict[LineKind, int] = {}
        self.memo: dict[tuple[_State, int], bytes] = {}
        self.claims_by_prefix = metadata.leading_digits is not None
        leading = parse_language(rf"(?:{metadata.leading_digits})\d{{0,9}}") if self.claims_by_prefix else EMPTY
        described = (_ten_digit_language(getattr(metadata, name)) for name, _ in _DESCRIPTIONS)
        self.start: _State = (leading, _ten_digit_language(metadata.general_desc), *described)

    def codes_of_prefixes(self) -> bytes:
        """Codes of all prefixes as far as this region knows, one byte each."""
        return self._outcomes(self.start, _PREFIX_DIGITS)

    def _outcomes(self, state: _State, digits: int) -> bytes:
        if not any(state):
            return bytes(10**digits)
        known = self.memo.get((state, digits))
        if known is None:
            if digits:
                known = b"".join(self._outcomes(_step(state, digit), digits - 1) for digit in range(10))
            else:
                known = bytes([self._outcome(state)])
            self.memo[state, digits] = known
        return known

    def _outcome(self, state: _State) -> int:
        counts = [count_members(language, _SUFFIX_DIGITS) for language in state]
        leading, general, *described = counts
        if self.claims_by_prefix and not leading:
            return NOT_HERE
        if any(count not in (0, 10**_SUFFIX_DIGITS) for count in counts):
            return MIXED
        kinds = [kind for count, (_, kind) in zip(described, _DESCRIPTIONS, strict=True) if count]
        if not general or not kinds:
            return INVALID if self.claims_by_prefix else NOT_HERE
        either_line = kinds[0] is LineKind.LANDLINE and LineKind.MOBILE in kinds
        return self._code(LineKind.ORDINARY if either_line else kinds[0])

    def _code(self, kind: LineKind) -> int:
        if kind not in self.codes:
            self.codes[kind] = FIRST_CLASS + len(self.classes)
            self.classes.append(NumberClass(self.region, kind))
        return self.codes[kind]


def _step(state: _State, digit: int) -> _State:
    return tuple(advance(language, digit) for language in state)


def _ten_digit_language(description: PhoneNumberDesc | None) -> Language:
    if description is None or not description.national_number_pattern:
        return EMPTY
    if description.possible_length and 10 not in description.possible_length:
        return EMPTY
    return parse_language(description.national_number_pattern)
