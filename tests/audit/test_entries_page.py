from datetime import datetime, timedelta

import pytest

from apps.accounts.models import Membership, Role
from apps.audit.actions import Action
from apps.audit.services import record
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.pages import PAGE_QUERIES, add_member, client_of

URL = "/t/acme/audit/"


@pytest.fixture
def acme(db: None) -> Tenant:
    return factories.TenantFactory.create(slug="acme")


@pytest.fixture
def officer(acme: Tenant) -> Membership:
    return add_member(acme, Role.COMPLIANCE, name="Cora Officer")


def add_entries(tenant: Tenant, count: int, at: datetime, actor: Membership | None = None) -> None:
    with tenant_scope(tenant.id):
        for n in range(count):
            record(
                Action.LIST_CREATED,
                at=at + timedelta(minutes=n),
                target=f"list:{n}",
                actor=actor and actor.user,
                actor_label="" if actor else "Importer",
                data={"note": f"note {n}"},
            )


def text(member: Membership, query: str = "") -> str:
    return client_of(member).get(URL + query).content.decode()


def test_entries_show_who_what_and_details(acme: Tenant, officer: Membership, at: datetime) -> None:
    add_entries(acme, 1, at, officer)
    page = text(officer)
    for expected in ("List created", "Cora Officer", "list:0", "note 0", "16 Jun, 13:00:00"):
        assert expected in page


def test_pages_go_on_below_the_last_entry(acme: Tenant, officer: Membership, at: datetime) -> None:
    add_entries(acme, 60, at)
    client = client_of(officer)
    first = client.get(URL)
    assert [entry.target for entry, _, _ in first.context["rows"]] == [f"list:{n}" for n in range(59, 9, -1)]
    second = client.get(first.context["next_url"])
    assert [entry.target for entry, _, _ in second.context["rows"]] == [f"list:{n}" for n in range(9, -1, -1)]
    assert second.context["next_url"] == ""


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?action=list.created", 3),
        ("?action=list.archived", 0),
        ("?target=list:1", 1),
        ("?since=2026-06-16&until=2026-06-16", 3),
        ("?since=2026-06-17", 0),
        ("?until=2026-06-15", 0),
        ("?since=nonsense", 3),
        ("?before=nonsense", 3),
        ("?action=nonsense", 3),
    ],
)
def test_filters(acme: Tenant, officer: Membership, at: datetime, query: str, found: int) -> None:
    add_entries(acme, 3, at)
    assert len(client_of(officer).get(URL + query).context["rows"]) == found


def test_filter_by_person_offers_only_people_in_the_ledger(acme: Tenant, officer: Membership, at: datetime) -> None:
    add_entries(acme, 2, at, officer)
    add_entries(acme, 1, at)
    add_member(acme, name="Silent Sam")
    page = client_of(officer).get(f"{URL}?actor={officer.user_id}")
    assert len(page.context["rows"]) == 2
    assert f'<option value="{officer.user_id}" selected>Cora Officer</option>' in page.content.decode()
    assert "Silent Sam" not in page.content.decode()


def test_days_are_the_tenants_own(acme: Tenant, officer: Membership, at: datetime) -> None:
    """01:00 UTC on the 17th is still the 16th in New York."""
    add_entries(acme, 1, at + timedelta(hours=8))
    assert len(client_of(officer).get(f"{URL}?until=2026-06-16").context["rows"]) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_a_fixed_number_of_queries(
    acme: Tenant, officer: Membership, at: datetime, count: int, django_assert_num_queries: object
) -> None:
    add_entries(acme, count, at, officer)
    client = client_of(officer)
    client.get(URL)
    with django_assert_num_queries(PAGE_QUERIES + 3):  # type: ignore[operator]  # a context manager
        client.get(URL)


def test_empty_audit_says_so(officer: Membership) -> None:
    assert "No entries match" in text(officer)


@pytest.mark.parametrize("query", ["?until=9999-12-31", "?since=0001-01-01", f"?before={'9' * 5000}", "?target=%00"])
def test_odd_filters_do_not_limit(acme: Tenant, officer: Membership, at: datetime, query: str) -> None:
    Tenant.objects.filter(id=acme.id).update(time_zone="Asia/Tokyo")
    add_entries(acme, 1, at)
    assert "list:0" in text(officer, query)
