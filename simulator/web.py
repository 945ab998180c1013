"""The HTTP face: routes, sign-in, limits, faults, and the page that says what this is."""

import asyncio
import base64
import binascii
import html
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

from simulator import control
from simulator.carrier import Carrier
from simulator.clock import rfc2822
from simulator.config import AccountConfig, ConfigError, is_loopback
from simulator.errors import CarrierError
from simulator.faults import Fault, FaultKind
from simulator.model import API_VERSION, Account
from simulator.rest import accounts, calls, conferences, keys, lookup, numbers, permissions, recordings, sinks
from simulator.rest.context import ACCOUNT, CARRIER, carrier_of

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ACCOUNTS = f"/{API_VERSION}/Accounts"
OWN = ACCOUNTS + "/{account}"
CALL = OWN + "/Calls/{sid}"
ROOM = OWN + "/Conferences/{room}"
ROUTES: tuple[tuple[str, str, str, Handler], ...] = (
    ("GET", ACCOUNTS + ".json", "accounts.list", accounts.index),
    ("POST", ACCOUNTS + ".json", "accounts.create", accounts.create),
    ("GET", OWN + ".json", "accounts.fetch", accounts.fetch),
    ("POST", OWN + ".json", "accounts.update", accounts.update),
    ("POST", OWN + "/Calls.json", "calls.create", calls.create),
    ("GET", OWN + "/Calls.json", "calls.list", calls.index),
    ("GET", CALL + ".json", "calls.fetch", calls.fetch),
    ("POST", CALL + ".json", "calls.update", calls.update),
    ("DELETE", CALL + ".json", "calls.delete", calls.delete),
    ("POST", CALL + "/Recordings.json", "recordings.create", recordings.create_for_call),
    ("GET", CALL + "/Recordings.json", "recordings.list", recordings.list_for_call),
    ("GET", CALL + "/Recordings/{recording}.json", "recordings.fetch", recordings.fetch_for_call),
    ("POST", CALL + "/Recordings/{recording}.json", "recordings.update", recordings.update_for_call),
    ("DELETE", CALL + "/Recordings/{recording}.json", "recordings.delete", recordings.delete),
    ("GET", OWN + "/Conferences.json", "conferences.list", conferences.index),
    ("GET", ROOM + ".json", "conferences.fetch", conferences.fetch),
    ("POST", ROOM + ".json", "conferences.update", conferences.update),
    ("GET", ROOM + "/Recordings.json", "recordings.list", recordings.list_for_room),
    ("GET", ROOM + "/Recordings/{recording}.json", "recordings.fetch", recordings.fetch_for_room),
    ("POST", ROOM + "/Recordings/{recording}.json", "recordings.update", recordings.update_for_room),
    ("DELETE", ROOM + "/Recordings/{recording}.json", "recordings.delete", recordings.delete),
    ("GET", ROOM + "/Participants.json", "participants.list", conferences.list_participants),
    ("POST", ROOM + "/Participants.json", "participants.create", conferences.create_participant),
    ("GET", ROOM + "/Participants/{who}.json", "participants.fetch", conferences.fetch_participant),
    ("POST", ROOM + "/Participants/{who}.json", "participants.update", conferences.update_participant),
    ("DELETE", ROOM + "/Participants/{who}.json", "participants.delete", conferences.delete_participant),
    ("GET", OWN + "/Recordings.json", "recordings.list", recordings.index),
    ("GET", OWN + "/Recordings/{recording}.json", "recordings.fetch", recordings.fetch),
    ("DELETE", OWN + "/Recordings/{recording}.json", "recordings.delete", recordings.delete),
    ("GET", OWN + "/Recordings/{recording}", "recordings.media", recordings.media),
    ("GET", OWN + "/IncomingPhoneNumbers.json", "numbers.list", numbers.list_numbers),
    ("POST", OWN + "/IncomingPhoneNumbers.json", "numbers.create", numbers.buy),
    ("GET", OWN + "/IncomingPhoneNumbers/{sid}.json", "numbers.fetch", numbers.fetch_number),
    ("POST", OWN + "/IncomingPhoneNumbers/{sid}.json", "numbers.update", numbers.update_number),
    ("DELETE", OWN + "/IncomingPhoneNumbers/{sid}.json", "numbers.delete", numbers.release_number),
    ("GET", OWN + "/OutgoingCallerIds.json", "caller_ids.list", numbers.list_caller_ids),
    ("POST", OWN + "/OutgoingCallerIds.json", "caller_ids.create", numbers.verify_caller_id),
    ("DELETE", OWN + "/OutgoingCallerIds/{sid}.json", "caller_ids.delete", numbers.delete_caller_id),
    ("GET", OWN + "/Keys.json", "keys.list", keys.index),
    ("POST", OWN + "/Keys.json", "keys.create", keys.create),
    ("GET", OWN + "/Keys/{sid}.json", "keys.fetch", keys.fetch),
    ("DELETE", OWN + "/Keys/{sid}.json", "keys.delete", keys.delete),
    ("GET", "/v2/PhoneNumbers/{number}", "lookup.fetch", lookup.fetch),
    ("GET", "/v1/DialingPermissions/Countries/{country}", "permissions.fetch", permissions.fetch),
    ("GET", "/v1/Sinks", "sinks.list", sinks.index),
    ("POST", "/v1/Sinks", "sinks.create", sinks.create),
    ("POST", "/v1/Sinks/{sid}/Test", "sinks.test", sinks.test),
    ("DELETE", "/v1/Sinks/{sid}", "sinks.delete", sinks.delete),
)


def build_app(carrier: Carrier) -> web.Application:
    """The application that serves one carrier."""
    operations = {handler: name for _, _, name, handler in ROUTES}

    @web.middleware
    async def twilio_shape(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Everything under Twilio's paths is authorised, limited, struck by faults, and fails in JSON."""
        if not request.path.startswith((f"/{API_VERSION}/", "/v1/", "/v2/")):
            return await handler(request)
        response = await answer(request, handler)
        # Twilio's answers say what its clock shows; ours is simulated.
        response.headers["Date"] = rfc2822(carrier.now())
        return response

    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            account = authorise(request, carrier)
            request[ACCOUNT] = account
            operation = operations.get(request.match_info.handler, "unknown")
            return await _limited(request, handler, account, operation)
        except CarrierError as error:
            carrier.stats.count(f"refused.{error.code}")
            return _refusal(error)
        except web.HTTPMethodNotAllowed:
            return _refusal(CarrierError(20004))
        except web.HTTPNotFound:
            return _refusal(CarrierError(20404))

    async def running(_app: web.Application) -> AsyncIterator[None]:
        await carrier.open()
        yield
        await carrier.close()

    async def shutting_down(_app: web.Application) -> None:
        await carrier.gateway.signalling.close()

    app = web.Application(middlewares=[twilio_shape])
    app[CARRIER] = carrier
    app.cleanup_ctx.append(running)
    app.on_shutdown.append(shutting_down)
    for method, path, _, handler in ROUTES:
        app.router.add_route(method, path, handler)
    app.router.add_get("/", landing_page)
    app.router.add_get("/mail", mail_page)
    app.router.add_get("/signal", carrier.gateway.signalling.handle)
    control.add_routes(app)
    return app


def authorise(request: web.Request, carrier: Carrier) -> Account:
    """The account a request acts on; raises CarrierError 20003, 20005 or 20404.

    An account may act on itself and, as owner, on its subaccounts; its API keys do so too, but manage neither
    accounts nor keys.
    """
    name, secret = _credentials(request)
    user = _key_holder(request, carrier, name, secret) if name.startswith("SK") else _owner(carrier, name, secret)
    if user is None:
        raise CarrierError(20003)
    sid = request.match_info.get("account", user.sid)
    account = carrier.registry.accounts.get(sid)
    if account is None:
        raise CarrierError(20404, request.path)
    if user.sid not in (account.sid, account.owner_sid):
        raise CarrierError(20003)
    manages_it = request.path == f"{ACCOUNTS}/{sid}.json"
    if account.status != "active" and not (manages_it and account.status == "suspended"):
        raise CarrierError(20005)
    return account


async def landing_page(request: web.Request) -> web.Response:
    """Say plainly what this is."""
    now = html.escape(carrier_of(request).now().isoformat(timespec="seconds"))
    text = (
        "<!doctype html><html lang=en><title>Carrier simulator</title>"
        "<h1>This is a simulation, not a carrier</h1>"
        "<p>It answers in the shape of Twilio's API so that a dialler can be tried without a telephone network. "
        "No call leaves this machine, and nobody is called; those who answer are voices made here.</p>"
        '<p><a href="/mail">Caught e-mails</a></p>'
        f"<p>Its clock shows {now}. Control: <code>/sim/health</code>, <code>/sim/stats</code>, <code>/sim/dials</code>.</p>"
    )
    return web.Response(text=text, content_type="text/html")


async def mail_page(request: web.Request) -> web.Response:
    """The e-mails that were caught."""
    if not is_loopback(request.remote):
        return web.Response(status=403, text="for this machine only")
    return web.Response(text=carrier_of(request).catcher.as_page(), content_type="text/html")


async def _limited(request: web.Request, handler: Handler, account: Account, operation: str) -> web.StreamResponse:
    carrier = carrier_of(request)
    if account.in_flight >= carrier.config.concurrent_requests:
        raise CarrierError(20429)
    account.in_flight += 1
    carrier.stats.count(f"rest.{operation}")
    try:
        return await _with_faults(request, handler, carrier.faults.strike(operation), carrier)
    finally:
        account.in_flight -= 1


async def _with_faults(
    request: web.Request, handler: Handler, fault: Fault | None, carrier: Carrier
) -> web.StreamResponse:
    if fault is None:
        return await handler(request)
    carrier.stats.count(f"fault.{fault.kind.value}")
    if fault.kind is FaultKind.THROTTLED:
        raise CarrierError(20429)
    if fault.kind is FaultKind.FAILS_BEFORE:
        raise CarrierError(20500)
    if fault.kind is FaultKind.SLOW:
        await asyncio.sleep(fault.seconds)
        return await handler(request)
    response = await handler(request)
    if fault.kind is FaultKind.FAILS_AFTER:
        raise CarrierError(20500)
    if fault.kind is FaultKind.HANGS_AFTER:
        await asyncio.sleep(fault.seconds)
    if request.transport is not None:
        request.transport.close()
    return response


def _owner(carrier: Carrier, sid: str, token: str) -> Account | None:
    user = carrier.registry.accounts.get(sid) or _adopted(carrier, sid, token)
    return user if user is not None and user.auth_token == token else None


def _key_holder(request: web.Request, carrier: Carrier, sid: str, secret: str) -> Account | None:
    account_sid = request.match_info.get("account", "")
    manages = not account_sid or request.path.startswith(f"{ACCOUNTS}/{account_sid}/Keys")
    key = carrier.registry.keys.get(sid) or carrier.registry.adopt_key(sid, account_sid)
    if manages or key is None or key.secret != secret:
        return None
    return carrier.registry.accounts.get(key.account_sid)


def _adopted(carrier: Carrier, sid: str, token: str) -> Account | None:
    if not carrier.config.adopts_accounts:
        return None
    owner = next(iter(carrier.registry.accounts), "")
    try:
        return carrier.registry.provision(AccountConfig(sid, token, carrier.config.cps, owner_sid=owner), carrier.now())
    except ConfigError:
        return None


def _credentials(request: web.Request) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, secret


def _refusal(error: CarrierError) -> web.Response:
    headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if error.status == 401 else None
    return web.json_response(error.body(), status=error.status, headers=headers)
