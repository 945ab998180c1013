"""What an agent asks for at the desk when a call is handed on: transfers and messages for answering machines."""

from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.agents.services import transfers, voicemail
from apps.calls.models import Transfer
from apps.core.errors import InvalidError
from apps.softphone.services import get_call
from apps.telephony.services.targets import get_usable_target
from apps.tenants.models import Tenant


def transfer(*, user: User, tenant: Tenant, attempt_id: UUID | None, target_id: int, way: str, at: datetime) -> None:
    """Call a target of the list into the talk. Raises InvalidError, NoCallError and what `start_transfer` raises."""
    session, _attempt = get_call(user, attempt_id)
    if way not in Transfer.Way.values:
        raise InvalidError("Choose how to transfer the call.", field="way")
    target = get_usable_target(target_id, countries=tenant.countries)
    transfers.start_transfer(session=session, target=target, way=Transfer.Way(way), actor=user, at=at)


def leave(*, user: User, attempt_id: UUID | None, at: datetime) -> None:
    """Leave the talk to the person and the target. Raises NoCallError and AgentStateError."""
    session, _attempt = get_call(user, attempt_id)
    transfers.ask_hand_over(session=session, at=at)


def call_off(*, user: User, attempt_id: UUID | None, at: datetime) -> None:
    """Hang up the target. Raises NoCallError and AgentStateError."""
    session, _attempt = get_call(user, attempt_id)
    transfers.call_off(session=session, at=at)


def leave_voicemail(*, user: User, tenant: Tenant, attempt_id: UUID | None, at: datetime) -> None:
    """Leave the campaign's message and go on. Raises NoCallError and what `ask_voicemail` raises."""
    session, _attempt = get_call(user, attempt_id)
    voicemail.ask_voicemail(session=session, tenant=tenant, actor=user, at=at)
