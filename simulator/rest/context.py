"""What every REST handler needs: the carrier, the account in the path, the form."""

from aiohttp import web
from multidict import MultiDict

from simulator.carrier import Carrier
from simulator.model import Account
from simulator.rest.forms import Form

CARRIER = web.AppKey("carrier", Carrier)
ACCOUNT = web.RequestKey("account", Account)


def carrier_of(request: web.Request) -> Carrier:
    """The carrier this application serves."""
    return request.app[CARRIER]


def account_of(request: web.Request) -> Account:
    """The account the path names, already authorised."""
    return request[ACCOUNT]


async def form_of(request: web.Request) -> Form:
    """The posted fields; uploads are no part of this API and are left out."""
    posted = await request.post()
    return Form(MultiDict((name, value) for name, value in posted.items() if isinstance(value, str)))
