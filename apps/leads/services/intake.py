"""Taking in leads one by one or some at once, as sources and people send them; files go through `imports`.

One statement inserts what is new. Only numbers that are there already are looked at one by one: a source's own lead is
updated, any other within the scope is a duplicate. Two sources that send the same number in the same instant may both
get it into their lists; caps, do-not-call and the one live attempt go by number, so nobody is called twice for it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from json.encoder import encode_basestring
from typing import Final, NamedTuple

from django.db import connection

from apps.core.jobs import enqueue
from apps.leads.domain.rows import LeadRow
from apps.leads.models import DedupeScope, Lead, LeadList
from apps.leads.services.places import resolve_places
from apps.tenants.scope import get_tenant_id

_TELL_REGION: Final = frozenset({"region", "state"})
# LeadRow's texts, its rank and custom fields, and a place.
_ROW_JSON: Final = "{" + ",".join(f'"{name}":%s' for name in (*LeadRow._fields[:-1], "place_id")) + "}"
# The columns of a lead that a row fills; `custom` is merged, not replaced.
_COLUMNS: Final = (
    "region",
    "line_type",
    "state",
    "postal_code",
    "confirmed_zone",
    "subject_type",
    "first_name",
    "last_name",
    "company",
    "email",
    "external_id",
    "language",
    "rank",
    "custom",
)
# The rows come as one JSON text, which costs a small part of what sixteen arrays cost to write.
_INSERT: Final = """
insert into leads_lead (
    tenant_id, lead_list_id, source, created_at, phone, place_id, region, line_type, state, postal_code, confirmed_zone,
    subject_type, first_name, last_name, company, email, external_id, language, rank, custom
)
select %(tenant)s, %(list)s, %(source)s, %(at)s, v.phone, v.place_id, v.region, v.line_type, v.state, v.postal_code,
    v.confirmed_zone, v.subject_type, v.first_name, v.last_name, v.company, v.email, v.external_id, v.language, v.rank,
    v.custom
from json_to_recordset(%(rows)s) as v (
    phone text, place_id bigint, region text, line_type text, state text, postal_code text, confirmed_zone text,
    subject_type text, first_name text, last_name text, company text, email text, external_id text, language text,
    rank smallint, custom jsonb
)
{elsewhere}
order by v.phone
on conflict (tenant_id, phone, lead_list_id) do nothing
returning phone, id
"""
_NOT_ELSEWHERE: Final = """
where not exists (
    select 1 from leads_lead other
    where other.tenant_id = %(tenant)s and other.phone = v.phone and other.lead_list_id <> %(list)s {lists}
)
"""
_UPDATE: Final = """
update leads_lead l set
    place_id = v.place_id, region = v.region, line_type = v.line_type, state = v.state, postal_code = v.postal_code,
    confirmed_zone = v.confirmed_zone, subject_type = v.subject_type, first_name = v.first_name,
    last_name = v.last_name, company = v.company, email = v.email, external_id = v.external_id,
    language = v.language, rank = v.rank, custom = v.custom
from json_to_recordset(%(rows)s) as v (
    phone text, place_id bigint, region text, line_type text, state text, postal_code text, confirmed_zone text,
    subject_type text, first_name text, last_name text, company text, email text, external_id text, language text,
    rank smallint, custom jsonb
)
where l.tenant_id = %(tenant)s and l.lead_list_id = %(list)s and l.phone = v.phone
"""


class Result(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"


class Incoming(NamedTuple):
    """A checked row, and which columns of it were really given: only those change a lead that is there."""

    row: LeadRow
    given: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a number may not be yet, besides the list itself; `list_ids` are those of a campaign."""

    kind: DedupeScope = DedupeScope.LIST
    list_ids: tuple[int, ...] = ()


class Outcome(NamedTuple):
    """What became of a row; the ids are None for a duplicate.

    `row` is the lead as it is kept now: what was given, on top of what was there. `is_moved`: the law of another place
    holds for it now.
    """

    result: Result
    row: LeadRow
    lead_id: int | None = None
    place_id: int | None = None
    is_moved: bool = False


def add_lead(
    *, lead_list: LeadList, incoming: Incoming, source: str, scope: Scope | None = None, at: datetime
) -> Outcome:
    """Take in one lead; see `add_leads`. Queues follow one that the law of another place holds for now."""
    (outcome,) = add_leads(lead_list=lead_list, incoming=[incoming], source=source, scope=scope, at=at)
    if outcome.is_moved:
        enqueue("campaigns.move_leads", tenant_id=lead_list.tenant_id, lead_ids=[outcome.lead_id])
    return outcome


def add_leads(
    *, lead_list: LeadList, incoming: Sequence[Incoming], source: str, scope: Scope | None = None, at: datetime
) -> list[Outcome]:
    """Take leads of one source into a list; one outcome per row, in order, in the caller's transaction.

    A number that the same source has sent to this list before is updated with what is given now. A number that came
    earlier in `incoming`, is in the list from another source, or elsewhere in `scope`, is a duplicate.
    """
    first: dict[str, Incoming] = {}
    for item in incoming:
        first.setdefault(item.row.phone, item)
    rows = [item.row for item in first.values()]
    places = dict(zip(first, resolve_places(rows), strict=True))
    created = _insert(rows, places, lead_list, source, scope or Scope(), at)
    result = Result.CREATED
    outcomes = {phone: Outcome(result, first[phone].row, lead_id, places[phone]) for phone, lead_id in created.items()}
    if len(created) < len(first):
        known = {phone: item for phone, item in first.items() if phone not in created}
        outcomes |= _update(known, lead_list, source)
    return [
        outcomes[item.row.phone] if first[item.row.phone] is item else Outcome(Result.DUPLICATE, item.row)
        for item in incoming
    ]


def _insert(
    rows: Sequence[LeadRow],
    places: Mapping[str, int],
    lead_list: LeadList,
    source: str,
    scope: Scope,
    at: datetime,
) -> dict[str, int]:
    elsewhere = ""
    if scope.kind != DedupeScope.LIST:
        is_limited = scope.kind == DedupeScope.CAMPAIGN
        elsewhere = _NOT_ELSEWHERE.format(lists="and other.lead_list_id = any(%(scope)s)" if is_limited else "")
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT.format(elsewhere=elsewhere),
            {
                "tenant": get_tenant_id(),
                "list": lead_list.id,
                "source": source,
                "at": at,
                "rows": _as_json(rows, places),
                "scope": list(scope.list_ids),
            },
        )
        return dict(cursor.fetchall())


def _update(known: Mapping[str, Incoming], lead_list: LeadList, source: str) -> dict[str, Outcome]:
    own = Lead.objects.select_for_update().filter(lead_list=lead_list, phone__in=list(known), source=source)
    leads = {lead.phone: lead for lead in own.order_by("phone", "id")}
    rows = {phone: _merge(lead, known[phone]) for phone, lead in leads.items()}
    changed = {phone: row for phone, row in rows.items() if _differs(leads[phone], row)}
    places = dict(zip(changed, resolve_places(list(changed.values())), strict=True))
    if changed:
        rows_json = _as_json(list(changed.values()), places)
        with connection.cursor() as cursor:
            cursor.execute(_UPDATE, {"tenant": get_tenant_id(), "list": lead_list.id, "rows": rows_json})
    outcomes = {phone: Outcome(Result.DUPLICATE, item.row) for phone, item in known.items()}
    for phone, lead in leads.items():
        result = Result.UPDATED if phone in changed else Result.UNCHANGED
        place_id = places.get(phone, lead.place_id)
        is_moved = place_id != lead.place_id
        outcomes[phone] = Outcome(result, rows[phone], lead_id=lead.id, place_id=place_id, is_moved=is_moved)
    return outcomes


def _merge(lead: Lead, item: Incoming) -> LeadRow:
    """The row that the lead becomes."""
    given = item.given | ({"region"} if item.given & _TELL_REGION else set())
    kept = {name: getattr(lead, name) for name in _COLUMNS if name != "custom" and name not in given}
    custom = json.dumps({**lead.custom, **json.loads(item.row.custom)}, ensure_ascii=False)
    return item.row._replace(**kept, custom=custom, source=lead.source)


def _differs(lead: Lead, row: LeadRow) -> bool:
    same = all(getattr(row, name) == getattr(lead, name) for name in _COLUMNS if name != "custom")
    return not same or json.loads(row.custom) != lead.custom


def _as_json(rows: Sequence[LeadRow], places: Mapping[str, int]) -> str:
    """`rows` as a JSON list of objects, each with its place; quicker than an encoder for anything."""
    written = [
        _ROW_JSON % (*map(encode_basestring, row.texts), row.rank, row.custom, places[row.phone]) for row in rows
    ]
    return f"[{','.join(written)}]"
