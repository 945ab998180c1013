"""What the desk shows of a call that can be handed on: to whom, the newest transfer, the message for machines."""

from typing import Any

from apps.agents.models import AgentSession, AgentState
from apps.calls.enums import TransferState
from apps.calls.models import Attempt, Transfer, VoicemailDrop
from apps.calls.wording import offer_text
from apps.campaigns.selectors import find_machine_disposition
from apps.core.templatetags.ui import phone as phone_text
from apps.telephony.models import TransferTarget
from apps.telephony.selectors import list_transfer_targets


def handing_on_state(session: AgentSession) -> dict[str, Any]:
    """JSON values: whom the call can be transferred to, the newest transfer, and the message for machines."""
    attempt = session.attempt
    if attempt is None or session.state not in {AgentState.ON_CALL, AgentState.WRAP_UP}:
        return {"targets": [], "transfer": None, "voicemail": None}
    is_talking = session.state == AgentState.ON_CALL
    newest = Transfer.objects.filter(attempt=attempt).order_by("-asked_at", "-id").first()
    return {
        "targets": [_target(item) for item in list_transfer_targets()] if is_talking else [],
        "transfer": newest and _transfer(newest),
        "voicemail": _voicemail(session, attempt) if is_talking else None,
    }


def _target(item: TransferTarget) -> dict[str, Any]:
    return {"id": item.id, "name": item.name, "purpose": item.purpose, "phone_text": phone_text(item.phone)}


def _transfer(transfer: Transfer) -> dict[str, Any]:
    return {
        "id": str(transfer.id),
        "name": transfer.name,
        "way": transfer.way,
        "state": TransferState(transfer.state).name,
        "result": transfer.result,
        "is_handed_over": transfer.handed_over_at is not None and transfer.returned_at is None,
        "is_returned": transfer.returned_at is not None,
        "offer": offer_text(transfer),
        "answered_at": transfer.answered_at.isoformat() if transfer.answered_at else None,
    }


def _voicemail(session: AgentSession, attempt: Attempt) -> dict[str, Any] | None:
    campaign = session.campaign
    if not campaign.voicemail_text.strip() or find_machine_disposition(campaign) is None:
        return None
    drop = VoicemailDrop.objects.filter(attempt=attempt).first()
    return {"is_asked": drop is not None and not drop.error, "error": drop.error if drop else ""}
