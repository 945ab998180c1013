from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from apps.accounts.models import Invitation, Membership, Role, User
from apps.audit.models import AuditEntry
from apps.audit.selectors import entry_details
from apps.core import clock
from apps.organisation.errors import AlreadyMemberError, InvitationGoneError, SignInFirstError
from apps.organisation.selectors import tenant_id_of_token
from apps.organisation.services.invitations import accept_invitation, invite_member, withdraw_invitation
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.pages import add_member, client_of

EMAIL = "new@example.test"
PASSWORD = "a long enough one"


def invite(tenant: Tenant, inviter: Membership, email: str = EMAIL, role: Role = Role.AGENT) -> str:
    with tenant_scope(tenant.id):
        return invite_member(email=email, role=role, actor=inviter.user, at=clock.now())[1]


def actions(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.id):
        return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def test_invitation_by_page_sends_the_link_and_shows_it_once(
    acme: Tenant, owner: Membership, django_capture_on_commit_callbacks: object
) -> None:
    client = client_of(owner)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # a context manager
        client.post("/t/acme/members/invite/", {"email": "New@Example.test", "role": "SUPERVISOR"})
    (message,) = mail.outbox
    assert message.to == [EMAIL]
    link = next(line for line in message.body.splitlines() if "/invitations/" in line)
    assert link in client.get("/t/acme/members/").content.decode()
    assert link not in client.get("/t/acme/members/").content.decode()
    with tenant_scope(acme.id):
        invitation = Invitation.objects.get()
        assert (invitation.email, invitation.role) == (EMAIL, "SUPERVISOR")
        assert link.rstrip("/").rsplit("/", 1)[1] not in str(Invitation.objects.values().get())


def test_invitation_works_although_the_mail_server_fails(
    acme: Tenant, owner: Membership, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", lambda *_: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # a context manager
        response = client_of(owner).post("/t/acme/members/invite/", {"email": EMAIL, "role": "AGENT"})
    assert response.status_code == 302
    with tenant_scope(acme.id):
        assert Invitation.objects.count() == 1


def test_member_cannot_be_invited_again(acme: Tenant, owner: Membership) -> None:
    with pytest.raises(AlreadyMemberError):
        invite(acme, owner, email=owner.user.email.upper())
    page = client_of(owner).post("/t/acme/members/invite/", {"email": owner.user.email, "role": "AGENT"})
    assert "is a member already" in page.content.decode()


def test_second_invitation_replaces_the_first(acme: Tenant, owner: Membership) -> None:
    first, second = invite(acme, owner), invite(acme, owner)
    with pytest.raises(InvitationGoneError):
        accept_invitation(token=first, at=clock.now(), name="N", password=PASSWORD)
    assert accept_invitation(token=second, at=clock.now(), name="N", password=PASSWORD).role == Role.AGENT


def test_new_person_joins_and_is_signed_in(acme: Tenant, owner: Membership) -> None:
    client = Client()
    url = f"/invitations/{invite(acme, owner)}/"
    assert "Join Acme Windows" in client.get(url).content.decode()
    client.post(url, {"name": "Nina New", "password": PASSWORD})
    user = User.objects.get(email=EMAIL)
    assert (user.name, user.check_password(PASSWORD)) == ("Nina New", True)
    assert client.session["_auth_user_id"] == str(user.id)
    with tenant_scope(acme.id):
        assert Membership.objects.get(user=user).role == Role.AGENT
        entry = AuditEntry.objects.order_by("-id")[0]
        assert (entry.actor, entry.action) == (user, "member.joined")
        assert entry_details(entry) == {"email": EMAIL, "role": "AGENT"}


@pytest.mark.parametrize("password", ["short", "password123", EMAIL])
def test_weak_password_is_refused(acme: Tenant, owner: Membership, password: str) -> None:
    page = Client().post(f"/invitations/{invite(acme, owner)}/", {"name": "Nina", "password": password})
    assert page.status_code == 200
    assert not User.objects.filter(email=EMAIL).exists()


def test_invitation_works_once(acme: Tenant, owner: Membership) -> None:
    url = f"/invitations/{invite(acme, owner)}/"
    Client().post(url, {"name": "Nina New", "password": PASSWORD})
    assert Client().get(url).status_code == 404
    assert Client().post(url, {"name": "Someone Else", "password": PASSWORD}).status_code == 404


def test_invitation_ends_after_a_week(acme: Tenant, owner: Membership) -> None:
    at = clock.now()
    with tenant_scope(acme.id):
        _, token = invite_member(email=EMAIL, role=Role.AGENT, actor=owner.user, at=at - timedelta(days=7))
    with pytest.raises(InvitationGoneError):
        accept_invitation(token=token, at=at, name="N", password=PASSWORD)
    assert Client().get(f"/invitations/{token}/").status_code == 404


def test_withdrawn_invitation_no_longer_works(acme: Tenant, owner: Membership) -> None:
    token = invite(acme, owner)
    with tenant_scope(acme.id):
        invitation_id = Invitation.objects.get().id
    client_of(owner).post(f"/t/acme/invitations/{invitation_id}/withdraw/")
    assert Client().get(f"/invitations/{token}/").status_code == 404
    assert actions(acme) == ["member.invited", "member.invitation_withdrawn"]


def test_withdraw_records_the_address(tenant: Tenant, at: object) -> None:
    actor = factories.UserFactory.create()
    invitation, _ = invite_member(email=EMAIL, role=Role.AGENT, actor=actor, at=clock.now())
    withdraw_invitation(invitation=invitation, actor=actor, at=clock.now())
    assert entry_details(AuditEntry.objects.order_by("-id")[0]) == {"email": EMAIL}


def test_person_with_an_account_signs_in_to_join(acme: Tenant, owner: Membership) -> None:
    other = add_member(factories.TenantFactory.create(slug="other"), email=EMAIL)
    token = invite(acme, owner, role=Role.MANAGER)
    url = f"/invitations/{token}/"
    with pytest.raises(SignInFirstError):
        accept_invitation(token=token, at=clock.now(), name="Thief", password=PASSWORD)
    assert Client().get(url).headers["Location"].startswith("/accounts/login/?next=/invitations/")
    assert client_of(owner).get(url).status_code == 409
    client = client_of(other)
    assert "Join Acme Windows" in client.get(url).content.decode()
    assert client.post(url).headers["Location"] == "/t/acme/"
    with tenant_scope(acme.id):
        assert Membership.objects.get(user=other.user).role == Role.MANAGER


@pytest.mark.parametrize("token", ["nothing", "0.nothing", "1.nothing", "99999999999999999999.x", "²."])
def test_made_up_token_is_not_found(acme: Tenant, token: str) -> None:
    assert Client().get(f"/invitations/{token}/").status_code == 404


def test_token_of_one_tenant_is_nothing_in_another(acme: Tenant, owner: Membership) -> None:
    other = factories.TenantFactory.create(slug="other")
    token = invite(acme, owner).replace(f"{acme.id}.", f"{other.id}.", 1)
    assert tenant_id_of_token(token) == other.id
    with pytest.raises(InvitationGoneError):
        accept_invitation(token=token, at=clock.now(), name="N", password=PASSWORD)
