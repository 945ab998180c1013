"""Every address asks who it is that asks, or is listed here with the reason why it need not."""

from collections.abc import Iterator

import pytest
from django.http import HttpResponseBase
from django.test import Client

from apps.accounts.models import Membership, Role
from apps.accounts.permissions import GRANTS, Permission
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.guards.routes import Route, all_routes, live_routes, tenant_routes
from tests.pages import add_member, client_of

# Pages of a tenant that every member may open, and why.
FOR_EVERY_MEMBER = {
    "accounts:tenant_home": "shows nothing: it sends each role to its own start",
}
# Addresses outside a tenant that need no sign-in, and why.
PUBLIC = {
    "health": "tells only whether the database and Valkey answer",
    "invitations:accept": "the token in the address is the proof; for people without an account",
    "account_login": "sign-in",
    "account_signup": "closed: says that people join by invitation",
    "account_inactive": "says that the account is switched off",
    "account_reset_password": "sends a link to the address given, and never tells whether it has an account",
    "account_reset_password_done": "says that a link was sent",
    "account_reset_password_from_key": "the key in the address is the proof",
    "account_reset_password_from_key_done": "says that the password is changed",
    "account_confirm_email": "the key in the address is the proof",
    "account_email_verification_sent": "says that a link was sent",
    "account_confirm_login_code": "a step of signing in; nothing without its session",
    "account_logout": "without a session there is nothing to end",
    "mfa_authenticate": "a step of signing in; nothing without its session",
    "hooks:answer": "signed by the carrier",
    "hooks:fallback": "signed by the carrier",
    "hooks:status": "signed by the carrier",
    "hooks:amd": "signed by the carrier",
    "hooks:conference": "signed by the carrier",
    "hooks:recording": "signed by the carrier",
    "hooks:optout": "signed by the carrier",
    "rest:leads": "asks for the key of a source",
    "rest:batch": "asks for the key of a source",
    "rest:lead": "asks for the key of a source",
    "rest:attempts": "asks for the key of a source",
    "rest:nothing_here": "says in JSON that there is no such endpoint",
    "rest:openapi": "describes the API, nothing of any tenant",
    "rest:docs": "the same for people",
}
# Addresses that take POST without a CSRF token: they read no cookie.
WITHOUT_CSRF = {name for name in PUBLIC if name.startswith(("hooks:", "rest:"))} - {"rest:openapi", "rest:docs"}
REFUSED = {302, 401, 403}


def ids(routes: list[Route]) -> dict[str, object]:
    return {"argvalues": routes, "ids": [route.name for route in routes]}


@pytest.fixture
def acme(db: None) -> Tenant:
    return factories.TenantFactory.create(slug="acme")


@pytest.fixture
def owner(acme: Tenant) -> Membership:
    return add_member(acme, Role.OWNER)


@pytest.fixture
def stranger(acme: Tenant) -> Iterator[Membership]:
    """Owner of another tenant."""
    return add_member(factories.TenantFactory.create(slug="other"), Role.OWNER)


def goes_to_login(response: HttpResponseBase) -> bool:
    return response.status_code == 302 and response.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("route", **ids(tenant_routes()))
def test_page_of_a_tenant_asks_for_sign_in(acme: Tenant, route: Route) -> None:
    assert goes_to_login(Client().get(route.url("acme")))
    assert goes_to_login(Client().post(route.url("acme")))


@pytest.mark.parametrize("route", **ids(tenant_routes()))
def test_page_of_a_tenant_does_not_exist_for_strangers(stranger: Membership, route: Route) -> None:
    client = client_of(stranger)
    assert client.get(route.url("acme")).status_code == 404
    assert client.post(route.url("acme")).status_code == 404


@pytest.mark.parametrize("route", **ids(tenant_routes()))
def test_page_of_a_tenant_declares_its_permission_or_is_listed(route: Route) -> None:
    declared = isinstance(getattr(route.view, "permission", None), Permission)
    assert declared != (route.name in FOR_EVERY_MEMBER)


@pytest.mark.parametrize("role", Role)
def test_role_may_open_only_what_it_is_granted(acme: Tenant, role: Role) -> None:
    client = client_of(add_member(acme, role))
    for route in tenant_routes():
        permission = getattr(route.view, "permission", None)
        if permission and permission not in GRANTS[role]:
            url = route.url("acme")
            answers = {client.get(url).status_code, client.post(url).status_code}
            assert 403 in answers, route.name
            assert answers <= {403, 405}, route.name


def test_deactivated_member_is_a_stranger(acme: Tenant, owner: Membership) -> None:
    client = client_of(owner)
    with tenant_scope(acme.id):
        Membership.objects.update(is_active=False)
    assert client.get("/t/acme/members/").status_code == 404


@pytest.mark.parametrize("route", **ids(tenant_routes()))
def test_unsafe_methods_need_a_csrf_token(owner: Membership, route: Route) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.post(route.url("acme"))
    assert response.status_code == 403
    assert b"CSRF" in response.content or b"csrf" in response.content


def test_csrf_exempt_views_are_listed() -> None:
    exempt = {route.name for route in all_routes() if getattr(route.view, "csrf_exempt", False)}
    assert exempt == WITHOUT_CSRF


@pytest.mark.parametrize("route", **ids(live_routes()))
def test_stream_of_a_tenant_refuses_anyone_else(acme: Tenant, stranger: Membership, route: Route) -> None:
    assert Client().get(route.url("acme")).status_code in REFUSED
    assert client_of(stranger).get(route.url("acme")).status_code == 404


@pytest.mark.parametrize(
    "route", **ids([route for route in all_routes() if route not in tenant_routes() and route not in live_routes()])
)
def test_other_address_asks_for_sign_in_or_is_listed(db: None, route: Route) -> None:
    if route.name not in PUBLIC:
        assert goes_to_login(Client().get(route.url("acme")))


def test_lists_are_not_stale() -> None:
    names = {route.name for route in all_routes()}
    assert set(FOR_EVERY_MEMBER) | set(PUBLIC) <= names
