import pytest

from apps.accounts.models import Membership, Role
from apps.telephony.models import ProviderAccount
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.dialling import exchange, jobs, watched_carrier
from tests.pages import add_member

__all__ = ["exchange", "jobs", "watched_carrier"]


@pytest.fixture
def acme(db: None) -> Tenant:
    """A tenant, not in scope."""
    return factories.TenantFactory.create(slug="acme")


@pytest.fixture
def manager(acme: Tenant) -> Membership:
    return add_member(acme, Role.MANAGER)


@pytest.fixture
def account(acme: Tenant) -> ProviderAccount:
    """The tenant's account at the carrier, one that the simulator opens."""
    with tenant_scope(acme.id):
        return factories.ProviderAccountFactory.create()
