import json
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from apps.api.domain.ids import Kind, PublicIds
from apps.api.models import ApiKey
from apps.api.services.keys import KeyTerms, create_key
from apps.campaigns.models import Campaign, CampaignList
from apps.core.publish import client as valkey
from apps.leads.models import Lead, LeadList
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from config.settings.clock import ClockConfig
from tests import factories

LEADS = "/api/v1/leads"
BATCH = "/api/v1/leads/batch"


@pytest.fixture(autouse=True)
def frozen_clock(settings: Settings, at: datetime) -> None:
    """Views read the product's clock: it stands (almost) still at `at`. No key has used up anything."""
    settings.CLOCK = ClockConfig(start=at, origin=time.time(), speed=1e-6)
    for name in valkey().scan_iter("api:*"):
        valkey().delete(name)


@dataclass(frozen=True, slots=True)
class Source:
    """An outside system with its key."""

    api_key: ApiKey
    text: str

    def post(self, body: Any, *, path: str = LEADS, **headers: str) -> Any:
        """POST `body` as JSON; a string is sent as it is."""
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return Client(raise_request_exception=False).post(
            path, data, content_type="application/json", headers={"Authorization": f"Bearer {self.text}", **headers}
        )

    def id_of(self, lead: Lead) -> str:
        """A lead's id as the source sees it."""
        return PublicIds(self.api_key.tenant.id_key).write(Kind.LEAD, lead.id)

    def get(self, path: str = LEADS, **query: Any) -> Any:
        return Client(raise_request_exception=False).get(path, query, headers={"Authorization": f"Bearer {self.text}"})


def make_source(at: datetime, *, tenant: Tenant | None = None, **terms: Any) -> Source:
    """A source of the tenant in scope, or of `tenant`, with a list of its own."""
    if tenant is not None:
        with tenant_scope(tenant.id):
            return make_source(at, **terms)
    terms.setdefault("source", "Landing page")
    terms.setdefault("lead_list", None)
    terms["lead_list"] = terms["lead_list"] or factories.LeadListFactory.create()
    api_key, text = create_key(terms=KeyTerms(**terms), created_by=None, at=at)
    return Source(api_key, text)


@pytest.fixture
def source(tenant: Tenant, at: datetime) -> Source:
    """A source without a campaign."""
    return make_source(at)


@pytest.fixture
def campaign(tenant: Tenant) -> Campaign:
    """A running campaign with one list."""
    campaign = factories.CampaignFactory.create()
    CampaignList.objects.create(campaign=campaign, lead_list=factories.LeadListFactory.create())
    return campaign


@pytest.fixture
def warm_source(campaign: Campaign, at: datetime) -> Source:
    """A source whose leads the campaign calls."""
    lead_list = LeadList.objects.get(id=CampaignList.objects.get(campaign=campaign).lead_list_id)
    return make_source(at, lead_list=lead_list, campaign=campaign)
