from datetime import datetime

import pytest
from celery import current_app

from apps.accounts.models import Membership, Role
from apps.agents.models import AgentSession, AgentState
from apps.audit.models import AuditEntry
from apps.core import clock
from apps.organisation.errors import LastOwnerError
from apps.organisation.services.members import change_role, deactivate_member, reactivate_member
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.dialling import Jobs
from tests.pages import PAGE_QUERIES, add_member, client_of


def reread(member: Membership) -> tuple[str, bool]:
    with tenant_scope(member.tenant_id):
        fresh = Membership.objects.get(id=member.id)
    return fresh.role, fresh.is_active


def last_entry(tenant: Tenant) -> tuple[str, str, object]:
    with tenant_scope(tenant.id):
        entry = AuditEntry.objects.order_by("-id")[0]
        return entry.action, entry.target, {key: entry.data[key] for key in entry.data if key != "email"}


def test_role_that_takes_no_calls_ends_the_shift(tenant: Tenant, at: datetime, jobs: Jobs) -> None:
    member = factories.MembershipFactory.create(role=Role.AGENT)

    change_role(member=member, role=Role.SUPERVISOR, actor=member.user, at=at)
    assert jobs.named("agents.retire_agent") == []

    change_role(member=member, role=Role.COMPLIANCE, actor=member.user, at=at)
    assert jobs.named("agents.retire_agent") == [{"tenant_id": tenant.id, "user_id": member.user_id}]


def test_role_is_changed_and_recorded(acme: Tenant, owner: Membership) -> None:
    agent = add_member(acme, Role.AGENT)
    response = client_of(owner).post(f"/t/acme/members/{agent.id}/role/", {"role": "MANAGER"})
    assert response.headers["Location"] == "/t/acme/members/"
    assert reread(agent) == ("MANAGER", True)
    changes = {"before": "AGENT", "after": "MANAGER"}
    assert last_entry(acme) == ("member.role_changed", f"member:{agent.id}", changes)


def test_same_role_records_nothing(tenant: Tenant) -> None:
    member = factories.MembershipFactory.create(role=Role.AGENT)
    change_role(member=member, role=Role.AGENT, actor=member.user, at=clock.now())
    assert not AuditEntry.objects.exists()


def test_unknown_role_is_refused(acme: Tenant, owner: Membership) -> None:
    agent = add_member(acme, Role.AGENT)
    assert client_of(owner).post(f"/t/acme/members/{agent.id}/role/", {"role": "KING"}).status_code == 200
    assert reread(agent) == ("AGENT", True)


def test_last_owner_keeps_the_role(acme: Tenant, owner: Membership) -> None:
    page = client_of(owner).post(f"/t/acme/members/{owner.id}/role/", {"role": "AGENT"})
    assert "This is the only owner" in page.content.decode()
    assert reread(owner) == ("OWNER", True)


def test_last_owner_cannot_be_deactivated(acme: Tenant, owner: Membership) -> None:
    page = client_of(owner).post(f"/t/acme/members/{owner.id}/deactivate/", follow=True)
    assert "This is the only owner" in page.content.decode()
    assert reread(owner) == ("OWNER", True)


def test_deactivated_owner_does_not_count(tenant: Tenant) -> None:
    factories.MembershipFactory.create(role=Role.OWNER, is_active=False)
    owner = factories.MembershipFactory.create(role=Role.OWNER)
    with pytest.raises(LastOwnerError):
        deactivate_member(member=owner, actor=owner.user, at=clock.now())


def test_one_of_two_owners_may_leave(tenant: Tenant) -> None:
    leaving, staying = factories.MembershipFactory.create_batch(2, role=Role.OWNER)
    deactivate_member(member=leaving, actor=staying.user, at=clock.now())
    assert list(Membership.objects.filter(is_active=True)) == [staying]
    with pytest.raises(LastOwnerError):
        change_role(member=staying, role=Role.AGENT, actor=staying.user, at=clock.now())


def test_deactivated_member_is_out_at_once_and_may_come_back(acme: Tenant, owner: Membership) -> None:
    manager = add_member(acme, Role.MANAGER)
    theirs = client_of(manager)
    assert theirs.get("/t/acme/numbers/").status_code == 200
    client_of(owner).post(f"/t/acme/members/{manager.id}/deactivate/")
    assert last_entry(acme) == ("member.deactivated", f"member:{manager.id}", {})
    assert theirs.get("/t/acme/numbers/").status_code == 404
    client_of(owner).post(f"/t/acme/members/{manager.id}/reactivate/")
    assert last_entry(acme) == ("member.reactivated", f"member:{manager.id}", {})
    assert theirs.get("/t/acme/numbers/").status_code == 200


def test_deactivation_ends_the_shift_at_the_desk(tenant: Tenant, jobs: Jobs, at: datetime) -> None:
    factories.MembershipFactory.create(role=Role.OWNER)
    agent = factories.MembershipFactory.create(role=Role.AGENT)
    session = AgentSession.objects.create(
        user=agent.user, campaign=factories.CampaignFactory.create(), state=AgentState.READY, state_since=at
    )
    deactivate_member(member=agent, actor=agent.user, at=at)
    (sent,) = jobs.named("agents.retire_agent")
    assert sent == {"tenant_id": tenant.id, "user_id": agent.user_id}
    current_app.tasks["agents.retire_agent"](**sent)
    session.refresh_from_db()
    assert (session.state, session.ended_at is not None) == (AgentState.OFFLINE, True)


def test_repeated_deactivation_records_once(tenant: Tenant) -> None:
    factories.MembershipFactory.create(role=Role.OWNER)
    agent = factories.MembershipFactory.create(role=Role.AGENT)
    for _ in range(2):
        deactivate_member(member=agent, actor=agent.user, at=clock.now())
    assert AuditEntry.objects.count() == 1
    for _ in range(2):
        reactivate_member(member=agent, actor=agent.user, at=clock.now())
    assert AuditEntry.objects.count() == 2


@pytest.mark.parametrize("path", ["deactivate", "reactivate"])
def test_switching_needs_post(acme: Tenant, owner: Membership, path: str) -> None:
    assert client_of(owner).get(f"/t/acme/members/{owner.id}/{path}/").status_code == 405


@pytest.mark.parametrize("more", [1, 3])
def test_member_list_takes_a_fixed_number_of_queries(
    acme: Tenant, owner: Membership, more: int, django_assert_num_queries: object
) -> None:
    for _ in range(more):
        add_member(acme, Role.AGENT)
    client = client_of(owner)
    client.get("/t/acme/members/")
    with django_assert_num_queries(PAGE_QUERIES + 2):  # type: ignore[operator]  # a context manager
        page = client.get("/t/acme/members/")
    assert page.content.decode().count('data-label="Role"') == 1 + more


def test_roles_page_shows_who_may_what(owner: Membership) -> None:
    text = client_of(owner).get("/t/acme/members/roles/").content.decode()
    assert "Take and make calls" in text
    assert "Compliance officer" in text
