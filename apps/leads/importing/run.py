"""One import from its stored file to leads: all of them or none, however often a worker dies on the way."""

import logging
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, cast

from django.conf import settings
from django.core.files import File
from django.db import OperationalError
from django.db.models import Q

from apps.audit.actions import Action
from apps.audit.services import record
from apps.compliance.models import Evidence
from apps.core.clock import real_seconds
from apps.core.jobs import enqueue
from apps.core.publish import publish
from apps.leads.domain.fields import Field
from apps.leads.domain.refusals import RowReject
from apps.leads.importing.apart import Apart
from apps.leads.importing.errors import FileError
from apps.leads.importing.fact_lines import read_facts
from apps.leads.importing.files import FileFormat, pick_rows
from apps.leads.importing.loading import Loader
from apps.leads.importing.progress import LEASE_SECONDS, Clock, Heartbeat, Progress, owned
from apps.leads.importing.rejects import RejectFile
from apps.leads.importing.slices import Job, Slice, read_slices
from apps.leads.models import LeadImport
from apps.leads.services.facts import record_facts
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)

SLICE_ROWS: Final = 20_000
FACTS_AT_ONCE: Final = 10_000
# A campaign's queue is held while so many leads are moved in it.
MOVED_AT_ONCE: Final = 1_000
_DUPLICATE: Final = (
    "duplicate",
    "This number is there already, in a lead or further up in the file.",
    "Nothing to do.",
)


class ImportLostError(Exception):
    """Another worker has taken the import over."""


def run_import(*, tenant_id: int, import_id: int, clock: Clock) -> None:
    """Run a queued import, or one whose worker has died; nothing when it is done or in other hands.

    Leads, legal facts, counts and the state DONE are committed in one transaction. A file that cannot be imported makes
    it FAILED with the reason. When the database goes away the import stays as it is, and starts again when its lease
    has run out.
    """
    run = _claim(tenant_id, import_id, clock)
    if run is None:
        return
    try:
        _load(run)
    except FileError as error:
        _fail(run, error.message)
    except ImportLostError:
        logger.warning("import.lost", extra={"import_id": import_id})
    except OperationalError:
        logger.warning("import.interrupted", extra={"import_id": import_id})
        raise
    except Exception:
        _fail(run, "The import failed for a reason of ours, not of the file. Please tell support.")
        raise


def due_import_ids(*, tenant_id: int, at: datetime) -> list[int]:
    """Imports that nobody works on though somebody should; each is left alone for one lease between two looks."""
    with tenant_scope(tenant_id):
        states = [LeadImport.State.QUEUED, LeadImport.State.RUNNING]
        due = LeadImport.objects.filter(state__in=states, lease_until__lt=at).order_by("id")
        ids = list(due.values_list("id", flat=True))
        queued = LeadImport.objects.filter(id__in=ids, state=LeadImport.State.QUEUED)
        queued.update(lease_until=at + real_seconds(LEASE_SECONDS))
    return ids


@dataclass(frozen=True, slots=True)
class _Run:
    """One attempt at an import, from the instant at which this worker took it."""

    lead_import: LeadImport
    started_at: datetime
    clock: Clock


def _claim(tenant_id: int, import_id: int, clock: Clock) -> _Run | None:
    at = clock()
    free = Q(state=LeadImport.State.QUEUED) | Q(state=LeadImport.State.RUNNING, lease_until__lt=at)
    with tenant_scope(tenant_id):
        claimed = LeadImport.objects.filter(free, id=import_id).update(
            state=LeadImport.State.RUNNING, started_at=at, lease_until=at + real_seconds(LEASE_SECONDS)
        )
        if not claimed:
            return None
        return _Run(LeadImport.objects.select_related("created_by").get(id=import_id), at, clock)


def _load(run: _Run) -> None:
    progress = Progress()
    with tempfile.TemporaryDirectory(prefix="import-") as name:
        job = _job(run, Path(name))
        with (
            _reading(job) as slices,
            Heartbeat(run.lead_import, progress, run.clock) as beat,
            Apart() as apart,
            tenant_scope(run.lead_import.tenant_id),
        ):
            loader = Loader(run.lead_import, apart, at=run.started_at)
            reasons: dict[str, int] = {}
            for part in slices:
                if beat.is_lost.is_set():
                    raise ImportLostError
                loader.load(part)
                reasons = part.counts.reasons
                _advance(progress, part, loader)
            _write_duplicates(run.lead_import, Path(job.rejects_path), loader)
            _record_facts(run, Path(job.facts_path))
            # From here on this transaction locks the row that the beat writes.
            beat.stop()
            rejects = _store_rejects(run.lead_import, Path(job.rejects_path), progress)
            _finish(run, loader, progress, reasons, rejects)
            _tell_campaigns(run.lead_import, loader.moved_lead_ids)


def _job(run: _Run, folder: Path) -> Job:
    return Job(
        path=run.lead_import.file.path,
        rejects_path=str(folder / "rejects.csv"),
        facts_path=str(folder / "facts.jsonl"),
        format=run.lead_import.mapping["format"],
        mapping=run.lead_import.mapping,
        region=run.lead_import.default_region,
        at=run.started_at.isoformat(),
        slice_rows=SLICE_ROWS,
    )


@contextmanager
def _reading(job: Job) -> Iterator[Iterator[Slice]]:
    """A process that reads the file while this one loads."""
    process = subprocess.Popen(
        [sys.executable, "-m", "apps.leads.importing.prepare"],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        stdin, stdout = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
        with stdin:
            stdin.write(job.to_json().encode())
        with stdout:
            yield read_slices(stdout)
    finally:
        process.kill()
        process.wait()


def _advance(progress: Progress, part: Slice, loader: Loader) -> None:
    progress.bytes_done = part.counts.bytes_done
    progress.rows_read = part.counts.rows_read
    progress.invalid = part.counts.invalid
    progress.accepted = loader.loaded.accepted
    progress.updated = loader.loaded.updated
    progress.duplicates = loader.loaded.duplicates


def _record_facts(run: _Run, path: Path) -> None:
    """Last of all, because the audit entries of a tenant wait for each other until the commit."""
    by = run.lead_import.created_by or "import"
    for batch in read_facts(path, batch_size=FACTS_AT_ONCE):
        record_facts(rows=batch, source=Evidence.IMPORT, recorded_by=by, at=run.started_at)


def _write_duplicates(lead_import: LeadImport, path: Path, loader: Loader) -> None:
    """Add the duplicates to the file of rejects, with their cells: those are read once more, for few are shown."""
    if not loader.duplicates:
        return
    numbers = [duplicate.row for duplicate in loader.duplicates]
    file_format = FileFormat.from_json(lead_import.mapping["format"])
    cells = pick_rows(Path(lead_import.file.path), file_format, numbers=numbers)
    columns = lead_import.mapping["columns"]
    phone_column = next(header for header, field in columns.items() if field == Field.PHONE)
    with path.open("a", encoding="utf-8", newline="") as stream:
        rejects = RejectFile(stream)
        for duplicate in loader.duplicates:
            reject = RowReject(duplicate.row, phone_column, duplicate.phone, *_DUPLICATE)
            rejects.write(reject, cells[duplicate.row])


def _store_rejects(lead_import: LeadImport, path: Path, progress: Progress) -> str:
    """The stored name of the file of rejects; empty when there are none."""
    if not progress.invalid and not progress.duplicates:
        return ""
    with path.open("rb") as stored:
        lead_import.rejects.save(f"import-{lead_import.id}-rejects.csv", File(stored), save=False)
    return str(lead_import.rejects.name)


def _finish(run: _Run, loader: Loader, progress: Progress, reasons: dict[str, int], rejects: str) -> None:
    lead_import = run.lead_import
    at = run.clock()
    progress.bytes_done = lead_import.size
    counts = asdict(progress)
    is_ours = owned(lead_import).update(
        **counts,
        state=LeadImport.State.DONE,
        reject_counts=reasons,
        rejects=rejects,
        first_lead_id=loader.loaded.first_id,
        last_lead_id=loader.loaded.last_id,
        finished_at=at,
        lease_until=None,
    )
    if not is_ours:
        raise ImportLostError
    _record(run, Action.IMPORT_FINISHED, counts, at)
    _publish(lead_import, LeadImport.State.DONE, counts)


def _tell_campaigns(lead_import: LeadImport, moved_lead_ids: list[int]) -> None:
    """Have the queues follow leads whose place the file has changed."""
    for start in range(0, len(moved_lead_ids), MOVED_AT_ONCE):
        lead_ids = moved_lead_ids[start : start + MOVED_AT_ONCE]
        enqueue("campaigns.move_leads", tenant_id=lead_import.tenant_id, lead_ids=lead_ids)


def _fail(run: _Run, message: str) -> None:
    at = run.clock()
    with tenant_scope(run.lead_import.tenant_id):
        is_ours = owned(run.lead_import).update(
            **asdict(Progress()), state=LeadImport.State.FAILED, error=message[:500], finished_at=at, lease_until=None
        )
        if is_ours:
            _record(run, Action.IMPORT_FAILED, {"error": message}, at)
            _publish(run.lead_import, LeadImport.State.FAILED, {"error": message})


def _record(run: _Run, action: Action, data: dict[str, Any], at: datetime) -> None:
    record(action, at=at, target=f"import:{run.lead_import.id}", actor_label="import", data=data)


def _publish(lead_import: LeadImport, state: str, data: dict[str, Any]) -> None:
    publish(lead_import.tenant_id, f"import:{lead_import.id}", {"state": state, "size": lead_import.size, **data})
