"""A worker killed in the middle of an import leaves nothing behind, and the next one brings the same result."""

import multiprocessing
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.db import connection

from apps.leads.importing import run
from apps.leads.importing.run import due_import_ids, run_import
from apps.leads.models import LeadImport
from apps.tenants.scope import tenant_scope
from bench.import_corpus import write_messy_file
from tests import factories
from tests.leads.importing_kit import AT, Ticking, import_file, phones_of, queue_file

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True, available_apps=list(settings.INSTALLED_APPS)),
]
ROWS = 6_000


def test_killed_import_is_run_again_with_the_same_result(
    transactional_db: None, media: Path, no_broker: Mock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "SLICE_ROWS", 500)
    write_messy_file(tmp_path / "leads.csv", ROWS)
    content = (tmp_path / "leads.csv").read_bytes()
    tenant = factories.TenantFactory.create()
    with tenant_scope(tenant.id):
        killed, whole = factories.LeadListFactory.create_batch(2, tenant=tenant)
    import_id = queue_file(tenant, killed, content)

    # A forked process must not share our connection.
    connection.close()
    arguments = {"tenant_id": tenant.id, "import_id": import_id, "clock": Ticking()}
    worker = multiprocessing.get_context("fork").Process(target=run_import, kwargs=arguments)
    worker.start()
    while not rows_read(tenant.id, import_id):
        assert worker.is_alive()
        worker.join(0.05)
    worker.kill()
    worker.join()

    assert phones_of(tenant, killed) == []
    later = AT + timedelta(hours=1)
    assert due_import_ids(tenant_id=tenant.id, at=later) == [import_id]
    run_import(tenant_id=tenant.id, import_id=import_id, clock=Ticking(later))
    done = import_file(tenant, whole, content)
    with tenant_scope(tenant.id):
        again = LeadImport.objects.get(id=import_id)
    assert (again.state, again.accepted, again.reject_counts) == ("DONE", done.accepted, done.reject_counts)
    assert phones_of(tenant, killed) == phones_of(tenant, whole)


def rows_read(tenant_id: int, import_id: int) -> int:
    with tenant_scope(tenant_id):
        return LeadImport.objects.get(id=import_id).rows_read
