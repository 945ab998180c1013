"""Calls: https://www.twilio.com/docs/voice/api/call-resource"""

from aiohttp import web

from simulator.callees import FICTIONAL
from simulator.carrier import Carrier
from simulator.clock import Timeline
from simulator.errors import CarrierError
from simulator.model import Account, Call, CallStatus, Script
from simulator.registry import new_sid
from simulator.rest.context import account_of, carrier_of, form_of
from simulator.rest.forms import CALL_EVENTS, DIGITS, E164, Form, amd_options, destination, recording_options
from simulator.rest.pages import date_filter, page
from simulator.rest.render import call_json

MAX_TWIML = 4000
MAX_TIME_LIMIT = 24 * 3600
TEST_SENDERS = {"+15005550001": 21212, "+15005550006": 0}


async def create(request: web.Request) -> web.Response:
    """Start an outbound call."""
    carrier, account = carrier_of(request), account_of(request)
    form = await form_of(request)
    call = new_call(carrier, account, form)
    call.program = _script(form)
    call.send_digits = _send_digits(form)
    call.amd = amd_options(form, always_async=False)
    options = recording_options(form)
    call.record = options if form.flag("Record", False) else None
    carrier.exchange.place(call)
    return web.json_response(call_json(call), status=201)


async def fetch(request: web.Request) -> web.Response:
    """One call."""
    call = carrier_of(request).registry.call(account_of(request), request.match_info["sid"])
    return web.json_response(call_json(call))


async def update(request: web.Request) -> web.Response:
    """Hang up, cancel, or take to new TwiML."""
    carrier = carrier_of(request)
    call = carrier.registry.call(account_of(request), request.match_info["sid"])
    form = await form_of(request)
    status = form.choice("Status", ("canceled", "completed"), "")
    if form.has("Url") and form.has("Twiml"):
        raise CarrierError(20001, "Url and Twiml exclude each other")
    if hook := form.hook("StatusCallback", CALL_EVENTS, "completed"):
        call.status_hook = hook
    if form.has("TimeLimit"):
        carrier.exchange.set_time_limit(call, form.number("TimeLimit", 0, 1, MAX_TIME_LIMIT))
    if status:
        carrier.exchange.hang_up(call, CallStatus(status), "api", carrier.now())
    elif form.has("Url") or form.has("Twiml"):
        carrier.exchange.redirect(call, _script(form), carrier.now())
    return web.json_response(call_json(call))


async def delete(request: web.Request) -> web.Response:
    """Forget a finished call; raises 20409 for a live one."""
    registry = carrier_of(request).registry
    call = registry.call(account_of(request), request.match_info["sid"])
    if not call.is_over:
        raise CarrierError(20409, "the call is not over")
    registry.forget_call(call)
    return web.Response(status=204)


async def index(request: web.Request) -> web.Response:
    """Calls, newest first, filtered."""
    query = request.query
    started, ended = date_filter(request, "StartTime"), date_filter(request, "EndTime")
    calls = (
        call
        for call in carrier_of(request).registry.calls_of(account_of(request), query.get("To", ""))
        if query.get("From", call.sender) == call.sender
        and query.get("ParentCallSid", call.parent_sid) == call.parent_sid
        and query.get("Status", call.status.value) == call.status.value
        and started(call.started_at)
        and ended(call.ended_at)
    )
    return page(request, "calls", calls, call_json)


def new_call(carrier: Carrier, account: Account, form: Form) -> Call:
    """A checked call from the fields that Calls and Participants share; raises CarrierError 212xx."""
    to = destination(form)
    sender = check_sender(account, form)
    if code := carrier.callees.refusal(to):
        raise CarrierError(code, to)
    at = carrier.now()
    return Call(
        sid=new_sid("CA"),
        account=account,
        to=to,
        sender=sender,
        direction="outbound-api",
        created_at=at,
        updated_at=at,
        timeline=Timeline(carrier.clock, at),
        program=Script(),
        status_hook=form.hook("StatusCallback", CALL_EVENTS, "completed"),
        ring_timeout=form.number("Timeout", 60, 1, 600, 21208),
        time_limit=form.number("TimeLimit", 4 * 3600, 1, MAX_TIME_LIMIT),
    )


def check_sender(account: Account, form: Form) -> str:
    """The `From` field; raises CarrierError 21213, 21212 or 21210.

    An account that owns no listed number owns every fictional one (+1 NPA 555 01xx).
    """
    sender = form.text("From")
    if not sender:
        raise CarrierError(21213)
    if sender.startswith("client:"):
        return sender
    if code := TEST_SENDERS.get(sender):
        raise CarrierError(code, sender)
    if not E164.match(sender):
        raise CarrierError(21212, sender)
    owned = sender in account.numbers if account.numbers else FICTIONAL.match(sender) is not None
    if not owned and sender not in account.caller_ids and sender not in TEST_SENDERS:
        raise CarrierError(21210, sender)
    return sender


def _script(form: Form) -> Script:
    if form.has("ApplicationSid"):
        raise CarrierError(21218, "applications are not simulated")
    url, twiml = form.url("Url", 21205), form.text("Twiml")
    if not url and not twiml:
        raise CarrierError(21205, "Url or Twiml is required")
    if len(twiml) > MAX_TWIML:
        raise CarrierError(32018)
    return Script(
        url=url,
        method=form.method("Method"),
        twiml="" if url else twiml,
        fallback_url=form.url("FallbackUrl", 21205),
        fallback_method=form.method("FallbackMethod"),
    )


def _send_digits(form: Form) -> str:
    digits = form.text("SendDigits")
    if digits and not DIGITS.match(digits):
        raise CarrierError(21206)
    return digits
