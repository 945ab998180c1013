import time
from datetime import datetime

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from apps.accounts.models import Role, User
from apps.tenants.models import Tenant
from config.settings.clock import ClockConfig
from tests import factories


@pytest.fixture(autouse=True)
def frozen_clock(settings: Settings, at: datetime) -> None:
    """Views read the product's clock, which stands (almost) still at `at`, and counts are not reused between tests."""
    cache.clear()
    settings.CLOCK = ClockConfig(start=at, origin=time.time(), speed=1e-6)


@pytest.fixture
def manager(tenant: Tenant) -> User:
    return factories.MembershipFactory.create(role=Role.MANAGER).user


@pytest.fixture
def web(client: Client, manager: User) -> Client:
    """A manager's browser."""
    client.force_login(manager)
    return client
