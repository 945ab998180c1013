from typing import Any

from celery import shared_task

from apps.core import clock
from apps.core.jobs import enqueue
from apps.core.queues import Queue
from apps.floor.services import recordings
from apps.tenants.selectors import list_active_tenant_ids
from apps.tenants.tasks import TenantTask


@shared_task(name="floor.sweep_recordings", queue=Queue.DEFAULT.value, time_limit=60)
def sweep_recordings(**_: Any) -> None:  # noqa: ANN401 - room for newer messages
    """Let every tenant's recordings that are past their time be deleted."""
    for tenant_id in list_active_tenant_ids():
        enqueue("floor.expire_recordings", tenant_id=tenant_id)


@shared_task(name="floor.expire_recordings", base=TenantTask, queue=Queue.DEFAULT.value, time_limit=600)
def expire_recordings(*, tenant_id: int, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    recordings.expire_recordings(tenant_id=tenant_id, at=clock.now())
