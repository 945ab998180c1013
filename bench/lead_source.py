"""A tenant with a lead source, and leads with fictional numbers, for the benchmarks of the API."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import psycopg

from apps.api.models import ApiKey
from apps.api.services.keys import KeyTerms, create_key
from apps.campaigns.models import Campaign, CampaignList
from apps.campaigns.services.life import create_disposition_set
from apps.core.domain.phones import PhoneStatus, normalise_phone
from apps.leads.models import LeadList
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

_MANY = 60_000


@dataclass(frozen=True, slots=True)
class BenchSource:
    """A key, its secret and its list."""

    api_key: ApiKey
    text: str


def numbers() -> Iterator[str]:
    """Fictional numbers (555-0100 to 555-0199) of every area code that can be called, each once."""
    codes = [code for code in range(201, 990) if normalise_phone(f"+1{code}5550100").status is PhoneStatus.CALLABLE]
    return (f"+1{code}5550{last}" for last, code in itertools.product(range(100, 200), codes))


def lead(phone: str) -> dict[str, Any]:
    """A lead as a landing page sends it."""
    return {
        "phone": phone,
        "first_name": "Ada",
        "last_name": "Byron",
        "email": "ada@example.com",
        "state": "NY",
        "postal_code": "10001",
        "external_id": phone[1:],
        "custom": {"windows": 6, "form": "landing-3"},
    }


def make_sources(slug: str, at: datetime) -> tuple[BenchSource, BenchSource]:
    """Two sources of a new tenant: one without, one with a running campaign."""
    tenant = Tenant.objects.create(slug=slug, name="Bench", countries=["US"], is_mfa_required=False)
    with tenant_scope(tenant.id):
        plain = LeadList.objects.create(name="Plain", tenant_id=tenant.id)
        called = LeadList.objects.create(name="Called", tenant_id=tenant.id)
        campaign = Campaign.objects.create(
            tenant_id=tenant.id,
            name="Bench",
            state=Campaign.State.RUNNING,
            disposition_set=create_disposition_set(name="Bench"),
            call_from=time(9),
            call_until=time(20),
            weekdays=[1, 2, 3, 4, 5, 6, 7],
        )
        CampaignList.objects.create(campaign=campaign, lead_list=called, tenant_id=tenant.id)
        terms = (
            KeyTerms(source="Plain", lead_list=plain, per_minute=_MANY),
            KeyTerms(source="Called", lead_list=called, campaign=campaign, per_minute=_MANY),
        )
        first, second = (BenchSource(*create_key(terms=each, created_by=None, at=at)) for each in terms)
    return first, second


def make_bare_table() -> None:
    """The table that the bare views insert into."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
        connection.execute("create table bench_lead (id bigserial primary key, phone text, body text)")
        connection.execute("grant insert on bench_lead to app_rt")
        connection.execute("grant usage on sequence bench_lead_id_seq to app_rt")
