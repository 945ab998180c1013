"""API keys: https://www.twilio.com/docs/iam/api-keys. The secret is shown once, when the key is made."""

from typing import Any

from aiohttp import web

from simulator.config import KeyConfig
from simulator.errors import CarrierError
from simulator.rest.context import account_of, carrier_of, form_of
from simulator.rest.pages import page
from simulator.rest.render import key_json


async def create(request: web.Request) -> web.Response:
    """Make a key."""
    carrier, form = carrier_of(request), await form_of(request)
    key = carrier.registry.new_key(account_of(request), form.text("FriendlyName"), carrier.now())
    body: dict[str, Any] = key_json(key) | {"secret": key.secret}
    return web.json_response(body, status=201)


async def index(request: web.Request) -> web.Response:
    """The account's keys."""
    account = account_of(request)
    keys = [key for key in carrier_of(request).registry.keys.values() if key.account_sid == account.sid]
    return page(request, "keys", keys, key_json)


async def fetch(request: web.Request) -> web.Response:
    """One key."""
    return web.json_response(key_json(_key(request)))


async def delete(request: web.Request) -> web.Response:
    """Delete a key: browsers that come with its tokens are refused from now on."""
    carrier_of(request).registry.delete_key(_key(request).sid)
    return web.Response(status=204)


def _key(request: web.Request) -> KeyConfig:
    key = carrier_of(request).registry.keys.get(request.match_info["sid"])
    if key is None or key.account_sid != account_of(request).sid:
        raise CarrierError(20404, request.path)
    return key
