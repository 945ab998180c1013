from datetime import datetime

import pytest

from apps.audit.models import AuditEntry
from apps.core.errors import InvalidError
from apps.leads.models import LeadList
from apps.leads.selectors import count_leads, list_lists
from apps.leads.services.lists import ListNameTakenError, archive_list, change_list, create_list, restore_list
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories


def test_create_list_keeps_name_and_audits(tenant: Tenant, at: datetime) -> None:
    lead_list = create_list(name=" Spring ", description="fair", created_by=None, at=at)
    assert (lead_list.name, lead_list.description, lead_list.created_at) == ("Spring", "fair", at)
    assert AuditEntry.objects.get().target == f"list:{lead_list.id}"


def test_list_name_may_be_taken_once_per_tenant(tenant: Tenant, other_tenant: Tenant, at: datetime) -> None:
    with tenant_scope(other_tenant.id):
        create_list(name="Spring", created_by=None, at=at)
    create_list(name="Spring", created_by=None, at=at)
    other = create_list(name="Summer", created_by=None, at=at)
    with pytest.raises(ListNameTakenError):
        create_list(name="SPRING", created_by=None, at=at)
    with pytest.raises(ListNameTakenError):
        change_list(lead_list_id=other.id, name="spring", description="", changed_by=None, at=at)
    with pytest.raises(InvalidError):
        create_list(name=" ", created_by=None, at=at)


def test_change_list_audits_only_a_change(tenant: Tenant, at: datetime) -> None:
    lead_list = create_list(name="Spring", created_by=None, at=at)
    for _ in range(2):
        change_list(lead_list_id=lead_list.id, name="Summer", description="x", changed_by=None, at=at)
    lead_list.refresh_from_db()
    assert (lead_list.name, lead_list.description) == ("Summer", "x")
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["list.created", "list.changed"]


def test_list_of_another_tenant_cannot_be_changed(tenant: Tenant, other_tenant: Tenant, at: datetime) -> None:
    with tenant_scope(other_tenant.id):
        theirs = create_list(name="Spring", created_by=None, at=at)
    with pytest.raises(LeadList.DoesNotExist):
        change_list(lead_list_id=theirs.id, name="Mine", description="", changed_by=None, at=at)
    archive_list(lead_list_id=theirs.id, archived_by=None, at=at)
    with tenant_scope(other_tenant.id):
        assert list(list_lists()) == [theirs]


def test_archive_and_restore_list_once_each(tenant: Tenant, at: datetime) -> None:
    lead_list = create_list(name="Spring", created_by=None, at=at)
    for _ in range(2):
        archive_list(lead_list_id=lead_list.id, archived_by=None, at=at)
    assert [list(list_lists()), list(list_lists(is_archived=True))] == [[], [lead_list]]
    for _ in range(2):
        restore_list(lead_list_id=lead_list.id, restored_by=None, at=at)
    assert list(list_lists()) == [lead_list]
    assert AuditEntry.objects.count() == 3


def test_count_leads_is_exact_while_small_and_an_estimate_beyond(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = [factories.LeadListFactory.create() for _ in range(3)]
    for lead_list, number in zip(lists, (0, 2, 3), strict=True):
        factories.LeadFactory.create_batch(number, lead_list=lead_list)
    monkeypatch.setattr("apps.leads.selectors.COUNTED_EXACTLY", 2)
    counts = count_leads(lead_list.id for lead_list in lists)
    assert [counts[item.id].is_exact for item in lists] == [True, True, False]
    assert [counts[item.id].number for item in lists[:2]] == [0, 2]
    assert counts[lists[2].id].number >= 3
