"""`/sim/`: what a test, a demonstration or a simulated agent may ask and do. Loopback only."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiohttp import web

from simulator.callees import Answers
from simulator.config import AccountConfig, ConfigError, KeyConfig, check_application, check_key, is_loopback
from simulator.faults import Fault
from simulator.model import CallStatus
from simulator.rest.context import carrier_of
from simulator.rest.render import notification_json
from simulator.stats import dial_json, iso

MAX_DIALS = 10_000
ANSWERING = frozenset({Answers.PERSON, Answers.MACHINE, Answers.FAX})
Handler = Callable[[web.Request], Awaitable[web.Response]]


def add_routes(app: web.Application) -> None:
    """Add the control end points."""
    for method, path, handler in (
        ("GET", "/health", health),
        ("GET", "/stats", stats),
        ("GET", "/dials", dials),
        ("GET", "/calls/{sid}", call),
        ("POST", "/calls/{sid}/answer", answer),
        ("POST", "/calls/{sid}/hang_up", hang_up),
        ("GET", "/browsers", browsers),
        ("DELETE", "/browsers", drop_browsers),
        ("GET", "/notifications", notifications),
        ("GET", "/faults", faults),
        ("POST", "/faults", add_faults),
        ("DELETE", "/faults", clear_faults),
        ("PUT", "/callees/{number}", pin_callee),
        ("POST", "/callees/{number}/ring", ring),
        ("POST", "/accounts", open_account),
        ("POST", "/keys", open_key),
        ("POST", "/applications", open_application),
        ("GET", "/mail", mail),
        ("DELETE", "/mail", clear_mail),
        ("POST", "/reset", reset),
    ):
        app.router.add_route(method, "/sim" + path, _local(handler))


async def health(request: web.Request) -> web.Response:
    """That it runs, that it is a simulation, and what its clock shows."""
    carrier = carrier_of(request)
    clock = carrier.clock
    return web.json_response(
        {
            "ok": True,
            "simulation": True,
            "now": iso(carrier.now()),
            "clock": {"start": iso(clock.start), "origin": clock.origin, "speed": clock.speed},
            "seed": carrier.config.seed,
            "speech": carrier.gateway.synthesiser.can_speak,
            "accounts": [account.sid for account in carrier.registry.accounts.values()],
        }
    )


async def stats(request: web.Request) -> web.Response:
    """Counts since the start or the last reset."""
    carrier = carrier_of(request)
    accounts = carrier.registry.accounts.values()
    return web.json_response(
        {
            "now": iso(carrier.now()),
            "counts": dict(sorted(carrier.stats.counts.items())),
            "dialled": carrier.stats.dialled,
            "queued": carrier.stats.counts["calls.queued"],
            "live": {account.sid: account.live_calls for account in accounts},
            "max_live": carrier.stats.max_live,
            "pending_callbacks": carrier.callbacks.pending,
            "kept_calls": len(carrier.registry.calls),
        }
    )


async def dials(request: web.Request) -> web.Response:
    """Dialled legs in order, from `after` on: query `after`, `limit`, `to`."""
    carrier, query = carrier_of(request), request.query
    try:
        after, limit = int(query.get("after", "0")), int(query.get("limit", "1000"))
    except ValueError:
        return _refuse("after and limit are whole numbers")
    rows = list(carrier.stats.dials_after(after, min(limit, MAX_DIALS), query.get("to", "")))
    return web.json_response(
        {"dials": rows, "next": rows[-1]["n"] if rows else after, "dialled": carrier.stats.dialled}
    )


async def call(request: web.Request) -> web.Response:
    """One leg: what happened and what its callee wants; also after the call is forgotten."""
    carrier, sid = carrier_of(request), request.match_info["sid"]
    found = carrier.registry.calls.get(sid)
    row = dial_json(found) if found else carrier.stats.dial_of(sid)
    if row is None:
        return web.json_response({"error": "no such call"}, status=404)
    plan = found.plan if found else None
    heard = found.heard_digits if found else ""
    language = plan.language if plan else None
    return web.json_response(
        row | {"survey": list(plan.survey) if plan else [], "heard_digits": heard, "language": language}
    )


async def answer(request: web.Request) -> web.Response:
    """Let the far end, which would answer in a while, answer now."""
    found = carrier_of(request).registry.calls.get(request.match_info["sid"])
    if found is None:
        return web.json_response({"error": "no such call"}, status=404)
    if found.status is not CallStatus.RINGING or found.plan is None or found.plan.answers not in ANSWERING:
        return web.json_response({"error": "nobody is about to answer"}, status=409)
    found.picked_up.set()
    return web.json_response(dial_json(found))


async def hang_up(request: web.Request) -> web.Response:
    """Let the far end hang up now."""
    carrier = carrier_of(request)
    found = carrier.registry.calls.get(request.match_info["sid"])
    if found is None:
        return web.json_response({"error": "no such call"}, status=404)
    if found.is_over or found.answered_at is None:
        return web.json_response({"error": f"the call is {found.status.value}"}, status=409)
    carrier.exchange.hang_up_far_end(found)
    return web.json_response(dial_json(found))


async def browsers(request: web.Request) -> web.Response:
    """The identities whose calls a browser takes."""
    registered = carrier_of(request).gateway.registrar.registered()
    return web.json_response(
        {"browsers": [{"account_sid": account, "identity": identity} for account, identity in registered]}
    )


async def drop_browsers(request: web.Request) -> web.Response:
    """Cut every browser's signalling connection; browsers try again by themselves."""
    await carrier_of(request).gateway.signalling.close()
    return web.json_response({"ok": True})


async def notifications(request: web.Request) -> web.Response:
    """The debugger: what was wrong with the customer's answers, oldest first."""
    rows = [notification_json(notification) for notification in carrier_of(request).registry.notifications]
    return web.json_response({"notifications": rows})


async def faults(request: web.Request) -> web.Response:
    """The fault switches that are on."""
    return web.json_response({"faults": [fault.as_json() for fault in carrier_of(request).faults.faults]})


async def add_faults(request: web.Request) -> web.Response:
    """Switch on a fault, or a list of them; see docs/simulator.md."""
    data = await request.json()
    try:
        added = [Fault.parse(one) for one in (data if isinstance(data, list) else [data])]
    except (ValueError, TypeError) as error:
        return _refuse(str(error))
    carrier_of(request).faults.faults.extend(added)
    return await faults(request)


async def clear_faults(request: web.Request) -> web.Response:
    """Switch all faults off."""
    carrier_of(request).faults.faults.clear()
    return await faults(request)


async def pin_callee(request: web.Request) -> web.Response:
    """Give a number one personality, one language, or both: {"personality": "busy", "language": "es"}."""
    callees, number = carrier_of(request).callees, request.match_info["number"]
    wanted: dict[str, Any] = await request.json()
    try:
        if "language" in wanted:
            callees.pin_language(number, str(wanted["language"]))
        if "personality" in wanted or "language" not in wanted:
            callees.pin(number, str(wanted.get("personality")))
    except KeyError as error:
        known = ", ".join([*callees.personalities, *callees.languages])
        return _refuse(f"no such personality or language: {error.args[0]}; there are {known}")
    pinned = {"personality": callees.pinned.get(number), "language": callees.language(number)}
    return web.json_response({"number": number, **pinned})


async def ring(request: web.Request) -> web.Response:
    """Let somebody ring a number of an account and press keys: {"account_sid", "to", "keys"}; "anonymous" hides theirs."""
    carrier, caller = carrier_of(request), request.match_info["number"]
    wanted: dict[str, Any] = await request.json()
    account = carrier.registry.accounts.get(str(wanted.get("account_sid")))
    plan = replace(carrier.callees.plan(caller, 1), keys_back=str(wanted.get("keys", ""))).ringing_back()
    made = account and carrier.exchange.ring_in(account, sender=caller, to=str(wanted.get("to")), plan=plan)
    return web.json_response({"call_sid": made.sid}) if made else _refuse("nobody is asked about calls to this number")


async def open_key(request: web.Request) -> web.Response:
    """Open an API key for browsers' access tokens: sid, secret, account_sid."""
    registry, data = carrier_of(request).registry, await request.json()
    try:
        key = KeyConfig(str(data["sid"]), str(data["secret"]), str(data["account_sid"]))
        check_key(key)
    except (KeyError, ConfigError) as error:
        return _refuse(str(error))
    registry.keys[key.sid] = key
    return web.json_response({"sid": key.sid, "account_sid": key.account_sid})


async def open_application(request: web.Request) -> web.Response:
    """Open a TwiML application or move it: sid, voice_url."""
    registry, data = carrier_of(request).registry, await request.json()
    try:
        sid, voice_url = str(data["sid"]), str(data["voice_url"])
        check_application(sid, voice_url)
    except (KeyError, ConfigError) as error:
        return _refuse(str(error))
    registry.applications[sid] = voice_url
    return web.json_response({"sid": sid, "voice_url": voice_url})


async def open_account(request: web.Request) -> web.Response:
    """Open an account or change its settings: sid, auth_token, cps, numbers, max_calls, is_trial, closed_countries."""
    carrier = carrier_of(request)
    data: dict[str, Any] = await request.json()
    owner = next(iter(carrier.registry.accounts), "")
    try:
        config = AccountConfig(
            sid=str(data["sid"]),
            auth_token=str(data["auth_token"]),
            cps=float(data.get("cps", carrier.config.cps)),
            numbers=tuple(data.get("numbers", ())),
            owner_sid=str(data.get("owner_sid", owner)),
            max_calls=int(data.get("max_calls", 0)),
            is_trial=bool(data.get("is_trial", False)),
            closed_countries=tuple(data.get("closed_countries", ())),
        )
        account = carrier.registry.provision(config, carrier.now())
    except (KeyError, ValueError, ConfigError) as error:
        return _refuse(str(error))
    return web.json_response({"sid": account.sid, "cps": account.cps, "numbers": list(account.numbers)})


async def mail(request: web.Request) -> web.Response:
    """The e-mails that were caught, the oldest first."""
    return web.json_response({"messages": carrier_of(request).catcher.as_json()})


async def clear_mail(request: web.Request) -> web.Response:
    """Forget them."""
    carrier_of(request).catcher.clear()
    return await mail(request)


async def reset(request: web.Request) -> web.Response:
    """Forget calls, conferences, faults, counts and pinned numbers. Accounts stay."""
    await carrier_of(request).reset()
    return web.json_response({"ok": True})


def _local(handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.Response:
        if not is_loopback(request.remote):
            return web.json_response({"error": "control is for this machine only"}, status=403)
        try:
            return await handler(request)
        except ValueError as error:
            return _refuse(f"not JSON: {error}")

    return guarded


def _refuse(text: str) -> web.Response:
    return web.json_response({"error": text}, status=400)
