import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from apps.accounts.models import Role, User
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign
from apps.compliance.models import Decision
from apps.tenants.models import Tenant
from config.settings.clock import ClockConfig
from tests import factories


def make_attempt(campaign: Campaign, *, at: datetime, **fields: Any) -> Attempt:
    """An attempt that the gate allowed at `at`."""
    row = factories.CampaignLeadFactory.create(campaign=campaign)
    decision = Decision.objects.create(
        phone=row.lead.phone,
        decided_at=at,
        expires_at=at + timedelta(seconds=30),
        is_allowed=True,
        zones=["America/New_York"],
        rulebook="test",
        facts={},
    )
    return Attempt.objects.create(
        campaign=campaign,
        campaign_lead=row,
        lead=row.lead,
        decision=decision,
        caller_id=campaign.caller_id,
        phone=row.lead.phone,
        mode=campaign.dial_mode,
        reserved_at=at,
        **({"state": 70, "outcome": "NO_ANSWER"} | fields),
    )


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
