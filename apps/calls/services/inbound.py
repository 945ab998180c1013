"""Calls to the tenant's own numbers: who rings back is offered a call-back, and anybody may ask for no more calls.

Nobody talks to the caller, so no window binds this; the call-back is dialled through the gate like any other.
"""

from datetime import datetime, timedelta

from apps.audit.actions import Action
from apps.audit.services import record
from apps.calls.enums import KeypadChoice
from apps.calls.models import InboundCall
from apps.calls.selectors import find_last_call_to, find_over_quota
from apps.calls.services.callbacks import Promised, next_lawful, promise_for_pool
from apps.campaigns.models import Campaign, DialMode
from apps.campaigns.selectors import find_blockers
from apps.compliance.models import Evidence
from apps.compliance.services.consents import refuse_calls
from apps.telephony.models import CallerId

# Until then they have hung up.
AT_ONCE = timedelta(minutes=1)
# However often somebody rings, they are called back for it once in this time.
REST = timedelta(hours=24)
NOTE = "Rang back. Asked by keypad to be called back."


def receive_call(*, sid: str, caller_id: CallerId, phone: str, at: datetime) -> InboundCall:
    """Keep a call to one of the tenant's numbers, once; `phone` is the caller's in E.164, empty when they hide it."""
    call, _ = InboundCall.objects.get_or_create(
        sid=sid,
        defaults={
            "caller_id": caller_id,
            "phone": phone,
            "attempt": find_last_call_to(phone, caller_id=caller_id) if phone else None,
            "received_at": at,
            "offered_at": at if phone else None,
        },
    )
    return call


def callback_time(call: InboundCall, *, at: datetime) -> datetime | None:
    """When the caller would be called back; None when they may not be, or nobody would do it."""
    attempt = call.attempt
    if attempt is None or not _does_dial(attempt.campaign) or find_over_quota(attempt.campaign_id, [attempt.lead]):
        return None
    promises = InboundCall.objects.filter(phone=call.phone, callback_at__isnull=False).order_by("-callback_at")
    last = promises.values_list("callback_at", flat=True).first()
    promised = Promised(attempt.campaign, attempt.lead, is_personal=False)
    return next_lawful(promised=promised, at=at, after=max(at + AT_ONCE, last + REST) if last else at + AT_ONCE)


def _does_dial(campaign: Campaign) -> bool:
    """Whether the campaign dials the pool's call-backs by itself."""
    is_running = campaign.state == Campaign.State.RUNNING and campaign.dial_mode != DialMode.MANUAL
    return is_running and not find_blockers(campaign)


def choose(*, sid: str, digits: str, at: datetime) -> InboundCall | None:
    """Do what the caller asks for by keypad, once; the call with their choice. None when there is no such call."""
    call = (
        InboundCall.objects.select_for_update(of=("self",))
        .select_related("attempt__campaign__caller_id__account", "attempt__lead__place", "caller_id")
        .filter(sid=sid, offered_at__isnull=False)
        .first()
    )
    if call is None or call.choice:
        return call
    if digits == "1":
        _book(call, at)
    elif digits == "9":
        _never_again(call, at)
    call.save(update_fields=["choice", "callback_at"])
    return call


def _never_again(call: InboundCall, at: datetime) -> None:
    call.choice = KeypadChoice.NEVER
    note = f"Pressed 9 when ringing {call.caller_id.phone} (call {call.sid})"
    refuse_calls(phone=call.phone, source=Evidence.CALLEE, note=note, created_by="keypad", at=at)


def _book(call: InboundCall, at: datetime) -> None:
    due_at = callback_time(call, at=at)
    if due_at is None or call.attempt is None:
        return
    call.choice = KeypadChoice.CALLBACK
    call.callback_at = promise_for_pool(
        campaign_lead_id=call.attempt.campaign_lead_id,
        due_at=due_at,
        zone=call.attempt.lead.place.zones[0],
        note=NOTE,
        is_urgent=True,
    )
    data = {"phone": call.phone, "due_at": call.callback_at.isoformat()}
    record(Action.CALLBACK_ASKED, at=at, target=f"attempt:{call.attempt_id}", actor_label="keypad", data=data)


def end_call(*, sid: str, at: datetime) -> None:
    """The carrier says that the call is over."""
    InboundCall.objects.filter(sid=sid, ended_at__isnull=True).update(ended_at=at)
