import pytest

from apps.accounts.models import Membership
from apps.tenants.models import Tenant
from tests import factories
from tests.dialling import jobs
from tests.pages import add_member

__all__ = ["jobs"]


@pytest.fixture
def acme(db: None) -> Tenant:
    """A tenant that is not in scope."""
    return factories.TenantFactory.create(slug="acme", name="Acme Windows")


@pytest.fixture
def owner(acme: Tenant) -> Membership:
    return add_member(acme, name="Olga Owner", email="olga@example.test")
