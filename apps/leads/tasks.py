from typing import Any

from celery import shared_task

from apps.core import clock
from apps.core.jobs import enqueue
from apps.core.queues import Queue
from apps.leads.importing import run
from apps.tenants.selectors import list_active_tenant_ids
from apps.tenants.tasks import TenantTask


@shared_task(name="leads.run_import", base=TenantTask, queue=Queue.IMPORT.value, time_limit=3600)
def run_import(*, tenant_id: int, import_id: int, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    run.run_import(tenant_id=tenant_id, import_id=import_id, clock=clock.now)


@shared_task(name="leads.resume_imports", queue=Queue.DEFAULT.value, time_limit=60)
def resume_imports(**_: Any) -> None:  # noqa: ANN401 - room for newer messages
    """Wake a worker for every import that has none: its message was lost, or its worker died."""
    for tenant_id in list_active_tenant_ids():
        for import_id in run.due_import_ids(tenant_id=tenant_id, at=clock.now()):
            enqueue("leads.run_import", tenant_id=tenant_id, import_id=import_id)
