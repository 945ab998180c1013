import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.utils import IntegrityError

from apps.leads.models import LeadList
from apps.tenants.models import Tenant
from apps.tenants.scope import NoTenantScopeError, get_tenant_id, tenant_scope
from tests import factories


def test_manager_outside_scope_raises(db: None) -> None:
    with pytest.raises(NoTenantScopeError):
        LeadList.objects.count()


def test_database_hides_other_tenants_rows_even_without_a_filter(tenant: Tenant, other_tenant: Tenant) -> None:
    factories.LeadListFactory.create(name="ours")
    with tenant_scope(other_tenant.id):
        factories.LeadListFactory.create(name="theirs")
        assert list(LeadList.unscoped.values_list("name", flat=True)) == ["theirs"]
    assert list(LeadList.unscoped.values_list("name", flat=True)) == ["ours"]


def test_database_refuses_to_write_another_tenants_row(tenant: Tenant, other_tenant: Tenant) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        LeadList.unscoped.create(tenant=other_tenant, name="planted")


def test_foreign_key_cannot_leave_the_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant_scope(other_tenant.id):
        theirs = factories.LeadListFactory.create()

    def plant() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
            factories.LeadFactory.create(lead_list=theirs)

    with pytest.raises(IntegrityError):
        plant()


def test_scope_restores_the_outer_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    factories.LeadListFactory.create(name="ours")
    with tenant_scope(other_tenant.id):
        assert get_tenant_id() == other_tenant.id
    assert get_tenant_id() == tenant.id
    assert LeadList.objects.count() == 1


def test_scope_restores_the_outer_tenant_after_an_error(tenant: Tenant, other_tenant: Tenant) -> None:
    factories.LeadListFactory.create(name="ours")
    with pytest.raises(RuntimeError), tenant_scope(other_tenant.id):
        raise RuntimeError
    assert LeadList.unscoped.count() == 1
