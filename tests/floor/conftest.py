from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.models import Membership, Role
from apps.tenants.models import Tenant
from tests.pages import add_member, client_of
from tests.softphone.conftest import (
    agent,
    campaign,
    frozen_clock,
    jobs,
    lead,
    on_call,
    other_client,
    post,
    session,
    state,
)

__all__ = ["agent", "campaign", "frozen_clock", "jobs", "lead", "on_call", "other_client", "post", "session", "state"]


@pytest.fixture
def supervisor(tenant: Tenant) -> Membership:
    return add_member(tenant, Role.SUPERVISOR, name="Sam Supervisor")


@pytest.fixture
def floor(supervisor: Membership) -> Callable[[], dict[str, Any]]:
    """What the supervisor's page is told."""
    client = client_of(supervisor)
    return lambda: client.get("/t/acme/floor/state").json()
