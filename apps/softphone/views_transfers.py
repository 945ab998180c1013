"""Actions of the desk that hand a call on."""

from datetime import datetime
from typing import Any

from apps.accounts.http import TenantRequest
from apps.softphone import transfers
from apps.softphone.forms import read_attempt_id, read_id
from apps.softphone.views import desk_action


@desk_action
def transfer(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Call a target of the list into the talk."""
    transfers.transfer(
        user=request.user,
        tenant=request.tenant,
        attempt_id=read_attempt_id(data),
        target_id=read_id(data, "target"),
        way=str(data.get("way", "")),
        at=at,
    )


@desk_action
def leave(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Leave the talk to the person and the target."""
    transfers.leave(user=request.user, attempt_id=read_attempt_id(data), at=at)


@desk_action
def call_off(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Hang up the target."""
    transfers.call_off(user=request.user, attempt_id=read_attempt_id(data), at=at)


@desk_action
def voicemail(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Leave the campaign's message on an answering machine."""
    transfers.leave_voicemail(user=request.user, tenant=request.tenant, attempt_id=read_attempt_id(data), at=at)
