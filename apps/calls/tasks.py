from typing import Any
from uuid import UUID

from celery import shared_task

from apps.calls import placing, taping
from apps.core import clock
from apps.core.queues import Queue
from apps.tenants.tasks import TenantTask


@shared_task(name="calls.place_attempt", base=TenantTask, queue=Queue.DIAL.value, time_limit=120)
def place_attempt(*, tenant_id: int, attempt_id: str, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    placing.place_attempt(tenant_id=tenant_id, attempt_id=UUID(attempt_id), now=clock.now)


@shared_task(name="calls.reconcile_unknown", base=TenantTask, queue=Queue.DIAL.value, time_limit=120)
def reconcile_unknown(*, tenant_id: int, attempt_id: str, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    placing.reconcile_unknown(tenant_id=tenant_id, attempt_id=UUID(attempt_id), at=clock.now())


@shared_task(name="calls.refresh_silent", base=TenantTask, queue=Queue.EVENTS.value, time_limit=120)
def refresh_silent(*, tenant_id: int, attempt_id: str, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    placing.refresh_silent(tenant_id=tenant_id, attempt_id=UUID(attempt_id), at=clock.now())


@shared_task(name="calls.end_call", base=TenantTask, queue=Queue.DIAL.value, time_limit=120)
def end_call(*, tenant_id: int, attempt_id: str, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    placing.end_call(tenant_id=tenant_id, attempt_id=UUID(attempt_id))


@shared_task(name="calls.steer_taping", base=TenantTask, queue=Queue.EVENTS.value, time_limit=120)
def steer_taping(*, tenant_id: int, attempt_id: str, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    taping.steer_taping(tenant_id=tenant_id, attempt_id=UUID(attempt_id), now=clock.now)
