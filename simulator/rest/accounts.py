"""Accounts and subaccounts: https://www.twilio.com/docs/iam/api/account"""

from aiohttp import web

from simulator.rest.context import account_of, carrier_of, form_of
from simulator.rest.pages import page
from simulator.rest.render import account_json

STATUSES = ("active", "suspended", "closed")


async def create(request: web.Request) -> web.Response:
    """Open a subaccount."""
    carrier = carrier_of(request)
    name = (await form_of(request)).text("FriendlyName", "SubAccount Created at " + carrier.now().isoformat())
    account = carrier.registry.new_subaccount(account_of(request), name, carrier.config.cps, carrier.now())
    return web.json_response(account_json(account), status=201)


async def index(request: web.Request) -> web.Response:
    """The account and its subaccounts."""
    owner, query = account_of(request), request.query
    accounts = (
        account
        for account in carrier_of(request).registry.accounts.values()
        if owner.sid in (account.sid, account.owner_sid)
        and query.get("FriendlyName", account.friendly_name) == account.friendly_name
        and query.get("Status", account.status) == account.status
    )
    return page(request, "accounts", accounts, account_json)


async def fetch(request: web.Request) -> web.Response:
    """One account."""
    return web.json_response(account_json(account_of(request)))


async def update(request: web.Request) -> web.Response:
    """Rename, suspend, reopen or close an account."""
    account, form = account_of(request), await form_of(request)
    account.friendly_name = form.text("FriendlyName", account.friendly_name)
    account.status = form.choice("Status", STATUSES, account.status)
    account.updated_at = carrier_of(request).now()
    return web.json_response(account_json(account))
