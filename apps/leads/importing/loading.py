"""Slices of checked rows into the table of leads, in the caller's transaction.

PostgreSQL has no COPY into a table with row-level security, so every slice goes through a temporary table and one
INSERT that leaves out what the dedupe scope has already. Rows get their ids in the order of the file, because a
campaign calls them in that order, and are written in the order of the number, because the index wants that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from apps.leads.domain.fields import Field
from apps.leads.importing.apart import Apart
from apps.leads.importing.slices import PlaceKey, Slice
from apps.leads.models import DedupeScope, LeadImport
from apps.leads.services.places import resolve_places

# So many duplicates are named in the file of rejects.
MAX_DUPLICATES_SHOWN: Final = 1_000

# Plans are bound to the index of numbers: over millions of leads the planner would rather read and hash them all.
# Foreign keys are checked slice by slice, not all at the commit.
_START: Final = """
set constraints all immediate;
set local enable_hashjoin = off;
set local enable_mergejoin = off;
set local work_mem = '64MB';
create temporary table import_row (
    id bigint not null default nextval(pg_get_serial_sequence('leads_lead', 'id')), row_no integer not null,
    place_key integer not null, phone text not null, region text, line_type text, state text, postal_code text,
    confirmed_zone text, subject_type text, first_name text, last_name text, company text, email text,
    external_id text, source text, language text, rank smallint, custom jsonb
) on commit drop;
create temporary table import_place (key integer primary key, place_id bigint not null) on commit drop;
create temporary table import_changed (
    row_id bigint not null, lead_id bigint not null, is_moved boolean not null, primary key (row_id, lead_id)
) on commit drop;
"""
_COPY: Final = r"""
copy import_row (
    row_no, place_key, phone, region, line_type, state, postal_code, confirmed_zone, subject_type, first_name,
    last_name, company, email, external_id, source, language, rank, custom
) from stdin with (format csv, null '\N')
"""
_ADD_PLACES: Final = "insert into import_place select * from unnest(%s::integer[], %s::bigint[])"
_INSERT: Final = """
with fresh as (
    select distinct on (phone) * from import_row order by phone, id
), added as (
    insert into leads_lead (
        id, tenant_id, lead_list_id, place_id, created_at, phone, region, line_type, state, postal_code,
        confirmed_zone, subject_type, first_name, last_name, company, email, external_id, source, language, rank, custom
    )
    select fresh.id, %(tenant)s, %(list)s, place.place_id, %(at)s, phone, region, line_type, state, postal_code,
        confirmed_zone, subject_type, first_name, last_name, company, email, external_id, source, language, rank, custom
    from fresh join import_place place on place.key = fresh.place_key
    where not exists (
        select from leads_lead lead where lead.tenant_id = %(tenant)s and lead.phone = fresh.phone
        and (%(scope)s::bigint[] is null or lead.lead_list_id = any(%(scope)s::bigint[]))
    )
    order by phone
    on conflict (tenant_id, phone, lead_list_id) do nothing
    returning id
)
select count(*), min(id), max(id) from added
"""
# Only leads from before this import: of two rows with one number the first counts, in whatever slice they come.
_UPDATE: Final = """
with fresh as (
    select distinct on (phone) * from import_row order by phone, id
), merged as (
    select lead.id, fresh.id as row_id, lead.phone,
        case when fresh.state = '' and fresh.postal_code = '' then lead.region else fresh.region end as region,
        coalesce(nullif(fresh.line_type, 'unknown'), lead.line_type) as line_type,
        coalesce(nullif(fresh.state, ''), lead.state) as state,
        coalesce(nullif(fresh.postal_code, ''), lead.postal_code) as postal_code,
        coalesce(nullif(fresh.confirmed_zone, ''), lead.confirmed_zone) as confirmed_zone,
        case when %(has_subject_type)s then fresh.subject_type else lead.subject_type end as subject_type,
        coalesce(nullif(fresh.first_name, ''), lead.first_name) as first_name,
        coalesce(nullif(fresh.last_name, ''), lead.last_name) as last_name,
        coalesce(nullif(fresh.company, ''), lead.company) as company,
        coalesce(nullif(fresh.email, ''), lead.email) as email,
        coalesce(nullif(fresh.external_id, ''), lead.external_id) as external_id,
        coalesce(nullif(fresh.source, ''), lead.source) as source,
        coalesce(nullif(fresh.language, ''), lead.language) as language,
        case when %(has_rank)s then fresh.rank else lead.rank end as rank,
        lead.custom || fresh.custom as custom
    from fresh join leads_lead lead on lead.tenant_id = %(tenant)s and lead.phone = fresh.phone
    where lead.id < %(before)s and (%(scope)s::bigint[] is null or lead.lead_list_id = any(%(scope)s::bigint[]))
), changed as (
    update leads_lead lead set
        region = new.region, line_type = new.line_type, state = new.state, postal_code = new.postal_code,
        confirmed_zone = new.confirmed_zone, subject_type = new.subject_type, first_name = new.first_name,
        last_name = new.last_name, company = new.company, email = new.email, external_id = new.external_id,
        source = new.source, language = new.language, rank = new.rank, custom = new.custom
    from merged new join leads_lead old on old.id = new.id
    where lead.id = new.id and (
        old.region, old.line_type, old.state, old.postal_code, old.confirmed_zone, old.subject_type, old.first_name,
        old.last_name, old.company, old.email, old.external_id, old.source, old.language, old.rank, old.custom
    ) is distinct from (
        new.region, new.line_type, new.state, new.postal_code, new.confirmed_zone, new.subject_type, new.first_name,
        new.last_name, new.company, new.email, new.external_id, new.source, new.language, new.rank, new.custom
    )
    returning new.row_id, lead.id as lead_id, (
        old.region, old.line_type, old.state, old.postal_code, old.confirmed_zone
    ) is distinct from (
        new.region, new.line_type, new.state, new.postal_code, new.confirmed_zone
    ) as is_moved
)
insert into import_changed select row_id, lead_id, is_moved from changed
"""
_MOVED: Final = """
select min(lead.phone), lead.region, lead.state, lead.postal_code, lead.line_type, lead.confirmed_zone,
    array_agg(lead.id)
from import_changed changed join leads_lead lead on lead.id = changed.lead_id
where changed.is_moved
group by left(lead.phone, case left(lead.phone, 2) when '+1' then 5 else 8 end),
    lead.region, lead.state, lead.postal_code, lead.line_type, lead.confirmed_zone
"""
_MOVE: Final = """
update leads_lead lead set place_id = moved.place_id
from unnest(%s::bigint[], %s::bigint[]) as moved (id, place_id)
where lead.id = moved.id and lead.place_id <> moved.place_id
"""
_DUPLICATES: Final = """
select row_no, phone from import_row
where not exists (select from leads_lead lead where lead.id = import_row.id)
  and not exists (select from import_changed where row_id = import_row.id)
order by row_no limit %s
"""
_CLEAR: Final = "truncate import_row, import_changed"
_NEXT_ID: Final = "select nextval(pg_get_serial_sequence('leads_lead', 'id'))"
_COUNT_CHANGED: Final = "select count(distinct row_id) from import_changed"


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
        self._apart = apart
        self.loaded = Loaded()
        self.duplicates: list[Duplicate] = []
        self._is_updating = lead_import.on_duplicate == LeadImport.OnDuplicate.UPDATE
        with connection.cursor() as cursor:
            cursor.execute(_START)
            cursor.execute(_NEXT_ID)
            before = cursor.fetchone()[0]
        fields = set(lead_import.mapping.get("columns", {}).values())
        self._values: dict[str, Any] = {
            "tenant": lead_import.tenant_id,
            "list": lead_import.lead_list_id,
            "scope": _scope_lists(lead_import),
            "at": at,
            "before": before,
            "has_rank": Field.RANK in fields,
            "has_subject_type": Field.SUBJECT_TYPE in fields,
        }

    def load(self, part: Slice) -> None:
        """Add one slice."""
        if part.places:
            self._add_places(part.first_key, part.places)
        with connection.cursor() as cursor:
            with cursor.copy(_COPY) as copy:
                copy.write(part.rows)
            updated = self._update() if self._is_updating else 0
            cursor.execute(_INSERT, self._values)
            accepted, first_id, last_id = cursor.fetchone()
            self._count(part.size, accepted, updated, first_id, last_id)
            wanted = MAX_DUPLICATES_SHOWN - len(self.duplicates)
            if wanted and part.size > accepted + updated:
                cursor.execute(_DUPLICATES, [wanted])
                self.duplicates += [Duplicate(*row) for row in cursor.fetchall()]
            cursor.execute(_CLEAR)

    def _count(self, size: int, accepted: int, updated: int, first_id: int | None, last_id: int | None) -> None:
        loaded = self.loaded
        loaded.accepted += accepted
        loaded.updated += updated
        loaded.duplicates += size - accepted - updated
        loaded.first_id = loaded.first_id or first_id
        loaded.last_id = last_id or loaded.last_id

    def _add_places(self, first_key: int, keys: Sequence[PlaceKey]) -> None:
        numbers = list(range(first_key, first_key + len(keys)))
        with connection.cursor() as cursor:
            cursor.execute(_ADD_PLACES, [numbers, self._apart.call(resolve_places, keys)])

    def _update(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(_UPDATE, self._values)
            cursor.execute(_MOVED)
            moved = [(PlaceKey(*key), lead_ids) for *key, lead_ids in cursor.fetchall()]
            if moved:
                places = self._apart.call(resolve_places, [key for key, _ in moved])
                pairs = [(lead, place) for place, (_, leads) in zip(places, moved, strict=True) for lead in leads]
                cursor.execute(_MOVE, [list(column) for column in zip(*pairs, strict=True)])
            cursor.execute(_COUNT_CHANGED)
            return int(cursor.fetchone()[0])


def _scope_lists(lead_import: LeadImport) -> list[int] | None:
    """The lists a number may not be in yet; None for all of the tenant."""
    if lead_import.dedupe_scope == DedupeScope.TENANT:
        return None
    others = lead_import.dedupe_list_ids if lead_import.dedupe_scope == DedupeScope.CAMPAIGN else []
    return sorted({lead_import.lead_list_id, *others})
