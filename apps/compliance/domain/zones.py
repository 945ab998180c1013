"""From a phone number and an address to the zones the person may be in and the jurisdictions that bind the call.

The call must be lawful in every candidate zone. What narrows the candidates, best first: a zone the person or an agent
confirmed; the postal code; the area code when the address is in its state; else every zone of the state, and for a line
that may have moved (mobile, VoIP, unknown) those of the area code as well. State law is that of the address; the area
code's state is applied besides, because some states bind calls to their area codes. An address without a known state
gets the strictest row (P6). A postal code of another state than the address names widens the zones to both.
"""

from collections.abc import Callable
from typing import NamedTuple

from apps.compliance.domain.codes import LineType
from apps.compliance.domain.facts import Place
from apps.compliance.domain.rulebook import UNKNOWN_STATE, Geography, PostalArea

ZipLookup = Callable[[str], PostalArea | None]

_ALIASES = {"UK": "GB"}
_TERRITORIES = frozenset({"PR", "VI", "GU", "MP", "AS"})
_LONGEST_PREFIX = 7


class Origin(NamedTuple):
    """Where a number's digits place it; no country when they do not."""

    country: str = ""
    states: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()


class _Address(NamedTuple):
    country: str
    # What the address says and what its postal code says; one or both may be missing.
    state: str
    postal: PostalArea | None

    @property
    def states(self) -> tuple[str, ...]:
        return _union((self.state,) if self.state else (), self.postal.states if self.postal else ())


def resolve_place(
    *,
    phone: str,
    region: str,
    state: str,
    postal_code: str,
    line_type: LineType,
    confirmed_zone: str,
    geography: Geography,
    find_zip: ZipLookup,
) -> Place:
    """Everything `decide` needs to know about where a call goes. Unknown texts are empty.

    `phone` is E.164; `region` an ISO 3166 country (US territories and UK are understood); `state` with or without its
    country (`FL`, `US-FL`); `confirmed_zone` an IANA name.
    """
    origin = locate_number(phone, geography)
    address = _read_address(region, state, postal_code, origin, geography, find_zip)
    zones = (confirmed_zone,) if confirmed_zone else _zones(origin, address, line_type, geography)
    return Place(zones, _jurisdictions(origin, address))


def candidate_zones(
    phone: str,
    region: str,
    state: str,
    postal_code: str,
    line_type: LineType,
    confirmed_zone: str,
    geography: Geography,
    find_zip: ZipLookup,
) -> tuple[str, ...]:
    """The zones of `resolve_place`; empty when the number has no place."""
    return resolve_place(
        phone=phone,
        region=region,
        state=state,
        postal_code=postal_code,
        line_type=line_type,
        confirmed_zone=confirmed_zone,
        geography=geography,
        find_zip=find_zip,
    ).zones


def locate_number(phone: str, geography: Geography) -> Origin:
    """Country, states and zones of an E.164 number by its area code or longest known prefix."""
    if phone.startswith("+1"):
        area = geography.area_codes.get(phone[2:5])
        return Origin(area.country, area.states, area.zones) if area else Origin()
    digits = phone.removeprefix("+")
    for length in range(min(len(digits), _LONGEST_PREFIX), 0, -1):
        code = geography.calling_codes.get(digits[:length])
        if code:
            return Origin(code.country, (), code.zones or geography.country_zones.get(code.country, ()))
    return Origin()


def locating_digits(phone: str) -> str:
    """As much of an E.164 number as `locate_number` looks at; numbers that share it share their place."""
    return phone[:5] if phone.startswith("+1") else phone[: 1 + _LONGEST_PREFIX]


def _read_address(
    region: str, state: str, postal_code: str, origin: Origin, geography: Geography, find_zip: ZipLookup
) -> _Address:
    country = _ALIASES.get(region.strip().upper(), region.strip().upper())
    named = state.strip().upper()
    if country in _TERRITORIES:
        country, named = "US", named or country
    known = _known_state(country, named, origin, geography)
    postal = _find_postal(postal_code.strip().upper(), country, geography, find_zip)
    countries = (country, known[:2], postal.states[0][:2] if postal else "", origin.country)
    return _Address(next((code for code in countries if code), ""), known, postal)


def _known_state(country: str, named: str, origin: Origin, geography: Geography) -> str:
    """The state as `US-FL`; empty when the tables do not know it."""
    if "-" in named:
        candidates: tuple[str, ...] = (named,)
    else:
        candidates = (f"{country}-{named}",) if country else (f"{origin.country}-{named}", f"US-{named}", f"CA-{named}")
    return next((code for code in candidates if code in geography.state_zones), "")


def _find_postal(code: str, country: str, geography: Geography, find_zip: ZipLookup) -> PostalArea | None:
    if code[:1].isdigit():
        return find_zip(code[:5]) if country in {"", "US"} else None
    if not code or country not in {"", "CA"}:
        return None
    return geography.postal_prefixes.get(f"CA-{code[:2]}") or geography.postal_prefixes.get(f"CA-{code[:1]}")


def _zones(origin: Origin, address: _Address, line_type: LineType, geography: Geography) -> tuple[str, ...]:
    postal = address.postal
    if postal and postal.zones:
        agrees = not address.state or address.state in postal.states
        return postal.zones if agrees else _union(postal.zones, geography.state_zones[address.state])
    if any(code in origin.states for code in address.states):
        return origin.zones
    if address.states:
        home = _union(*(geography.state_zones.get(code, ()) for code in address.states))
    elif origin.country and address.country != origin.country:
        home = geography.country_zones.get(address.country, ())
    else:
        return origin.zones
    return home if line_type is LineType.LANDLINE and home else _union(home, origin.zones)


def _jurisdictions(origin: Origin, address: _Address) -> tuple[str, ...]:
    countries = _union((address.country,) if address.country else (), (origin.country,) if origin.country else ())
    states = address.states
    if address.country == "US" and not any(code.startswith("US-") for code in states):
        states = (UNKNOWN_STATE,)
    if not any(code in origin.states for code in address.states):
        states = _union(states, origin.states)
    return (*countries, *states)


def _union(*groups: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for group in groups for item in group))
