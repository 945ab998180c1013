"""Slices of checked rows into the table of leads, in the caller's transaction.

PostgreSQL has no COPY into a table with row-level security, so every slice goes through a temporary table and one
INSERT that takes what is new. Rows get their ids in the order of the file, because a campaign calls them in that order,
and are written in the order of the number, because the index wants that.

No statement joins the table of leads: what the planner knows of it is from before this transaction, and a plan made for
an empty table takes hours when a million rows are in it. Numbers are looked up in the unique index alone, by ON
CONFLICT or by a probe whose ORDER BY no other index can serve.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from apps.leads.domain.fields import Field
from apps.leads.importing.apart import Apart
from apps.leads.importing.slices import ROW_COLUMNS, PlaceKey, Slice
from apps.leads.models import DedupeScope, LeadImport
from apps.leads.services.places import resolve_places

# So many duplicates are named in the file of rejects.
MAX_DUPLICATES_SHOWN: Final = 1_000
# Stands for every list of the tenant where a number is looked up.
_ANY_LIST: Final = 0

# Foreign keys are checked slice by slice, not all at the commit.
_START: Final = """
set constraints all immediate;
set local work_mem = '64MB';
create temporary table import_row (
    id bigint not null default nextval(pg_get_serial_sequence('leads_lead', 'id')), row_no integer not null,
    place_key integer not null, phone text not null, region text, line_type text, state text, postal_code text,
    confirmed_zone text, subject_type text, first_name text, last_name text, company text, email text,
    external_id text, source text, language text, rank smallint, custom jsonb
) on commit drop;
create temporary table import_place (key integer primary key, place_id bigint not null) on commit drop;
create temporary table import_match (row_id bigint primary key, lead leads_lead not null, place_id bigint not null)
    on commit drop;
create temporary table import_seen (phone text primary key) on commit drop;
create temporary view import_fresh as
    select distinct on (phone) * from import_row
    where not exists (select from import_seen seen where seen.phone = import_row.phone)
    order by phone, id;
"""
# The first row of each number as the lead will be. The views go with their tables.
_CREATE_NEW: Final = """
create temporary view import_merged as
select fresh.*, (select place_id from import_place place where place.key = fresh.place_key) as place_id,
    null::bigint as lead_id, null::bigint as list_id, false as is_changed
from import_fresh fresh
"""
# The same when leads may be there already: what a row leaves empty stays as the matched lead has it.
_CREATE_MERGED: Final = """
create temporary view import_merged as
select merged.*, (lead).id as lead_id, (lead).lead_list_id as list_id,
    (region, state, postal_code, line_type, confirmed_zone) is distinct from (
        (lead).region, (lead).state, (lead).postal_code, (lead).line_type, (lead).confirmed_zone
    ) as is_moved,
    (region, state, postal_code, line_type, confirmed_zone, subject_type, first_name, last_name, company, email,
        external_id, source, language, rank, custom) is distinct from (
        (lead).region, (lead).state, (lead).postal_code, (lead).line_type, (lead).confirmed_zone, (lead).subject_type,
        (lead).first_name, (lead).last_name, (lead).company, (lead).email, (lead).external_id, (lead).source,
        (lead).language, (lead).rank, (lead).custom
    ) as is_changed
from (
    select fresh.id, fresh.phone, match.lead, coalesce(
            match.place_id, (select place_id from import_place place where place.key = fresh.place_key)
        ) as place_id,
        case when match.row_id is null or fresh.state <> '' or fresh.postal_code <> '' then fresh.region
            else (lead).region end as region,
        coalesce(nullif(fresh.line_type, 'unknown'), (lead).line_type, 'unknown') as line_type,
        coalesce(nullif(fresh.state, ''), (lead).state, '') as state,
        coalesce(nullif(fresh.postal_code, ''), (lead).postal_code, '') as postal_code,
        coalesce(nullif(fresh.confirmed_zone, ''), (lead).confirmed_zone, '') as confirmed_zone,
        case when match.row_id is null or %(has_subject_type)s then fresh.subject_type
            else (lead).subject_type end as subject_type,
        coalesce(nullif(fresh.first_name, ''), (lead).first_name, '') as first_name,
        coalesce(nullif(fresh.last_name, ''), (lead).last_name, '') as last_name,
        coalesce(nullif(fresh.company, ''), (lead).company, '') as company,
        coalesce(nullif(fresh.email, ''), (lead).email, '') as email,
        coalesce(nullif(fresh.external_id, ''), (lead).external_id, '') as external_id,
        coalesce(nullif(fresh.source, ''), (lead).source, '') as source,
        coalesce(nullif(fresh.language, ''), (lead).language, '') as language,
        case when match.row_id is null or %(has_rank)s then fresh.rank else (lead).rank end as rank,
        coalesce((lead).custom, '{}') || fresh.custom as custom
    from import_fresh fresh
    left join import_match match on match.row_id = fresh.id
) merged
"""
_COPY: Final = f"copy import_row ({', '.join(ROW_COLUMNS)}) from stdin"
_ADD_PLACES: Final = "insert into import_place select * from unnest(%s::integer[], %s::bigint[])"

# Which lead a row means: that of the first of the lists that has the number.
_MATCH: Final = """
insert into import_match (row_id, lead, place_id)
select fresh.id, lead, (lead).place_id
from import_fresh fresh
cross join lateral (
    select found.lead from unnest(%(lists)s::bigint[]) with ordinality as wanted (list_id, place)
    cross join lateral (
        select probe as lead, probe.phone, probe.lead_list_id from leads_lead probe
        where probe.tenant_id = %(tenant)s and (probe.phone, probe.lead_list_id) >= (fresh.phone, wanted.list_id)
        order by probe.phone, probe.lead_list_id limit 1
    ) found
    where found.phone = fresh.phone and wanted.list_id in (found.lead_list_id, %(any_list)s)
    order by wanted.place limit 1
) matched
"""
_MOVED: Final = """
select min(phone), region, state, postal_code, line_type, confirmed_zone, array_agg(id)
from import_merged where lead_id is not null and is_moved
group by left(phone, case left(phone, 2) when '+1' then 5 else 8 end),
    region, state, postal_code, line_type, confirmed_zone
"""
_SET_PLACES: Final = """
update import_match match set place_id = moved.place_id
from unnest(%s::bigint[], %s::bigint[]) as moved (row_id, place_id) where moved.row_id = match.row_id
"""
# Leads that the law of another place holds for from now on.
_MOVED_LEADS: Final = "select (lead).id from import_match match where match.place_id <> (lead).place_id"
# Of two rows with one number the first counts, also when they are in different slices.
_REMEMBER: Final = "insert into import_seen select distinct phone from import_row on conflict do nothing"

_WRITE: Final = """
with written as (
    insert into leads_lead as lead (
        id, tenant_id, lead_list_id, place_id, created_at, phone, region, line_type, state, postal_code,
        confirmed_zone, subject_type, first_name, last_name, company, email, external_id, source, language, rank, custom
    )
    select id, %(tenant)s, coalesce(list_id, %(list)s), place_id, %(at)s, phone, region, line_type, state, postal_code,
        confirmed_zone, subject_type, first_name, last_name, company, email, external_id, source, language, rank, custom
    from import_merged
    where lead_id is null or (%(is_updating)s and is_changed)
    order by phone
    on conflict (tenant_id, phone, lead_list_id) do {on_conflict}
)
select count(*) filter (where is_new), count(*) filter (where not is_new),
    min(id) filter (where is_new), max(id) filter (where is_new)
from written
"""
_SKIP: Final = "nothing returning lead.id, true as is_new"
_UPDATE: Final = """
update set place_id = excluded.place_id, region = excluded.region, line_type = excluded.line_type,
    state = excluded.state, postal_code = excluded.postal_code, confirmed_zone = excluded.confirmed_zone,
    subject_type = excluded.subject_type, first_name = excluded.first_name, last_name = excluded.last_name,
    company = excluded.company, email = excluded.email, external_id = excluded.external_id, source = excluded.source,
    language = excluded.language, rank = excluded.rank, custom = excluded.custom
returning lead.id, old.id is null as is_new
"""
_DUPLICATES: Final = """
select row_no, phone from import_row
where not exists (
    select from (
        select id from leads_lead lead where lead.tenant_id = %(tenant)s and lead.id >= import_row.id
        order by lead.id limit 1
    ) next where next.id = import_row.id
) and not exists (
    select from import_merged merged where %(is_updating)s and merged.id = import_row.id and merged.is_changed
)
order by row_no limit %(wanted)s
"""
_CLEAR: Final = "truncate import_row, import_match"


@dataclass(slots=True)
class Loaded:
    """What has become of the rows so far; ids are those of new leads, None while there are none."""

    accepted: int = 0
    updated: int = 0
    duplicates: int = 0
    first_id: int | None = None
    last_id: int | None = None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row whose number was there already."""

    row: int
    phone: str


class Loader:
    """Loads the slices of one import; needs the tenant in scope and lasts as long as the transaction.

    Places are made `apart`: they belong to all tenants, and whoever needs the same new one would else wait for us.
    """

    def __init__(self, lead_import: LeadImport, apart: Apart, *, at: datetime) -> None:
        self.loaded = Loaded()
        self.duplicates: list[Duplicate] = []
        self.moved_lead_ids: list[int] = []
        self._apart = apart
        self._is_updating = is_updating = lead_import.on_duplicate == LeadImport.OnDuplicate.UPDATE
        self._write = _WRITE.format(on_conflict=_UPDATE if is_updating else _SKIP)
        # Within one list ON CONFLICT finds by itself what to skip.
        self._needs_match = is_updating or lead_import.dedupe_scope != DedupeScope.LIST
        fields = set(lead_import.mapping["columns"].values())
        with connection.cursor() as cursor:
            cursor.execute(_START)
            has = {"has_rank": Field.RANK in fields, "has_subject_type": Field.SUBJECT_TYPE in fields}
            cursor.execute(_CREATE_MERGED if self._needs_match else _CREATE_NEW, has)
        self._values: dict[str, Any] = {
            "tenant": lead_import.tenant_id,
            "list": lead_import.lead_list_id,
            "lists": _lists_in_scope(lead_import),
            "any_list": _ANY_LIST,
            "at": at,
            "is_updating": is_updating,
        }

    def load(self, part: Slice) -> None:
        """Add one slice."""
        if part.places:
            numbers = list(range(part.first_key, part.first_key + len(part.places)))
            self._execute(_ADD_PLACES, [numbers, self._apart.call(resolve_places, part.places)])
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.write(part.rows)
        if self._needs_match:
            self._execute(_MATCH, self._values)
            self._find_new_places()
        self._count(part.size, *self._fetch(self._write, self._values)[0])
        if self._is_updating:
            self._execute(_REMEMBER)
        self._execute(_CLEAR)

    def _find_new_places(self) -> None:
        moved = [(PlaceKey(*key), rows) for *key, rows in self._fetch(_MOVED)]
        if moved:
            places = self._apart.call(resolve_places, [key for key, _ in moved])
            pairs = [(row, place) for place, (_, rows) in zip(places, moved, strict=True) for row in rows]
            self._execute(_SET_PLACES, [list(column) for column in zip(*pairs, strict=True)])
            if self._is_updating:
                self.moved_lead_ids += [lead_id for (lead_id,) in self._fetch(_MOVED_LEADS)]

    def _count(self, size: int, accepted: int, updated: int, first_id: int | None, last_id: int | None) -> None:
        loaded = self.loaded
        loaded.accepted += accepted
        loaded.updated += updated
        loaded.duplicates += size - accepted - updated
        loaded.first_id = loaded.first_id or first_id
        loaded.last_id = last_id or loaded.last_id
        wanted = MAX_DUPLICATES_SHOWN - len(self.duplicates)
        if wanted and size > accepted + updated:
            rows = self._fetch(_DUPLICATES, {**self._values, "wanted": wanted})
            self.duplicates += [Duplicate(*row) for row in rows]

    def _execute(self, statement: str, values: list[Any] | dict[str, Any] | None = None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)

    def _fetch(self, statement: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())


def _lists_in_scope(lead_import: LeadImport) -> list[int]:
    """Where a number is looked up, in this order."""
    own = lead_import.lead_list_id
    if lead_import.dedupe_scope == DedupeScope.TENANT:
        return [own, _ANY_LIST]
    others = lead_import.dedupe_list_ids if lead_import.dedupe_scope == DedupeScope.CAMPAIGN else []
    return [own, *sorted(set(others) - {own})]
