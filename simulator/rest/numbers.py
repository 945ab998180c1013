"""Owned numbers and verified caller ids, as far as dialling needs them."""

from functools import partial

from aiohttp import web

from simulator.callees import FICTIONAL
from simulator.errors import CarrierError
from simulator.model import Account, OwnedNumber
from simulator.registry import new_sid
from simulator.rest.context import account_of, carrier_of, form_of
from simulator.rest.forms import E164, Form
from simulator.rest.pages import page
from simulator.rest.render import caller_id_json, number_json

VOICE_SETTINGS = (
    "VoiceUrl",
    "VoiceMethod",
    "VoiceFallbackUrl",
    "VoiceFallbackMethod",
    "StatusCallback",
    "StatusCallbackMethod",
)


async def buy(request: web.Request) -> web.Response:
    """Own a number from now on; from then only listed numbers count as owned."""
    account, form = account_of(request), await form_of(request)
    number = form.text("PhoneNumber")
    if not E164.match(number):
        raise CarrierError(21452, "PhoneNumber")
    owned = carrier_of(request).registry.own_number(account, number, carrier_of(request).now())
    _configure(owned, form)
    return web.json_response(number_json(account, owned), status=201)


async def list_numbers(request: web.Request) -> web.Response:
    """Owned numbers; an account that lists none owns every fictional one, and shows it to who asks for just that one."""
    account, wanted = account_of(request), request.query.get("PhoneNumber", "")
    numbers = account.numbers
    if not numbers and FICTIONAL.match(wanted):
        account.implied.setdefault(wanted, _implied(account, wanted))
        numbers = {wanted: account.implied[wanted]}
    return page(request, "incoming_phone_numbers", _named(request, numbers), partial(number_json, account))


async def fetch_number(request: web.Request) -> web.Response:
    """One owned number."""
    account = account_of(request)
    return web.json_response(number_json(account, _by_sid(account.implied | account.numbers, request)))


async def update_number(request: web.Request) -> web.Response:
    """Change a number's web hooks."""
    account = account_of(request)
    owned = _by_sid(account.implied | account.numbers, request)
    _configure(owned, await form_of(request))
    return web.json_response(number_json(account, owned))


async def release_number(request: web.Request) -> web.Response:
    """Give a number back."""
    account = account_of(request)
    del account.numbers[_by_sid(account.numbers, request).phone_number]
    return web.Response(status=204)


async def verify_caller_id(request: web.Request) -> web.Response:
    """Verify an outside number as caller id. The call with the code is taken as made and answered."""
    account, form, carrier = account_of(request), await form_of(request), carrier_of(request)
    number = form.text("PhoneNumber")
    if not E164.match(number):
        raise CarrierError(21211, number)
    name = form.text("FriendlyName", number)
    account.caller_ids[number] = OwnedNumber(new_sid("PN"), number, name, carrier.now())
    body = {
        "account_sid": account.sid,
        "call_sid": new_sid("CA"),
        "friendly_name": name,
        "phone_number": number,
        "validation_code": "111111",
    }
    return web.json_response(body)


async def list_caller_ids(request: web.Request) -> web.Response:
    """Verified caller ids."""
    account = account_of(request)
    return page(request, "outgoing_caller_ids", _named(request, account.caller_ids), partial(caller_id_json, account))


async def delete_caller_id(request: web.Request) -> web.Response:
    """Withdraw a caller id."""
    account = account_of(request)
    del account.caller_ids[_by_sid(account.caller_ids, request).phone_number]
    return web.Response(status=204)


def _implied(account: Account, number: str) -> OwnedNumber:
    return OwnedNumber("PN" + number.removeprefix("+").zfill(32), number, number, account.created_at)


def _configure(owned: OwnedNumber, form: Form) -> None:
    owned.friendly_name = form.text("FriendlyName", owned.friendly_name)
    owned.settings.update({name: form.text(name) for name in VOICE_SETTINGS if form.has(name)})


def _named(request: web.Request, numbers: dict[str, OwnedNumber]) -> list[OwnedNumber]:
    query = request.query
    return [
        number
        for number in numbers.values()
        if query.get("PhoneNumber", number.phone_number) == number.phone_number
        and query.get("FriendlyName", number.friendly_name) == number.friendly_name
    ]


def _by_sid(numbers: dict[str, OwnedNumber], request: web.Request) -> OwnedNumber:
    for number in numbers.values():
        if number.sid == request.match_info["sid"]:
            return number
    raise CarrierError(20404)
