from datetime import UTC, datetime

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from apps.accounts.models import Membership, Role
from apps.audit.actions import Action
from apps.audit.models import AuditEntry
from apps.audit.services import record
from apps.organisation.views import people
from apps.tenants.models import Tenant
from apps.tenants.scope import NoTenantScopeError, get_tenant_id, tenant_scope
from tests import factories
from tests.pages import add_member, client_of


@pytest.fixture
def acme(db: None) -> Tenant:
    return factories.TenantFactory.create(slug="acme", time_zone="Asia/Tokyo")


@pytest.fixture
def owner(acme: Tenant) -> Membership:
    return add_member(acme, Role.OWNER)


def require_mfa(tenant: Tenant) -> None:
    with tenant_scope(tenant.id):
        Tenant.objects.filter(id=tenant.id).update(is_mfa_required=True)


def test_two_tenants_side_by_side_in_one_browser(acme: Tenant, owner: Membership) -> None:
    other = factories.TenantFactory.create(slug="other", name="Other Windows")
    with tenant_scope(other.id):
        factories.MembershipFactory.create(user=owner.user, role=Role.AGENT)
    client = client_of(owner)
    assert client.get("/t/acme/members/").context["membership"].role == Role.OWNER
    assert client.get("/t/other/members/").status_code == 403
    assert "Other Windows" in client.get("/t/acme/members/").content.decode()


def test_inactive_tenant_is_closed(acme: Tenant, owner: Membership) -> None:
    with tenant_scope(acme.id):
        Tenant.objects.filter(id=acme.id).update(is_active=False)
    assert client_of(owner).get("/t/acme/members/").status_code == 404


def test_second_factor_is_asked_for_with_an_explanation(acme: Tenant, owner: Membership) -> None:
    require_mfa(acme)
    client = client_of(owner)
    response = client.get("/t/acme/members/", follow=True)
    assert response.redirect_chain == [("/accounts/second-factor/acme/", 302)]
    assert "asks every member for a second factor" in response.content.decode()
    assert client.post("/t/acme/members/invite/", {"email": "x@example.test", "role": "AGENT"}).status_code == 302
    with tenant_scope(acme.id):
        assert not AuditEntry.objects.exists()


def test_second_factor_opens_the_tenant(acme: Tenant, owner: Membership) -> None:
    require_mfa(acme)
    TOTP.activate(owner.user, generate_totp_secret())
    client = client_of(owner)
    assert client.get("/t/acme/members/").status_code == 200
    assert client.get("/accounts/second-factor/acme/").headers["Location"] == "/t/acme/"


def test_second_factor_page_is_for_members_only(acme: Tenant) -> None:
    stranger = add_member(factories.TenantFactory.create(slug="other"))
    assert client_of(stranger).get("/accounts/second-factor/acme/").status_code == 404


def test_view_that_fails_leaves_nothing_behind(
    acme: Tenant, owner: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_late(**_: object) -> None:
        record(Action.LIST_CREATED, at=datetime(2026, 6, 16, tzinfo=UTC), target="list:1")
        raise RuntimeError

    monkeypatch.setattr(people, "reactivate_member", fail_late)
    client = client_of(owner)
    client.raise_request_exception = False
    assert client.post(f"/t/acme/members/{owner.id}/reactivate/").status_code == 500
    with tenant_scope(acme.id):
        assert not AuditEntry.objects.exists()


def test_scope_ends_with_the_request(owner: Membership) -> None:
    client_of(owner).get("/t/acme/members/")
    with pytest.raises(NoTenantScopeError):
        get_tenant_id()


def test_page_is_in_the_persons_language(owner: Membership) -> None:
    owner.user.language = "es"
    owner.user.save()
    response = client_of(owner).get("/t/acme/members/")
    assert 'lang="es"' in response.content.decode()
    assert response.headers["Content-Language"] == "es"
    assert 'lang="en"' in Client().get("/accounts/login/").content.decode()


def test_page_is_in_the_tenants_time_zone(owner: Membership) -> None:
    owner.user.last_login = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)
    owner.user.save()
    client = client_of(owner)
    type(owner.user).objects.update(last_login=datetime(2026, 6, 16, 17, 0, tzinfo=UTC))
    assert "17 Jun, 02:00" in client.get("/t/acme/members/").content.decode()
