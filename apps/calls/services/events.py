"""Carrier events: stored once, merged into their attempt in the same statement."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from django.db import connection

from apps.calls.domain.fold import MERGE, Progress
from apps.tenants.scope import get_tenant_id

_SET = ", ".join(f"{name} = {keep}(a.{name}, %({name})s)" for name, keep in MERGE.items())
# One round trip: a repeated event inserts nothing and so changes nothing.
_RECORD = f"""
with event as (
    insert into calls_providerevent (tenant_id, attempt_id, key, name, payload, received_at)
    select %(tenant)s, id, %(key)s, %(event_name)s, %(payload)s::jsonb, %(received_at)s
    from calls_attempt
    where tenant_id = %(tenant)s and id = %(attempt)s and (sid is null or %(sid)s::text is null or sid = %(sid)s)
    on conflict (tenant_id, key) do nothing returning attempt_id
)
update calls_attempt a set {_SET}, sid = coalesce(a.sid, %(sid)s)
from event where a.tenant_id = %(tenant)s and a.id = event.attempt_id
returning a.state, a.settled_at is not null
"""  # noqa: S608 - names come from our own dataclass, values are parameters


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """A verified callback: `key` is the same for every repetition, `progress` what it says."""

    key: str
    name: str
    sid: str | None
    payload: Mapping[str, str]
    progress: Progress


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where the attempt stands after an event."""

    state: int
    is_settled: bool


def record_event(*, attempt_id: UUID, event: CarrierEvent, at: datetime) -> Recorded | None:
    """Store an event and merge it into its attempt.

    None when it was a repetition, when it is of another call, or when the attempt is not the tenant's.
    """
    progress = {name: getattr(event.progress, name) for name in MERGE}
    values = {
        "tenant": get_tenant_id(),
        "attempt": attempt_id,
        "key": event.key,
        "event_name": event.name,
        "payload": json.dumps(dict(event.payload)),
        "received_at": at,
        "sid": event.sid,
        **progress,
    }
    # Past Django's cursor, which cannot prepare: planning this statement costs twice what running it does.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        row = cursor.execute(_RECORD, values, prepare=True).fetchone()
    return Recorded(*row) if row else None


def merge_progress(*, attempt_id: UUID, progress: Progress, sid: str | None = None) -> None:
    """Merge what was learned otherwise than by a callback, such as from the call resource."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"update calls_attempt a set {_SET}, sid = coalesce(a.sid, %(sid)s) "  # noqa: S608 - as above
            "where a.tenant_id = %(tenant)s and a.id = %(attempt)s",
            {
                "tenant": get_tenant_id(),
                "attempt": attempt_id,
                "sid": sid,
                **{name: getattr(progress, name) for name in MERGE},
            },
        )
