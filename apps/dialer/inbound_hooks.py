"""The carrier's callbacks about calls to the tenant's own numbers."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse

from apps.agents.services import keypad
from apps.calls.enums import KeypadChoice
from apps.calls.models import InboundCall
from apps.calls.selectors import get_callers_language
from apps.calls.services import inbound as inbound_calls
from apps.core.domain.phones import normalise_phone
from apps.dialer.webhooks import carrier_hook, read_sid, xml
from apps.telephony.addresses import hook_url
from apps.telephony.models import CallerId
from apps.telephony.twiml import answers, interruption, ringing_in
from apps.tenants.models import Tenant


@carrier_hook
def inbound(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """Somebody rings one of the tenant's numbers, in use or not any more."""
    sid = read_sid(request, "CallSid", "CA")
    caller_id = CallerId.objects.filter(phone=_number(request, "To")).first()
    if not sid or caller_id is None:
        return xml(answers.hang_up())
    call = inbound_calls.receive_call(sid=sid, caller_id=caller_id, phone=_number(request, "From"), at=at)
    tenant = Tenant.objects.get(id=tenant_id)
    return xml(
        ringing_in.greet_caller(
            language=get_callers_language(call),
            seller=tenant.seller,
            phone=tenant.seller_phone if tenant.seller_phone != caller_id.phone else "",
            was_called=call.attempt is not None,
            may_call_back=inbound_calls.callback_time(call, at=at) is not None,
            choice_url=hook_url(tenant_id, "inbound_choice") if call.phone else "",
        )
    )


def _number(request: HttpRequest, field: str) -> str:
    """A number in E.164; what the carrier writes for a hidden one, a word or +266696687, is no valid one and empty."""
    return normalise_phone(request.POST.get(field, "")).e164


@carrier_hook
def inbound_choice(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """The caller pressed a key."""
    call = inbound_calls.choose(sid=read_sid(request, "CallSid", "CA"), digits=request.POST.get("Digits", ""), at=at)
    return xml(_confirm(call, at) if call else answers.hang_up())


def _confirm(call: InboundCall, at: datetime) -> str:
    language = get_callers_language(call)
    if call.choice == KeypadChoice.NEVER:
        return answers.confirm_opt_out(language=language)
    if call.callback_at is None or call.attempt is None:
        return answers.farewell(language)
    zone = call.attempt.lead.place.zones[0]
    return interruption.confirm_callback(
        language=language, when=keypad.when(call.callback_at, zone, language=language, at=at)
    )


@carrier_hook
def inbound_over(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """The call is over."""
    inbound_calls.end_call(sid=read_sid(request, "CallSid", "CA"), at=at)
    return HttpResponse(status=204)
