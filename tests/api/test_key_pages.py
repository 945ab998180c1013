from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Role
from apps.api.models import ApiKey
from apps.campaigns.models import Campaign
from apps.leads.models import LeadList
from apps.tenants.models import Tenant
from tests import factories
from tests.api.conftest import BATCH, Source, make_source
from tests.pages import add_member, client_of, member_client

PAGES = "/t/acme/sources/"


@pytest.fixture
def web(tenant: Tenant) -> Client:
    """A manager's browser."""
    return member_client(tenant, Role.MANAGER)


@pytest.fixture
def spring(tenant: Tenant) -> LeadList:
    return factories.LeadListFactory.create(name="Spring")


def form(spring: LeadList, **changes: Any) -> dict[str, Any]:
    values = {
        "source": "Web form",
        "lead_list": spring.id,
        "dedupe_scope": "LIST",
        "scopes": ["leads:write", "leads:read"],
        "per_minute": 60,
    }
    return values | changes


def shown_key(response: Any) -> str:
    return str(response.context["text"])


def test_new_source_gets_a_key_that_works_and_is_shown_once(web: Client, spring: LeadList) -> None:
    response = web.post(f"{PAGES}new/", form(spring))

    text = shown_key(response)
    api_key = ApiKey.objects.get()
    assert text in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    assert Source(api_key, text).get().status_code == 200
    assert text not in web.get(f"{PAGES}{api_key.id}/").content.decode()
    assert (api_key.source, api_key.lead_list, api_key.per_minute) == ("Web form", spring, 60)


def test_name_that_is_taken_is_told_at_the_field(web: Client, spring: LeadList, source: Source) -> None:
    response = web.post(f"{PAGES}new/", form(spring, source=source.api_key.source))

    assert list(response.context["form"].errors) == ["source"]
    assert ApiKey.objects.count() == 1


def test_campaign_must_call_the_list(web: Client, spring: LeadList, campaign: Campaign) -> None:
    response = web.post(f"{PAGES}new/", form(spring, campaign=campaign.id))

    assert list(response.context["form"].errors) == ["campaign"]


def test_campaign_scope_needs_a_campaign(web: Client, spring: LeadList) -> None:
    response = web.post(f"{PAGES}new/", form(spring, dedupe_scope="CAMPAIGN"))

    assert list(response.context["form"].errors) == ["dedupe_scope"]


def test_lists_and_campaigns_of_others_cannot_be_chosen(web: Client, other_tenant: Tenant, at: datetime) -> None:
    foreign = make_source(at, tenant=other_tenant)

    response = web.post(f"{PAGES}new/", form(foreign.api_key.lead_list))

    assert list(response.context["form"].errors) == ["lead_list"]


def test_source_is_changed_and_its_key_stays(web: Client, source: Source) -> None:
    url = f"{PAGES}{source.api_key.id}/change/"
    assert web.get(url).context["form"]["source"].value() == source.api_key.source

    web.post(url, form(source.api_key.lead_list, source="Renamed", per_minute=5))

    source.api_key.refresh_from_db()
    assert (source.api_key.source, source.api_key.per_minute) == ("Renamed", 5)
    assert source.get().status_code == 200


def test_revoked_key_stops_and_a_new_one_works(web: Client, source: Source) -> None:
    web.post(f"{PAGES}{source.api_key.id}/revoke/")
    stopped = source.get().status_code

    renewed = shown_key(web.post(f"{PAGES}{source.api_key.id}/renew/"))

    assert (stopped, Source(source.api_key, renewed).get().status_code) == (401, 200)


def test_page_shows_what_requests_came_to(web: Client, source: Source) -> None:
    source.post({"leads": [{"phone": "+12125550142"}, {"phone": "+12125550142"}, {"phone": "1"}]}, path=BATCH)
    source.post({"phone": "+12125550142"})
    source.post({"phone": "555-0142"})

    context = web.get(f"{PAGES}{source.api_key.id}/").context

    assert context["counted"] == {"total": 1, "recent": 1}
    assert [(day["taken"], day["refused"]) for day in context["days"]] == [
        ([1, 0, 1], [("duplicate", 1), ("invalid", 2)])
    ]
    assert context["api_key"].last_used_at is not None


def test_list_of_sources_says_when_each_was_last_used(web: Client, source: Source) -> None:
    before = web.get(PAGES).content.decode()
    source.get()

    assert ("Never" in before, "Never" in web.get(PAGES).content.decode()) == (True, False)


def test_list_without_sources_says_what_to_do(web: Client) -> None:
    assert "Connect a source" in web.get(PAGES).content.decode()


def test_vendor_sees_the_own_source_and_nothing_else(tenant: Tenant, source: Source, at: datetime) -> None:
    vendor = add_member(tenant, Role.VENDOR)
    own = make_source(at, source="Vendor's leads", vendor=vendor.user)
    browser = client_of(vendor)

    page = browser.get(f"{PAGES}mine/")

    assert [shown["api_key"] for shown in page.context["sources"]] == [own.api_key]
    assert source.api_key.source not in page.content.decode()
    assert [browser.get(url).status_code for url in (PAGES, f"{PAGES}{own.api_key.id}/", f"{PAGES}new/")] == [403] * 3


@pytest.mark.parametrize("method", ["get", "post"])
def test_source_of_another_tenant_is_not_found(web: Client, other_tenant: Tenant, at: datetime, method: str) -> None:
    foreign = make_source(at, tenant=other_tenant)

    answers = [getattr(web, method)(f"{PAGES}{foreign.api_key.id}/{page}").status_code for page in ("", "change/")]

    assert answers == [404, 404]
    assert foreign.get().status_code == 200
