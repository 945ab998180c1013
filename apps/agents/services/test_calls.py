"""A call to oneself: hear one's own voice by the way that calls take, and measure it."""

import logging

from apps.agents.models import AgentSession, AgentState
from apps.agents.services.states import AgentStateError
from apps.calls import control, placing
from apps.calls.domain.fold import is_over
from apps.core.jobs import enqueue
from apps.telephony.errors import CarrierError
from apps.telephony.selectors import find_account, list_caller_ids
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)


def ask_test_call(*, tenant_id: int, user_id: int) -> None:
    """Have the person's browser rung. Raises AgentStateError during a call."""
    busy = AgentSession.objects.filter(user_id=user_id, ended_at__isnull=True)
    if busy.filter(state__in=[AgentState.RESERVED, AgentState.ON_CALL]).exists():
        raise AgentStateError("Finish the call first.")
    enqueue("agents.place_test_call", tenant_id=tenant_id, user_id=user_id)


def place_test_call(*, tenant_id: int, user_id: int) -> None:
    """Ring the browser that waits for a test call; one that cannot be rung says so by its own time limit."""
    with tenant_scope(tenant_id):
        numbers = list_caller_ids().select_related("account").filter(is_active=True, account__is_active=True)
        caller_id = numbers.first()
    if caller_id is None:
        return
    try:
        placing.place_test_call(tenant_id=tenant_id, caller_id=caller_id, user_id=user_id)
    except CarrierError as error:
        logger.warning("test_call.failed", extra={"user": user_id, "code": error.code})


def forget_test_call(*, tenant_id: int, sid: str) -> None:
    """Delete what was said in it, once it is over; a recording that is not ready yet is told of when it is."""
    with tenant_scope(tenant_id):
        account = find_account()
    if account is None:
        return
    try:
        call = control.look_up_leg(account=account, sid=sid)
        if call is None or is_over(call.status):
            control.forget_test_call(account=account, sid=sid)
    except CarrierError as error:
        logger.warning("test_call.not_forgotten", extra={"call": sid, "code": error.code})
