"""Importing a messy file of a million leads, against the COPY of prepared rows and against the plain loop.

The limit is what PostgreSQL itself can do: COPY of the finished rows, sorted as the index wants them, into the same
table by its owner, whom row-level security does not bind. Peak memory is that of the worker and its reading process,
each at its own worst.
"""

import csv
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import phonenumbers
import psycopg
from django.core.files.base import File

from apps.core import clock
from apps.leads.models import Lead, LeadImport, LeadList, Place
from apps.leads.services.imports import preview_import, upload_file
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from bench.figures import Figure
from bench.import_corpus import write_messy_file

ROWS = int(os.environ.get("BENCH_IMPORT_ROWS", "1000000"))
ROUNDS = int(os.environ.get("BENCH_IMPORT_ROUNDS", "3"))
LOOP_ROWS = min(ROWS, 30_000)

_COLUMNS = (
    "id, tenant_id, lead_list_id, place_id, created_at, phone, region, line_type, state, postal_code, confirmed_zone, "
    "subject_type, first_name, last_name, company, email, external_id, source, language, rank, custom"
)
# In a process of its own, so that its peak memory is that of a worker and nothing else.
_IN_WORKER = """
import sys, time
import django
django.setup()
from apps.core import clock
from apps.leads.importing.run import run_import
started = time.perf_counter()
run_import(tenant_id=int(sys.argv[1]), import_id=int(sys.argv[2]), clock=clock.now)
print(time.perf_counter() - started)
"""


def figures() -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory() as name,
        psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner,
    ):
        path = Path(name) / "leads.csv"
        write_messy_file(path, ROWS)
        tenant = Tenant.objects.create(slug="bench-import", name="Bench", countries=["US", "CA", "GB"])
        with tenant_scope(tenant.id):
            lead_list = LeadList.objects.create(name="Bench")
        imports, copies, again, loops, peaks = [], [], [], [], []
        for _ in range(ROUNDS):
            _clear(owner)
            seconds, peak = _import(tenant, lead_list, path)
            imports.append(ROWS / seconds)
            peaks.append(peak)
            seconds, _ = _import(tenant, lead_list, path)
            again.append(ROWS / seconds)
            copies.append(_copy_prepared(owner))
            loops.append(_plain_loop(tenant, lead_list, path, owner))
    yield Figure("import", median(imports), "rows/s")
    yield Figure("the same file once more", median(again), "rows/s")
    yield Figure("sorted COPY of the prepared rows", median(copies), "rows/s")
    yield Figure("parse and bulk_create in a loop", median(loops), "rows/s")
    to_copy = [ours / limit for ours, limit in zip(imports, copies, strict=True)]
    yield Figure("import against the sorted COPY", median(to_copy), at_least=0.5)
    to_loop = [ours / loop for ours, loop in zip(imports, loops, strict=True)]
    yield Figure("import against the plain loop", median(to_loop), at_least=10)
    yield Figure("peak memory of worker and reading process", max(peaks), "MB", at_most=500)


def _clear(owner: psycopg.Connection) -> None:
    owner.execute("truncate leads_lead cascade")
    owner.execute("vacuum analyze leads_lead")


def _import(tenant: Tenant, lead_list: LeadList, path: Path) -> tuple[float, float]:
    """Wall seconds and peak megabytes."""
    at = clock.now()
    with tenant_scope(tenant.id), path.open("rb") as stream:
        uploaded = upload_file(lead_list=lead_list, upload=File(stream, path.name), uploaded_by=None, at=at)
        mapping = preview_import(uploaded).mapping
        LeadImport.objects.filter(id=uploaded.id).update(
            state=LeadImport.State.QUEUED, mapping={**uploaded.mapping, **mapping.to_json()}
        )
    command = [sys.executable, "-c", _IN_WORKER, str(tenant.id), str(uploaded.id)]
    seconds, peak = _run_measured(command)
    with tenant_scope(tenant.id):
        finished = LeadImport.objects.get(id=uploaded.id)
        if finished.state != LeadImport.State.DONE:
            raise RuntimeError(f"The import ended as {finished.state}: {finished.error}")
    return seconds, peak


def _run_measured(command: list[str]) -> tuple[float, float]:
    """The number that the command prints, and the peak megabytes of it and its children."""
    peaks: dict[int, int] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            for pid in (process.pid, *map(int, children.read_text().split())):
                peaks[pid] = max(peaks.get(pid, 0), _peak_kilobytes(pid))
            time.sleep(0.2)
        printed = process.communicate()[0]
    if process.returncode:
        raise RuntimeError(f"The import ended with exit code {process.returncode}.")
    return float(printed), sum(peaks.values()) / 1024


def _peak_kilobytes(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def _copy_prepared(owner: psycopg.Connection) -> float:
    """Rows a second of COPY, reckoned for all rows of the file: rejects cost it nothing."""
    prepared = io.BytesIO()
    with (
        owner.cursor() as cursor,
        cursor.copy(f"copy (select {_COLUMNS} from leads_lead order by phone) to stdout") as copy,
    ):
        for block in copy:
            prepared.write(block)
    _clear(owner)
    started = time.perf_counter()
    with owner.cursor() as cursor, cursor.copy(f"copy leads_lead ({_COLUMNS}) from stdin") as copy:
        copy.write(prepared.getvalue())
    return ROWS / (time.perf_counter() - started)


def _plain_loop(tenant: Tenant, lead_list: LeadList, path: Path, owner: psycopg.Connection) -> float:
    """The loop one would write first: read, parse, make objects, insert a thousand at a time."""
    _clear(owner)
    place = Place.objects.order_by("id").first()
    started = time.perf_counter()
    batch: list[Lead] = []
    with tenant_scope(tenant.id), path.open(encoding="utf-8", newline="") as stream:
        for index, row in enumerate(csv.DictReader(stream)):
            if index == LOOP_ROWS:
                break
            phone = _parse(row["Phone Number"])
            if phone:
                custom = {key: row[key] for key in ("Plan", "Roof Age", "Segment", "Last Bill", "City", "Address1")}
                batch.append(
                    Lead(
                        tenant=tenant, lead_list=lead_list, place=place, phone=phone, region="US",
                        state=row["State"][:2].upper(), postal_code=row["Zip Code"], first_name=row["First Name"],
                        last_name=row["Last Name"], email=row["Email"], external_id=row["Vendor Lead Code"],
                        source=row["Source"], rank=int(row["Rank"]), custom=custom,
                    )
                )  # fmt: skip
            if len(batch) == 1000:
                Lead.objects.bulk_create(batch, ignore_conflicts=True)
                batch.clear()
        Lead.objects.bulk_create(batch, ignore_conflicts=True)
    return LOOP_ROWS / (time.perf_counter() - started)


def _parse(raw: str) -> str | None:
    try:
        number = phonenumbers.parse(raw, "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
