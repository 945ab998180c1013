"""The beat of a running import: progress for the people who watch, and the lease that keeps others off.

It runs in a thread with a database connection of its own, so it goes on while a long statement is being executed.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from threading import Event, Thread
from typing import Final, Self

from django.db import DatabaseError, connection
from django.db.models import QuerySet

from apps.core.clock import real_seconds
from apps.core.publish import publish
from apps.leads.models import LeadImport
from apps.tenants.scope import tenant_scope

# Real seconds: between two reports, and after the last one until another worker may take the import over.
BEAT_SECONDS: Final = 0.25
LEASE_SECONDS: Final = 15.0

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Progress:
    """What has been done so far; the loading thread writes, the beat reads."""

    bytes_done: int = 0
    rows_read: int = 0
    accepted: int = 0
    updated: int = 0
    duplicates: int = 0
    invalid: int = 0


class Heartbeat:
    """Reports `progress` of an import until the block ends. `is_lost` is set when another worker has taken it over."""

    def __init__(self, lead_import: LeadImport, progress: Progress, clock: Clock) -> None:
        self.is_lost = Event()
        self._import = lead_import
        self._progress = progress
        self._clock = clock
        self._stop = Event()
        self._thread = Thread(target=self._run, name=f"import-{lead_import.id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the beat; afterwards the row may be locked by the loading transaction."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.wait(BEAT_SECONDS):
                try:
                    if not report(self._import, self._progress, at=self._clock()):
                        self.is_lost.set()
                        return
                except DatabaseError:
                    # The lease bridges an outage; if it lasts, the loading transaction is lost as well.
                    connection.close()
        finally:
            connection.close()


def report(lead_import: LeadImport, progress: Progress, *, at: datetime) -> bool:
    """Store and publish the progress and renew the lease; False when the import is not ours any more."""
    done = asdict(progress)
    with tenant_scope(lead_import.tenant_id):
        is_ours = owned(lead_import).update(**done, lease_until=at + real_seconds(LEASE_SECONDS))
        if is_ours:
            publish(lead_import.tenant_id, f"import:{lead_import.id}", {**done, "size": lead_import.size})
    return bool(is_ours)


def owned(lead_import: LeadImport) -> QuerySet[LeadImport]:
    """The import's row as long as this run holds it: a later run has another start."""
    return LeadImport.objects.filter(
        id=lead_import.id, state=LeadImport.State.RUNNING, started_at=lead_import.started_at
    )
