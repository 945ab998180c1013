"""A slow carrier holds no transaction of ours: each page that asks it does so between two short ones.

What is asserted of every request to the carrier stands in `tests/conftest.py`; here each page comes to ask.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import requests
from django.test import Client
from pytest_django.fixtures import Settings
from requests.adapters import HTTPAdapter

from apps.accounts.models import Membership, Role
from apps.agents.models import AgentSession, Listening, Stance
from apps.calls.models import Recording
from apps.telephony import gateway
from apps.telephony.models import CarrierCheck, ProviderAccount
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.guards.routes import Route, tenant_routes
from tests.pages import add_member, client_of
from tests.softphone.conftest import put_on_call

LEG, ROOM = "CA" + "1" * 32, "CF" + "1" * 32
PHONE = {"phone": "(202) 555-0123", "label": "Office"}
ACCOUNT = {"sid": "AC" + "7" * 32, "auth_token": "simulated-secret-token", "cps": "5"}
# What is sent to each page that asks the carrier; None: it is asked for.
PAGES: dict[str, dict[str, Any] | None] = {
    "softphone:hold": {"is_held": True},
    "softphone:mute": {"is_muted": True},
    "floor:stance": {"stance": "WHISPER"},
    "floor:recording_sound": None,
    "telephony:account_edit": ACCOUNT,
    "telephony:subaccount_open": {},
    "telephony:key_make": {},
    "telephony:check_run": {},
    "telephony:calls_take": {},
    "telephony:number_import": None,
    "telephony:number_verify": PHONE,
    "telephony:number_verified": {**PHONE, "phone": "+12025550123", "code": "123456"},
}
# Those of a tenant that has no account yet.
UNCONNECTED = {"telephony:account_edit", "telephony:subaccount_open"}
# Lines of the checklist that need no answer of the carrier.
OURS = {"ADDRESS", "SIGNATURE"}


def route_to(name: str) -> Route:
    (route,) = [route for route in tenant_routes() if route.name == name]
    return route


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[list[str]]:
    """What a carrier was asked that cannot be reached."""
    asked: list[str] = []

    def send(_adapter: HTTPAdapter, request: requests.PreparedRequest, **_: Any) -> None:
        asked.append(request.url or "")
        raise requests.ConnectTimeout

    monkeypatch.setattr(HTTPAdapter, "send", send)
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT["sid"], ACCOUNT["auth_token"]
    gateway.carrier_for.cache_clear()
    yield asked
    gateway.carrier_for.cache_clear()


@pytest.fixture
def owner(db: None, at: datetime) -> Membership:
    """Of a tenant with an account: an agent by telephone who is on a call, and a supervisor on another agent's line."""
    tenant = factories.TenantFactory.create(slug="acme")
    owner = add_member(tenant, Role.OWNER)
    with tenant_scope(tenant.id):
        campaign = factories.CampaignFactory.create()
        ProviderAccount.objects.update(api_key_sid="SK" + "1" * 32, api_key_secret="simulated")
        line = {"campaign": campaign, "state_since": at, "is_leg_connected": True, "room_sid": ROOM}
        session = AgentSession.objects.create(user=owner.user, is_by_phone=True, leg_sid=LEG, **line)
        attempt = put_on_call(session, factories.LeadFactory.create(), at)
        other = AgentSession.objects.create(user=factories.UserFactory.create(), leg_sid="CA" + "3" * 32, **line)
        Listening.objects.create(
            supervisor=owner.user, session=other, stance=Stance.LISTEN, asked_at=at, joined_at=at, leg_sid=LEG
        )
        Recording.objects.create(attempt=attempt, sid="RE" + "1" * 32, status="completed", seconds=12)
    return owner


@pytest.fixture
def visit(owner: Membership, db: None) -> Callable[..., int]:
    """Send the owner to a page; the status of the answer."""

    def go(name: str, **values: object) -> int:
        member = owner
        if name in UNCONNECTED:
            member = add_member(factories.TenantFactory.create(slug="bare"), Role.OWNER)
        client: Client = client_of(member)
        url, data = route_to(name).url(Tenant.objects.get(id=member.tenant_id).slug, **values), PAGES[name]
        if data is None:
            return client.get(url).status_code
        is_json = not name.startswith("telephony:")
        return client.post(url, data, **({"content_type": "application/json"} if is_json else {})).status_code

    return go


def test_pages_that_ask_the_carrier_are_those_known_here() -> None:
    assert {route.name for route in tenant_routes() if hasattr(route.view, "asks_carrier")} == set(PAGES)


@pytest.mark.parametrize("name", sorted(set(PAGES) - {"telephony:check_run", "floor:recording_sound"}))
def test_page_asks_the_carrier_in_no_transaction(visit: Callable[..., int], asked: list[str], name: str) -> None:
    assert visit(name) < 500
    assert len(asked) == 1


def test_sound_of_a_recording_is_asked_for_in_no_transaction(
    owner: Membership, visit: Callable[..., int], asked: list[str]
) -> None:
    with tenant_scope(owner.tenant_id):
        recording_id = Recording.objects.get().id
    assert (visit("floor:recording_sound", recording_id=recording_id), len(asked)) == (502, 1)


@pytest.mark.parametrize("kind", CarrierCheck.Kind.values)
def test_line_of_the_checklist_asks_the_carrier_in_no_transaction(
    owner: Membership, visit: Callable[..., int], asked: list[str], kind: str
) -> None:
    assert visit("telephony:check_run", check=kind) == 302
    assert bool(asked) == (kind not in OURS)
    with tenant_scope(owner.tenant_id):
        assert CarrierCheck.objects.get().kind == kind
