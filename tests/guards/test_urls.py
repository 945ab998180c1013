"""Every address asks who it is that asks, or is listed here with the reason why it need not."""

from collections.abc import Callable, Iterator

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
    "mail_stop:stop": "the token in the address is the proof; for people who got an e-mail",
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
    "hooks:wait": "signed by the carrier",
    "hooks:choice": "signed by the carrier",
    "hooks:target": "signed by the carrier",
    "hooks:returned": "signed by the carrier",
    "hooks:desk_phone": "signed by the carrier",
    "hooks:test_call": "signed by the carrier",
    "hooks:test_call_over": "signed by the carrier",
    "hooks:inbound": "signed by the carrier",
    "hooks:inbound_choice": "signed by the carrier",
    "hooks:inbound_over": "signed by the carrier",
    "hooks:event": "signed by the carrier",
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
WITHOUT_CSRF |= {"mail_stop:stop"}
REFUSED = {302, 401, 403}


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


def wrong(routes: list[Route], is_right: Callable[[str], bool]) -> list[str]:
    """The names of routes whose address in acme does not answer as it must."""
    return [route.name for route in routes if not is_right(route.url("acme"))]


def test_pages_of_a_tenant_ask_for_sign_in(acme: Tenant) -> None:
    client = Client()
    assert wrong(tenant_routes(), lambda url: goes_to_login(client.get(url)) and goes_to_login(client.post(url))) == []


def test_pages_of_a_tenant_do_not_exist_for_strangers(stranger: Membership) -> None:
    client = client_of(stranger)
    answers = {404}
    assert (
        wrong(tenant_routes(), lambda url: {client.get(url).status_code, client.post(url).status_code} == answers) == []
    )


def test_pages_of_a_tenant_declare_their_permission_or_are_listed() -> None:
    undeclared = {
        route.name for route in tenant_routes() if not isinstance(getattr(route.view, "permission", None), Permission)
    }
    assert undeclared == set(FOR_EVERY_MEMBER)


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


def test_unsafe_methods_need_a_csrf_token(owner: Membership) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner.user, backend="allauth.account.auth_backends.AuthenticationBackend")

    def is_refused(url: str) -> bool:
        response = client.post(url)
        return response.status_code == 403 and "csrf" in response.content.decode().lower()

    assert wrong(tenant_routes(), is_refused) == []


def test_csrf_exempt_views_are_listed() -> None:
    exempt = {route.name for route in all_routes() if getattr(route.view, "csrf_exempt", False)}
    assert exempt == WITHOUT_CSRF


def test_streams_of_a_tenant_refuse_anyone_else(acme: Tenant, stranger: Membership) -> None:
    anyone, outsider = Client(), client_of(stranger)
    assert wrong(live_routes(), lambda url: anyone.get(url).status_code in REFUSED) == []
    assert wrong(live_routes(), lambda url: outsider.get(url).status_code == 404) == []


def test_other_addresses_ask_for_sign_in_or_are_listed(db: None) -> None:
    client = Client()
    others = [route for route in all_routes() if route not in tenant_routes() and route not in live_routes()]
    unlisted = [route for route in others if route.name not in PUBLIC]
    assert wrong(unlisted, lambda url: goes_to_login(client.get(url))) == []


def test_addresses_with_a_proof_of_their_own_refuse_without_it(db: None) -> None:
    client = Client()
    keyed = [
        route
        for route in all_routes()
        if PUBLIC.get(route.name) in {"signed by the carrier", "asks for the key of a source"}
    ]
    assert len(keyed) > 10
    assert (
        wrong(keyed, lambda url: {client.get(url).status_code, client.post(url).status_code} <= {401, 403, 404, 405})
        == []
    )


def test_lists_are_not_stale() -> None:
    names = {route.name for route in all_routes()}
    assert set(FOR_EVERY_MEMBER) | set(PUBLIC) <= names
