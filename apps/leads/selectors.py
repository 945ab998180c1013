"""Reads of lists, leads and imports. No read here grows with the number of leads."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from apps.core.domain.numbers import read_row_number
from apps.core.domain.phones import normalise_phone
from apps.leads.models import Lead, LeadImport, LeadList

# Counting further would read every lead; beyond it the planner's estimate is shown.
COUNTED_EXACTLY: Final = 10_000
# In the order of the list's own index, or a short list would be looked for all over the table.
_COUNT: Final = """
select list.id, (select count(*) from (
    select 1 from leads_lead where lead_list_id = list.id order by lead_list_id, id limit %(limit)s
) counted)
from unnest(%(ids)s::bigint[]) as list (id)
"""
_ESTIMATE_LIST: Final = "explain (format json) select 1 from leads_lead where lead_list_id = %s"
_ESTIMATE_TENANT: Final = "explain (format json) select 1 from leads_lead"
_ALL_ROWS: Final = "select reltuples from pg_class where oid = 'leads_lead'::regclass"
# A few leads of each list tell which fields it has.
_CUSTOM_FIELDS: Final = """
select distinct jsonb_object_keys(sample.custom) as name
from (select id from leads_leadlist where archived_at is null order by id desc limit 20) list
cross join lateral (
    select custom from leads_lead where lead_list_id = list.id order by lead_list_id, id limit 20
) sample
order by name limit 40
"""
# After every character that a name can hold.
_AFTER_ALL: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class LeadCount:
    """How many leads a list has; beyond COUNTED_EXACTLY about how many."""

    number: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A page of leads; `cursor` goes on after it, empty on the last page."""

    leads: list[Lead]
    cursor: str


def list_lists(*, is_archived: bool = False) -> QuerySet[LeadList]:
    """Lists by name."""
    return LeadList.objects.filter(archived_at__isnull=not is_archived).order_by("name", "id")


def count_leads(lead_list_ids: Iterable[int]) -> dict[int, LeadCount]:
    """How many leads each list has, in one query as long as the lists are small."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"limit": COUNTED_EXACTLY + 1, "ids": list(lead_list_ids)})
        counts = dict(cursor.fetchall())
    return {
        lead_list_id: LeadCount(number, is_exact=True)
        if number <= COUNTED_EXACTLY
        else LeadCount(max(number, _estimate(lead_list_id)), is_exact=False)
        for lead_list_id, number in counts.items()
    }


def _estimate(lead_list_id: int) -> int:
    """About how many leads a list has, to two digits.

    The planner multiplies the shares of list and tenant as if they had nothing to do with each other, so the tenant's
    share is taken out again.
    """
    with connection.cursor() as cursor:
        both, tenant = (_planned_rows(cursor, sql, lead_list_id) for sql in (_ESTIMATE_LIST, _ESTIMATE_TENANT))
        cursor.execute(_ALL_ROWS)
        rows = both * max(1.0, cursor.fetchone()[0] / max(1, tenant))
    unit = 10 ** max(0, len(str(int(rows))) - 2)
    return int(round(rows / unit) * unit)


def _planned_rows(cursor: CursorWrapper, sql: str, lead_list_id: int) -> int:
    cursor.execute(sql, [lead_list_id] if "%s" in sql else None)
    plan = cursor.fetchone()[0]
    return int((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])


def list_leads(lead_list: LeadList, *, cursor: str = "", size: int) -> Found:
    """A page of a list in the order in which its leads came."""
    rows = (
        Lead.objects.filter(lead_list=lead_list, id__gt=read_row_number(cursor)).select_related("place").order_by("id")
    )
    found = list(rows[: size + 1])
    return Found(found[:size], str(found[size - 1].id) if len(found) > size else "")


def search_leads(
    query: str, *, region: str, list_ids: Collection[int] | None = None, cursor: str = "", size: int
) -> Found:
    """Leads by number (whole, or its first digits), lead id of the source, or beginning of the name.

    The name is the last name, without one the company, without one the first name. `region` is where numbers without a
    country code are at home; `list_ids` are the only lists looked at. Ids of sources come first, on the first page.
    """
    # No text of the database holds a NUL.
    text, cursor = " ".join(query.replace("\0", " ").split()), cursor.replace("\0", "")
    leads = Lead.objects.select_related("place", "lead_list")
    if list_ids is not None:
        leads = leads.filter(lead_list__in=list_ids)
    if not text:
        return Found([], "")
    number = normalise_phone(text, region)
    if number.is_valid:
        return Found(list(leads.filter(phone=number.e164).order_by("lead_list_id", "id")[:size]), "")
    by_id = [] if cursor else list(leads.filter(external_id=text).order_by("lead_list_id", "id")[:size])
    digits = "".join(character for character in text if character.isdecimal())
    if len(digits) >= 3 and not any(character.isalpha() for character in text):
        return Found([*by_id, *_by_first_digits(leads, text, digits, size)], "")
    named = _by_name(leads, text.lower(), cursor, size)
    if not named.leads and not cursor:
        named = _by_full_name(leads, text.lower(), size)
    known = {lead.id for lead in by_id}
    return Found([*by_id, *(lead for lead in named.leads if lead.id not in known)], named.cursor)


def _by_first_digits(leads: QuerySet[Lead], text: str, digits: str, size: int) -> list[Lead]:
    start = f"+{digits}" if text.startswith("+") else f"+1{digits.removeprefix('1')}"
    return list(leads.filter(phone__gte=start, phone__lt=f"{start}:").order_by("phone", "lead_list_id")[:size])


def _by_name(leads: QuerySet[Lead], name: str, cursor: str, size: int) -> Found:
    last_name, _, last_id = cursor.rpartition("~")
    named = leads.filter(search_name__gte=last_name or name, search_name__lt=name + _AFTER_ALL)
    if last_id:
        named = named.filter(Q(search_name__gt=last_name) | Q(id__gt=read_row_number(last_id)))
    found = list(named.order_by("search_name", "id")[: size + 1])
    more = f"{found[size - 1].search_name}~{found[size - 1].id}" if len(found) > size else ""
    return Found(found[:size], more)


def _by_full_name(leads: QuerySet[Lead], text: str, size: int) -> Found:
    """`byron, ada` and `ada byron`."""
    last, comma, first = text.partition(", ")
    if not comma:
        first, _, last = text.rpartition(" ")
    if not first:
        return Found([], "")
    return _by_name(leads.filter(first_name__istartswith=first), last, "", size)


def list_imports(lead_list: LeadList) -> QuerySet[LeadImport]:
    """Files that were loaded into a list, newest first."""
    return LeadImport.objects.filter(lead_list=lead_list).select_related("created_by").order_by("-id")


def find_same_file(lead_import: LeadImport) -> LeadImport | None:
    """The last import of the very same file that was started before, if any."""
    started = LeadImport.objects.filter(sha256=lead_import.sha256).exclude(state=LeadImport.State.UPLOADED)
    return started.exclude(id=lead_import.id).select_related("lead_list").order_by("-id").first()


def list_custom_fields() -> list[str]:
    """Names of the custom fields that leads of the newest lists have, by name."""
    with connection.cursor() as cursor:
        cursor.execute(_CUSTOM_FIELDS)
        return [row[0] for row in cursor.fetchall()]


def import_state(import_id: int) -> dict[str, object]:
    """What the page of an import shows of it as it goes on. Raises LeadImport.DoesNotExist."""
    found = LeadImport.objects.get(id=import_id)
    is_over = found.state in {LeadImport.State.DONE, LeadImport.State.FAILED}
    return {
        "state": found.state,
        "is_over": is_over,
        "is_running": not is_over,
        "bytes_done": found.bytes_done,
        "text": _progress_text(found),
        "rows_read": found.rows_read,
        "accepted": found.accepted,
        "updated": found.updated,
        "duplicates": found.duplicates,
        "invalid": found.invalid,
        "refused_tone": "danger" if found.invalid else "",
    }


def _progress_text(lead_import: LeadImport) -> str:
    if lead_import.state == LeadImport.State.QUEUED:
        return gettext("Waiting for a worker")
    if lead_import.state != LeadImport.State.RUNNING:
        return lead_import.get_state_display()
    if lead_import.bytes_done >= lead_import.size > 0:
        return gettext("All rows read, storing the leads")
    return gettext("%(percent)s %% of the file read") % {
        "percent": 100 * lead_import.bytes_done // max(1, lead_import.size)
    }
