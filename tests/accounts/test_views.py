import pytest
from django.test import Client

from apps.accounts.models import Membership, Role, User
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.pages import add_member, client_of


@pytest.fixture
def acme(db: None) -> Tenant:
    return factories.TenantFactory.create(slug="acme", name="Acme Windows")


@pytest.fixture
def owner(acme: Tenant) -> Membership:
    return add_member(acme, Role.OWNER, name="Olga Owner", email="olga@example.test")


def join(tenant: Tenant, member: Membership, *, is_active: bool = True) -> None:
    with tenant_scope(tenant.id):
        factories.MembershipFactory.create(user=member.user, is_active=is_active)


def test_start_goes_to_the_only_organisation(owner: Membership) -> None:
    assert client_of(owner).get("/").headers["Location"] == "/t/acme/"


def test_start_offers_all_organisations(owner: Membership) -> None:
    join(factories.TenantFactory.create(slug="other", name="Other Windows"), owner)
    text = client_of(owner).get("/").content.decode()
    assert ('href="/t/acme/"' in text, 'href="/t/other/"' in text) == (True, True)


def test_start_leaves_out_organisations_that_are_closed_to_the_person(owner: Membership) -> None:
    join(factories.TenantFactory.create(slug="left"), owner, is_active=False)
    join(factories.TenantFactory.create(slug="closed", is_active=False), owner)
    factories.TenantFactory.create(slug="strange")
    assert client_of(owner).get("/").headers["Location"] == "/t/acme/"


def test_start_of_someone_without_an_organisation_says_so(db: None) -> None:
    client = Client()
    client.force_login(factories.UserFactory.create(), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "You belong to no organisation" in client.get("/").content.decode()


def test_start_asks_for_sign_in(db: None) -> None:
    assert Client().get("/").headers["Location"] == "/accounts/login/?next=/"


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_page_to_start_on(acme: Tenant, role: Role) -> None:
    response = client_of(add_member(acme, role)).get("/t/acme/", follow=True)
    assert response.status_code == 200
    assert len(response.redirect_chain) == 1


def test_navigation_shows_what_the_role_may_open(acme: Tenant) -> None:
    def labels(role: Role) -> list[str]:
        context = client_of(add_member(acme, role)).get("/t/acme/", follow=True).context
        return [str(item["label"]) for item in context["nav_items"]]

    calling = ["Overview", "Floor", "Call-backs", "Recordings", "Campaigns", "Lists"]
    everything = [*calling, "Scripts", "E-mail", "Do not call", "Audit"]
    assert labels(Role.OWNER) == [*everything, "Numbers", "Lead sources", "People", "Settings"]
    assert labels(Role.MANAGER) == [*everything, "Numbers", "Lead sources"]
    assert labels(Role.SUPERVISOR) == [*calling, "Do not call"]
    assert labels(Role.COMPLIANCE) == [label for label in everything if label not in {"Call-backs", "E-mail"}]
    assert labels(Role.AGENT) == []


def test_navigation_marks_the_page_that_is_open(owner: Membership) -> None:
    context = client_of(owner).get("/t/acme/members/roles/").context
    assert [str(item["label"]) for item in context["nav_items"] if item["is_current"]] == ["People"]


def test_sign_in_leads_to_the_start(owner: Membership) -> None:
    client = Client()
    response = client.post("/accounts/login/", {"login": "Olga@example.test", "password": "correct horse battery"})
    assert response.headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/t/acme/"


def test_wrong_password_does_not_sign_in(owner: Membership) -> None:
    client = Client()
    response = client.post("/accounts/login/", {"login": "olga@example.test", "password": "wrong wrong wrong"})
    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up_without_an_invitation(db: None) -> None:
    form = {"email": "new@example.test", "password1": "correct horse battery", "password2": "correct horse battery"}
    assert Client().post("/accounts/signup/", form).status_code == 200
    assert not User.objects.exists()


def test_preferences_are_saved(owner: Membership) -> None:
    client = client_of(owner)
    assert client.post("/accounts/preferences/", {"name": "Olga O.", "language": "ar"}).status_code == 302
    owner.user.refresh_from_db()
    assert (owner.user.name, owner.user.language) == ("Olga O.", "ar")
    assert 'dir="rtl"' in client.get("/accounts/preferences/").content.decode()


def test_unknown_language_is_refused(owner: Membership) -> None:
    assert client_of(owner).post("/accounts/preferences/", {"name": "O", "language": "xx"}).status_code == 200
    owner.user.refresh_from_db()
    assert owner.user.language == "en"


def test_sessions_are_listed_and_others_ended(owner: Membership) -> None:
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        client.post("/accounts/login/", {"login": owner.user.email, "password": "correct horse battery"})
    assert here.get("/accounts/sessions/").content.decode().count("127.0.0.1") == 2
    here.post("/accounts/sessions/")
    assert elsewhere.get("/accounts/preferences/").headers["Location"].startswith("/accounts/login/")
    assert here.get("/accounts/preferences/").status_code == 200
