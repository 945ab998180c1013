"""Storing a carrier's callback and merging it into its attempt, against the barest write there is, side by side.

Sixteen connections at once, each in a process of its own, write for a while and by turns: one-column inserts, the same
in the product's tenant scope, and the product's `record_event` in its scope. Every commit waits for the log.
"""

import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import count
from multiprocessing import get_context
from statistics import median
from uuid import UUID

import psycopg
from django.db import connection

from apps.calls.domain.fold import EventName, read_event
from apps.calls.services.events import CarrierEvent, record_event
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from bench.bulk import filled, owner_connection
from bench.figures import Figure

FEW = 20_000
MANY = int(os.environ.get("BENCH_ATTEMPTS", "2000000"))
LIVE = 5_000
CONNECTIONS, ROUNDS, SECONDS = 16, 5, 1.5
AT = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)
PAYLOAD = {
    "AccountSid": f"AC{0:032}", "CallStatus": "ringing", "CallbackSource": "call-progress-events",
    "From": "+12125550100", "To": "+12125550142", "Direction": "outbound-api", "ApiVersion": "2010-04-01",
}  # fmt: skip

# The n-th attempt has n as its id; the newest ones are on their way.
_FILL = """
insert into calls_attempt (
    id, tenant_id, campaign_id, campaign_lead_id, lead_id, decision_id, caller_id_id, phone, mode, state, sid, reserved_at,
    answered_by, end_status, talk_seconds, is_unattended, is_abandoned, outcome, error_code, error, settled_at, note
)
select lpad(to_hex(n), 32, '0')::uuid, %(tenant)s, 1, n, n, n, 1, '+1' || (2000000000 + n), 'PROGRESSIVE',
    case when n > %(rows)s - %(live)s then 30 else 70 end, 'CA' || lpad(to_hex(n), 32, '0'),
    %(at)s, 0, 0, 0, false, false, '', '', '', %(at)s, ''
from generate_series(1, %(rows)s) n
"""

Rates = dict[str, list[float]]


def figures() -> Iterator[Figure]:
    tenant = Tenant.objects.create(slug="bench-webhook", name="Bench", countries=["US"])
    connection.close()
    os.environ["PGOPTIONS"] = "-c synchronous_commit=on"
    with owner_connection() as owner:
        owner.execute("create table bench_write (n int)")
        owner.execute("grant insert on bench_write to app_rt")
        for rows in (FEW, MANY):
            values = {"tenant": tenant.id, "rows": rows, "live": LIVE, "at": AT}
            with filled(owner, "calls_attempt", _FILL, values):
                rates = _measure(tenant.id, rows)
                stored = owner.execute("select count(*) from calls_providerevent").fetchone()
            yield from _report(rates, rows)
            yield Figure("events stored", stored[0] if stored else 0, "rows", at_least=1)


def _report(rates: Rates, rows: int) -> Iterator[Figure]:
    for name, taken in rates.items():
        yield Figure(f"{name}, {rows:,} attempts", median(taken), "/s")
    bare, scoped, event = rates.values()
    yield Figure(
        f"record_event / bare insert in the same scope, {rows:,} attempts",
        median(ours / limit for ours, limit in zip(event, scoped, strict=True)),
        at_least=0.5,
    )
    yield Figure(
        f"record_event in its scope / bare insert alone, {rows:,} attempts",
        median(ours / limit for ours, limit in zip(event, bare, strict=True)),
    )


def _measure(tenant_id: int, rows: int) -> Rates:
    """Writes a second of each kind in ROUNDS interleaved rounds; a first round warms up."""
    kinds: Mapping[str, Callable[[], Callable[[], None]]] = {
        "bare insert": _bare_insert,
        "bare insert in tenant scope": partial(_scoped_insert, tenant_id),
        "record_event in tenant scope": partial(_event, tenant_id, rows),
    }
    rates: Rates = {name: [] for name in kinds}
    with ProcessPoolExecutor(CONNECTIONS, mp_context=get_context("fork")) as pool:
        for number in range(ROUNDS + 1):
            for name, make in kinds.items():
                start = time.monotonic() + 0.3
                done = sum(pool.map(partial(_write, make, start), range(CONNECTIONS)))
                if number:
                    rates[name].append(done / SECONDS)
    return rates


def _write(make: Callable[[], Callable[[], None]], start: float, _: int) -> int:
    """Write from `start` on for SECONDS; returns how often."""
    write = make()
    time.sleep(max(0.0, start - time.monotonic()))
    done = 0
    while time.monotonic() < start + SECONDS:
        write()
        done += 1
    return done


_bare: list[psycopg.Connection] = []


def _bare_insert() -> Callable[[], None]:
    """A transaction of its own by a connection that does nothing else."""
    if not _bare:
        _bare.append(psycopg.connect(os.environ["DATABASE_URL"], autocommit=True))
    cursor = _bare[0].cursor()

    def write() -> None:
        cursor.execute("insert into bench_write (n) values (%s)", [1])

    return write


def _scoped_insert(tenant_id: int) -> Callable[[], None]:
    def write() -> None:
        with tenant_scope(tenant_id), connection.cursor() as cursor:
            cursor.execute("insert into bench_write (n) values (%s)", [1])

    return write


def _event(tenant_id: int, rows: int) -> Callable[[], None]:
    chance, numbers = random.Random(os.getpid()), count()

    def write() -> None:
        n = rows - chance.randrange(LIVE)
        payload = PAYLOAD | {"CallSid": f"CA{n:032x}", "SequenceNumber": str(next(numbers))}
        event = CarrierEvent(
            key=f"{payload['CallSid']}:{os.getpid()}:{time.monotonic_ns()}",
            name=EventName.STATUS,
            sid=payload["CallSid"],
            payload=payload,
            progress=read_event(EventName.STATUS, payload, AT),
        )
        with tenant_scope(tenant_id):
            record_event(attempt_id=UUID(int=n), event=event, at=AT)

    return write
