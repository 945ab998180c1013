"""The numbers that a tenant may show to the people it calls: in use and out of use."""

from datetime import datetime

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.core.jobs import enqueue
from apps.telephony.errors import NumberInUseError
from apps.telephony.models import CallerId, ProviderAccount


def add_caller_id(*, account: ProviderAccount, phone: str, label: str, actor: User, at: datetime) -> CallerId:
    """Add a number (E.164) that the tenant may show to the people it calls, and answer it. Raises NumberInUseError."""
    try:
        with transaction.atomic():
            caller_id = CallerId.objects.create(account=account, phone=phone, label=label)
    except IntegrityError as error:
        raise NumberInUseError("This number is in the list already.", field="phone") from error
    _record_number(Action.CALLER_ID_ADDED, caller_id, actor, at)
    enqueue("telephony.take_calls", tenant_id=account.tenant_id)
    return caller_id


def enable_caller_id(*, caller_id: CallerId, actor: User, at: datetime) -> None:
    """Put a number back into use."""
    if CallerId.objects.filter(id=caller_id.id, is_active=False).update(is_active=True, disabled_reason=""):
        _record_number(Action.CALLER_ID_ENABLED, caller_id, actor, at)


def withdraw_caller_id(*, caller_id: CallerId, reason: str, actor: User | None, at: datetime) -> None:
    """Take a number out of use; campaigns that show it stop dialling. `actor` is None when the carrier refuses it."""
    changes = {"is_active": False, "disabled_reason": reason[:200]}
    if CallerId.objects.filter(id=caller_id.id, is_active=True).update(**changes):
        _record_number(Action.CALLER_ID_DISABLED, caller_id, actor, at, reason=reason)


def _record_number(action: Action, caller_id: CallerId, actor: User | None, at: datetime, **data: str) -> None:
    record(
        action,
        at=at,
        target=f"caller_id:{caller_id.id}",
        actor=actor,
        actor_label="" if actor else "carrier",
        data={"number": caller_id.phone, **data},
    )
