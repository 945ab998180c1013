"""US postal codes to state and zone, from the zipcodes package, corrected where it is known to be wrong."""

from functools import cache
from itertools import chain
from string import digits
from zoneinfo import available_timezones

import zipcodes

from apps.compliance.domain.rulebook import PostalArea
from apps.compliance.rulebook.loader import load_rulebook

# West Wendover, Nevada keeps Mountain time by federal rule (49 CFR 71.8); the package says Pacific.
_CORRECTED = {"89883": "America/Denver"}


def find_zip(code: str) -> PostalArea | None:
    """State and zone of a five-digit code; None if unknown or military, no zone where the data has no valid one."""
    return _areas().get(code)


@cache
def _areas() -> dict[str, PostalArea]:
    """All codes, read once: a second or so and a few megabytes, against 0.2 ms for each single query."""
    states = load_rulebook().geography.state_zones
    known_zones = available_timezones()
    shared: dict[tuple[str, str], PostalArea] = {}
    areas: dict[str, PostalArea] = {}
    for record in chain.from_iterable(_starting_with(digit) for digit in digits):
        code, state = record["zip_code"], f"US-{record['state']}"
        zone = _CORRECTED.get(code, record["timezone"])
        # Military and diplomatic codes carry state names of their own; they are no place a zone is known for.
        if state in states:
            zones = (zone,) if zone in known_zones else ()
            areas[code] = shared.setdefault((state, zone), PostalArea((state,), zones))
    return areas


def _starting_with(digit: str) -> list[dict[str, str]]:
    """A tenth of the data: asked for all of it, the package would keep its forty megabytes for good."""
    found: list[dict[str, str]] = zipcodes.similar_to(digit)  # type: ignore[no-untyped-call]  # ships no annotations
    return found
