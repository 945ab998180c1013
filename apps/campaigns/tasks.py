from collections.abc import Sequence
from typing import Any

from celery import shared_task

from apps.campaigns.services import queue
from apps.core.queues import Queue
from apps.tenants.scope import tenant_scope
from apps.tenants.tasks import TenantTask


@shared_task(name="campaigns.move_leads", base=TenantTask, queue=Queue.DEFAULT.value, time_limit=120)
def move_leads(*, tenant_id: int, lead_ids: Sequence[int], **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    with tenant_scope(tenant_id):
        queue.move_leads(lead_ids=lead_ids)
