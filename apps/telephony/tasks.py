import logging
from typing import Any

from celery import shared_task

from apps.core import clock
from apps.core.queues import Queue
from apps.telephony.errors import CarrierError
from apps.telephony.selectors import find_account
from apps.telephony.services import numbering
from apps.tenants.scope import tenant_scope
from apps.tenants.tasks import TenantTask

logger = logging.getLogger(__name__)


@shared_task(name="telephony.take_calls", base=TenantTask, queue=Queue.DEFAULT.value, time_limit=120)
def take_calls(*, tenant_id: int, **_: Any) -> None:  # noqa: ANN401 - room for newer messages
    """What the carrier refuses, the checklist shows."""
    with tenant_scope(tenant_id):
        account = find_account()
    if account is None:
        return
    try:
        numbering.take_calls(account=account, actor=None, at=clock.now())
    except CarrierError as error:
        logger.warning("numbers.calls_not_taken", extra={"code": error.code})
