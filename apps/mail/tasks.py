from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings

from apps.core import clock
from apps.core.jobs import enqueue
from apps.core.queues import Queue
from apps.mail.services import sending
from apps.tenants.selectors import list_active_tenant_ids
from apps.tenants.tasks import TenantTask


@shared_task(name="mail.sweep", queue=Queue.DEFAULT.value, time_limit=60)
def sweep(**_: Any) -> None:  # noqa: ANN401 - room for newer messages
    """Let every tenant's e-mails that are due be sent."""
    if settings.MAIL_IS_ON:
        for tenant_id in list_active_tenant_ids():
            enqueue("mail.send_due", tenant_id=tenant_id)


@shared_task(name="mail.send_due", base=TenantTask, queue=Queue.DEFAULT.value, time_limit=60)
def send_due(*, tenant_id: int, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    sending.wake_due(tenant_id=tenant_id, at=clock.now())


@shared_task(name="mail.send_email", base=TenantTask, queue=Queue.DEFAULT.value, time_limit=100)
def send_email(*, tenant_id: int, email_id: str, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    sending.send_email(tenant_id=tenant_id, email_id=UUID(email_id), at=clock.now())
