"""States, provinces, postal codes and countries as people write them, to the codes the rules are kept by."""

import re
from typing import Final

from phonenumbers import SUPPORTED_REGIONS

US_STATES: Final[dict[str, str]] = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan",
    "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont",
    "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
    "PR": "Puerto Rico", "VI": "Virgin Islands", "GU": "Guam", "AS": "American Samoa",
    "MP": "Northern Mariana Islands",
}  # fmt: skip
CA_PROVINCES: Final[dict[str, str]] = {
    "AB": "Alberta", "BC": "British Columbia", "MB": "Manitoba", "NB": "New Brunswick",
    "NL": "Newfoundland and Labrador", "NS": "Nova Scotia", "NT": "Northwest Territories", "NU": "Nunavut",
    "ON": "Ontario", "PE": "Prince Edward Island", "QC": "Quebec", "SK": "Saskatchewan", "YT": "Yukon",
}  # fmt: skip

_OTHER_STATE_NAMES: Final = {
    "WASHINGTON DC": "DC", "WASHINGTON D C": "DC", "D C": "DC", "US VIRGIN ISLANDS": "VI", "NEWFOUNDLAND": "NL",
    "LABRADOR": "NL", "NF": "NL", "PQ": "QC", "QUÉBEC": "QC", "PEI": "PE", "YUKON TERRITORY": "YT",
    "CALIF": "CA", "COLO": "CO", "CONN": "CT", "FLA": "FL", "ILL": "IL", "MASS": "MA", "MICH": "MI", "MINN": "MN",
    "PENN": "PA", "TENN": "TN", "TEX": "TX", "WASH": "WA", "WISC": "WI", "ONT": "ON", "QUE": "QC", "SASK": "SK",
    "ALTA": "AB",
}  # fmt: skip
_STATE_CODES: Final = {
    **{code: code for code in (*US_STATES, *CA_PROVINCES)},
    **{name.upper(): code for code, name in (US_STATES | CA_PROVINCES).items()},
    **_OTHER_STATE_NAMES,
}
_PUNCTUATION: Final = re.compile(r"[\s.,_-]+")

_COUNTRY_NAMES: Final = {
    "UNITED STATES": "US", "UNITED STATES OF AMERICA": "US", "USA": "US", "U S A": "US", "U S": "US", "AMERICA": "US",
    "CANADA": "CA", "CAN": "CA", "PUERTO RICO": "PR", "MEXICO": "MX", "MÉXICO": "MX", "UNITED KINGDOM": "GB",
    "GREAT BRITAIN": "GB", "ENGLAND": "GB", "SCOTLAND": "GB", "WALES": "GB", "UK": "GB", "GBR": "GB", "IRELAND": "IE",
    "AUSTRALIA": "AU", "AUS": "AU", "NEW ZEALAND": "NZ", "GERMANY": "DE", "DEUTSCHLAND": "DE", "DEU": "DE",
    "FRANCE": "FR", "FRA": "FR", "SPAIN": "ES", "ESPAÑA": "ES", "ITALY": "IT", "NETHERLANDS": "NL", "HOLLAND": "NL",
    "BELGIUM": "BE", "AUSTRIA": "AT", "ÖSTERREICH": "AT", "SWITZERLAND": "CH", "SCHWEIZ": "CH", "PORTUGAL": "PT",
    "SWEDEN": "SE", "NORWAY": "NO", "DENMARK": "DK", "FINLAND": "FI", "POLAND": "PL", "INDIA": "IN", "JAPAN": "JP",
    "BRAZIL": "BR", "ARGENTINA": "AR", "COLOMBIA": "CO", "CHILE": "CL", "SOUTH AFRICA": "ZA", "PHILIPPINES": "PH",
    "DOMINICAN REPUBLIC": "DO", "JAMAICA": "JM", "BAHAMAS": "BS", "TRINIDAD AND TOBAGO": "TT", "BARBADOS": "BB",
    "BERMUDA": "BM", "MEX": "MX", "1": "US",
}  # fmt: skip

_US_ZIP: Final = re.compile(r"(\d{5})(?:[- ]?\d{4})?(?:\.0)?")
_SHORT_US_ZIP: Final = re.compile(r"(\d{3,4})(?:\.0|-\d{4})?")
_CA_POSTAL_CODE: Final = re.compile(
    r"([ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z])(?:[ -]?(\d[ABCEGHJ-NPRSTV-Z]\d))?", re.IGNORECASE
)
_OTHER_POSTAL_CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9 -]{1,10}[A-Z0-9]", re.IGNORECASE)
# States whose ZIP codes begin with one zero, or two: a spreadsheet drops them.
_ONE_ZERO: Final = frozenset({"CT", "MA", "ME", "NH", "NJ", "RI", "VT"})
_TWO_ZEROS: Final = frozenset({"PR", "VI"})


def read_state(text: str) -> str | None:
    """The code of a US state or Canadian province written as code, name or usual abbreviation; None if unknown."""
    return _STATE_CODES.get(_PUNCTUATION.sub(" ", text).strip().upper())


def country_of_state(code: str) -> str:
    """The country of a code from `read_state`."""
    return "CA" if code in CA_PROVINCES else "US"


def read_country(text: str) -> str | None:
    """The ISO 3166 code of a country written as code or usual English name; None if unknown."""
    name = _PUNCTUATION.sub(" ", text).strip().upper()
    if name in _COUNTRY_NAMES:
        return _COUNTRY_NAMES[name]
    return name if name in SUPPORTED_REGIONS and len(name) == 2 else None


def read_postal_code(text: str, *, country: str, state: str) -> str | None:
    """A postal code as the rules want it: five digits in the US, `K1A 0B1` or its first half in Canada; None if wrong.

    The zeros that a spreadsheet drops from US codes are put back, which is unambiguous: a code of four digits can only
    have lost one zero, one of three digits two. When the state is given it must be one whose codes begin so.
    """
    canadian = _CA_POSTAL_CODE.fullmatch(text)
    if canadian and country in ("CA", "US"):
        return " ".join(part.upper() for part in canadian.groups() if part)
    if country not in ("US", "PR"):
        return text.upper() if country != "CA" and _OTHER_POSTAL_CODE.fullmatch(text) else None
    american = _US_ZIP.fullmatch(text)
    if american:
        return american[1]
    shortened = _SHORT_US_ZIP.fullmatch(text)
    if shortened is None:
        return None
    expected = _ONE_ZERO if len(shortened[1]) == 4 else _TWO_ZEROS
    if state in expected or (not state and len(shortened[1]) == 4):
        return shortened[1].zfill(5)
    return None
