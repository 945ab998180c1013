"""Proving that a ledger is whole: every entry unchanged, every link to the one before in place, none cut off.

Entries link by hash and not by id: two transactions may take their ids in one order and their places in the chain in
the other. One chain through all entries means: each hash is right, exactly one entry has no predecessor, no
predecessor is missing or used twice, and the head is an entry without a successor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from apps.audit.models import LEDGERS

FAULTS = {
    "CHANGED": "its content does not match its hash",
    "GAP": "the entry before it is missing",
    "FORK": "it follows an entry that another one follows already",
    "HEAD": "the entries after it are missing",
    "PERSONAL": "a personal value kept beside it was changed",
}

FIND_BAD_ENTRY = """
with entries as materialized (
    select id, previous_hash, hash, entry_hash(previous_hash, to_jsonb(t)) as computed,
           row_number() over (partition by previous_hash order by id) as turn
    from {table} t where tenant_id = %(tenant_id)s
)
select e.id, case
    when e.hash is distinct from e.computed then 'CHANGED'
    when e.previous_hash is not null and p.id is null then 'GAP'
    else 'FORK' end
from entries e left join entries p on p.hash = e.previous_hash
where e.hash is distinct from e.computed or (e.previous_hash is not null and p.id is null) or e.turn > 1
order by e.id limit 1
"""

READ_HEAD = (
    "select encode(nullif(hash, ''), 'hex') from ledger_head where tenant_id = %(tenant_id)s and ledger = %(table)s"
)

READ_TAIL = """
select count(*), max(e.id) filter (where n.id is null), encode(max(e.hash) filter (where n.id is null), 'hex')
from {table} e left join {table} n on n.tenant_id = e.tenant_id and n.previous_hash = e.hash
where e.tenant_id = %(tenant_id)s
"""

FIND_BAD_PERSONAL = """
select v.entry_id from audit_personalvalue v join audit_auditentry e on e.id = v.entry_id
where v.tenant_id = %(tenant_id)s
  and e.data -> v.key ->> 'sha256' is distinct from encode(sha256(convert_to(v.salt || v.value, 'UTF8')), 'hex')
order by v.entry_id limit 1
"""


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What was found in one ledger of one tenant; `bad_id` is None when it is whole, 0 when all entries are gone."""

    table: str
    entries: int
    head: str
    bad_id: int | None = None
    fault: str = ""


def verify_tenant(*, tenant_id: int) -> list[LedgerReport]:
    """Check each ledger of the tenant, which must be in scope."""
    with connection.cursor() as cursor:
        # The hash is over the row as text in UTC.
        cursor.execute("select set_config('TimeZone', 'UTC', true)")
    return [_verify(tenant_id, table) for table in LEDGERS]


def _verify(tenant_id: int, table: str) -> LedgerReport:
    values: dict[str, int | str] = {"tenant_id": tenant_id, "table": table}
    head = _first(READ_HEAD, values) or ("",)
    count, tail_id, tail = _first(READ_TAIL.format(table=table), values) or (0, None, None)
    report = LedgerReport(table=table, entries=count, head=head[0] or "")
    bad = _first(FIND_BAD_ENTRY.format(table=table), values)
    if bad is None and (tail or "") != report.head:
        bad = (tail_id or 0, "HEAD")
    if bad is None and table == "audit_auditentry" and (personal := _first(FIND_BAD_PERSONAL, values)):
        bad = (personal[0], "PERSONAL")
    if bad is None:
        return report
    return LedgerReport(table=table, entries=count, head=report.head, bad_id=bad[0], fault=bad[1])


def _first(sql: str, values: Mapping[str, int | str]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row
