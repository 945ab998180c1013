from typing import Any

from celery import shared_task

from apps.core import clock
from apps.core.jobs import enqueue
from apps.core.queues import Queue
from apps.dialer.services import reconcile as reconciling
from apps.dialer.services import tick as ticking
from apps.tenants.selectors import list_active_tenant_ids
from apps.tenants.tasks import TenantTask


@shared_task(name="dialer.tick", queue=Queue.DIAL.value, time_limit=60)
def tick(**_: Any) -> None:  # noqa: ANN401 - room for newer messages
    """Wake a worker for every campaign that has work; visits each tenant in a scope of its own."""
    for tenant_id in list_active_tenant_ids():
        for campaign_id in ticking.running_campaign_ids(tenant_id=tenant_id):
            enqueue("dialer.tick_campaign", tenant_id=tenant_id, campaign_id=campaign_id)


@shared_task(name="dialer.tick_campaign", base=TenantTask, queue=Queue.DIAL.value, time_limit=60)
def tick_campaign(*, tenant_id: int, campaign_id: int, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    ticking.tick_campaign(tenant_id=tenant_id, campaign_id=campaign_id, at=clock.now())


@shared_task(name="dialer.dial_campaign", base=TenantTask, queue=Queue.DIAL.value, time_limit=60)
def dial_campaign(*, tenant_id: int, campaign_id: int, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    ticking.dial_campaign(tenant_id=tenant_id, campaign_id=campaign_id, at=clock.now())


@shared_task(name="dialer.reconcile", queue=Queue.DIAL.value, time_limit=60)
def reconcile(**_: Any) -> None:  # noqa: ANN401 - room for newer messages
    """Wake a worker for every tenant; visits each in a scope of its own."""
    for tenant_id in list_active_tenant_ids():
        enqueue("dialer.reconcile_tenant", tenant_id=tenant_id)


@shared_task(name="dialer.reconcile_tenant", base=TenantTask, queue=Queue.DIAL.value, time_limit=60)
def reconcile_tenant(*, tenant_id: int, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    reconciling.reconcile(tenant_id=tenant_id, at=clock.now())
