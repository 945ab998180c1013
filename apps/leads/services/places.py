"""From the address and number of a lead to its Place: worked out once, when the lead comes in or its address changes."""

from collections.abc import Collection, Sequence
from functools import lru_cache, reduce
from operator import or_
from typing import Final, Protocol

from django.db import transaction
from django.db.models import Q

from apps.compliance.domain.codes import LineType
from apps.compliance.domain.facts import Place as LegalPlace
from apps.compliance.domain.zones import locating_digits, resolve_place
from apps.compliance.rulebook.loader import load_rulebook
from apps.compliance.rulebook.zips import find_zip
from apps.leads.models import Place

_AT_ONCE: Final = 200
# Ids of places that this process knows to be committed: a few thousand at most.
_committed: Final[dict[LegalPlace, int]] = {}


class Located(Protocol):
    """What tells where somebody is: a lead, a checked row of a file."""

    @property
    def phone(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def postal_code(self) -> str: ...
    @property
    def line_type(self) -> str: ...
    @property
    def confirmed_zone(self) -> str: ...


def resolve_places(located: Sequence[Located]) -> list[int]:
    """The id of the Place of each, in order. Places that do not exist yet are made."""
    places = [legal_place(item) for item in located]
    missing = set(places).difference(_committed)
    if not missing:
        return [_committed[place] for place in places]
    ids = _find(missing)
    new = sorted(missing - ids.keys())
    if new:
        Place.objects.bulk_create(
            [Place(zones=list(place.zones), jurisdictions=list(place.jurisdictions)) for place in new],
            ignore_conflicts=True,
        )
        ids |= _find(new)
    # Places are never changed or deleted, but what this transaction has made is gone when it is rolled back.
    transaction.on_commit(lambda: _committed.update(ids))
    return [ids[place] if place in ids else _committed[place] for place in places]


def legal_place(item: Located) -> LegalPlace:
    """Zones and jurisdictions of one, as the gate takes them; nothing is read or written."""
    digits = locating_digits(item.phone)
    return _resolve(digits, item.region, item.state, item.postal_code, item.line_type, item.confirmed_zone)


def _find(places: Collection[LegalPlace]) -> dict[LegalPlace, int]:
    found: dict[LegalPlace, int] = {}
    remaining = list(places)
    while remaining:
        some, remaining = remaining[:_AT_ONCE], remaining[_AT_ONCE:]
        conditions = [Q(zones=list(place.zones), jurisdictions=list(place.jurisdictions)) for place in some]
        rows = Place.objects.filter(reduce(or_, conditions)).order_by("id")
        found |= {LegalPlace(tuple(row.zones), tuple(row.jurisdictions)): row.id for row in rows}
    return found


@lru_cache(maxsize=100_000)
def _resolve(digits: str, region: str, state: str, postal_code: str, line_type: str, confirmed_zone: str) -> LegalPlace:
    return resolve_place(
        phone=digits,
        region=region,
        state=state,
        postal_code=postal_code,
        line_type=LineType(line_type),
        confirmed_zone=confirmed_zone,
        geography=load_rulebook().geography,
        find_zip=find_zip,
    )
