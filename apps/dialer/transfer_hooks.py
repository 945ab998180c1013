"""The carrier's callbacks about transfers: the target's leg, and a person whom nobody took over."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.agents.services import lost_lines, transfers
from apps.calls.domain.fold import EventName, read_event
from apps.calls.enums import AttemptState
from apps.calls.selectors import get_language
from apps.dialer.webhooks import carrier_hook, find_attempt, read_sid, xml
from apps.telephony.addresses import hook_url
from apps.telephony.twiml import answers, interruption


@carrier_hook
def target(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """The leg of a transfer's target has come further, or has ended."""
    sid = read_sid(request, "CallSid", "CA")
    try:
        transfer_id = UUID(request.GET.get("t", ""))
    except ValueError:
        return HttpResponse(status=204)
    if sid:
        progress = read_event(EventName.STATUS, request.POST.dict(), at)
        transfers.follow_target(transfer_id=transfer_id, sid=sid, progress=progress, at=at)
    return HttpResponse(status=204)


@carrier_hook
def returned(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """Nobody took over this person: back to their agent if that one is still there for them, else a choice by keypad."""
    attempt = find_attempt(request)
    if attempt is None or attempt.state == AttemptState.ENDED:
        return xml(answers.hang_up())
    session = transfers.take_back(attempt=attempt, at=at)
    if session is not None:
        return xml(lost_lines.rejoin(session, attempt))
    return xml(
        interruption.offer_callback(
            language=get_language(attempt),
            missed=interruption.Missed.COLLEAGUE,
            seller=attempt.tenant.seller,
            phone=attempt.tenant.seller_phone,
            choice_url=hook_url(tenant_id, "choice", a=str(attempt.id)),
        )
    )
