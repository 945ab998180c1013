from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Role
from apps.agents.models import AgentSession
from apps.campaigns.models import Campaign, CampaignList, CampaignTotals
from apps.campaigns.services import queue
from apps.compliance.models import Decision, Evidence
from apps.compliance.services.suppression import add_dnc_entry
from apps.dialer.models import Pulse
from apps.leads.models import LeadImport
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.dialling import add_lead, open_campaign

QUERIES_OF_ATTEMPTS = 12
QUERIES_OF_OVERVIEW = 20
PAGES = ("", "live.json", "attempts/", "figures/")


def test_campaign_page_shows_totals_pacing_and_attempts(web: Client, at: datetime) -> None:
    campaign = factories.CampaignFactory.create(name="Spring")
    CampaignTotals.objects.filter(campaign=campaign).update(dialled=12480, answered=3912)
    Pulse.objects.create(campaign=campaign, ticked_at=at, dials=2, reason="Dialled 2 because 2 agents are free.")
    factories.AttemptFactory.create(campaign=campaign, reserved_at=at)
    html = web.get(f"/t/acme/campaigns/{campaign.id}/").content.decode()
    shown = [
        text in html
        for text in ("12,480", "3,912", "Dialled 2 because 2 agents are free.", "Allowed at 13:00 New York")
    ]
    assert shown == [True] * 4


def test_live_values_say_why_it_is_not_dialling(web: Client, at: datetime) -> None:
    campaign = factories.CampaignFactory.create()
    factories.DispositionFactory.create(disposition_set=campaign.disposition_set)
    values = web.get(f"/t/acme/campaigns/{campaign.id}/live.json").json()
    assert (values["is_stuck"], values["diagnosis"]) == (True, "It has no list: choose at least one.")


def test_live_values_count_leads_by_where_they_stand(web: Client, tenant: Tenant, at: datetime) -> None:
    campaign = factories.CampaignFactory.create()
    factories.CampaignLeadFactory.create_batch(2, campaign=campaign)
    factories.CampaignLeadFactory.create(campaign=campaign, state=3, reason="retry")
    factories.CampaignLeadFactory.create(campaign=campaign, state=4, reason="SALE")
    values = web.get(f"/t/acme/campaigns/{campaign.id}/live.json").json()
    assert values["queue"]["left"] == 3
    assert (values["queue"]["waiting"], values["queue"]["done"]) == (1, 1)
    assert {"text": "called before, waiting for the next try", "count": 1} in values["why"]


def test_gate_says_how_many_of_the_next_leads_may_be_called_and_nothing_is_stored(
    web: Client, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.reports.selectors.JUDGED_LEADS", 4)
    campaign = open_campaign(at)
    refused = [add_lead(campaign) for _ in range(2)]
    for _ in range(3):
        add_lead(campaign)
    for row in refused:
        add_dnc_entry(phone=row.lead.phone, campaign_id=None, source=Evidence.MANAGER, created_by="test", at=at)
    values = web.get(f"/t/acme/campaigns/{campaign.id}/live.json").json()["queue"]
    assert (values["open"], values["judged"], values["allowed"], Decision.objects.count()) == (5, 4, 2, 0)
    html = " ".join(web.get(f"/t/acme/campaigns/{campaign.id}/").content.decode().split())
    assert ("Ready, open now" in html, "Callable now" in html) == (True, False)


def test_campaign_whose_next_leads_are_all_refused_says_why(web: Client, tenant: Tenant, at: datetime) -> None:
    campaign = open_campaign(at)
    factories.DispositionFactory.create(disposition_set=campaign.disposition_set)
    row = add_lead(campaign)
    CampaignList.objects.create(campaign=campaign, lead_list=row.lead.lead_list, last_lead_id=row.lead_id)
    Pulse.objects.create(campaign=campaign, ticked_at=at, dials=0, reason="")
    add_dnc_entry(phone=row.lead.phone, campaign_id=None, source=Evidence.MANAGER, created_by="test", at=at)
    values = web.get(f"/t/acme/campaigns/{campaign.id}/live.json").json()
    assert values["diagnosis"] == (
        "1 lead is ready in open hours, but none of the next 1 may be called: 1 asked you not to call again."
    )


def test_new_campaign_says_that_its_leads_are_being_taken_in(web: Client, tenant: Tenant, at: datetime) -> None:
    campaign = open_campaign(at)
    factories.DispositionFactory.create(disposition_set=campaign.disposition_set)
    lead = factories.LeadFactory.create()
    CampaignList.objects.create(campaign=campaign, lead_list=lead.lead_list)
    Pulse.objects.create(campaign=campaign, ticked_at=at, dials=0, reason="")
    url = f"/t/acme/campaigns/{campaign.id}/live.json"
    before = web.get(url).json()
    cache.clear()
    queue.take_in_new_leads(campaign=campaign)
    after = web.get(url).json()
    assert before["diagnosis"] == "Its leads are being taken into the queue; calls start when that is done."
    assert (after["queue"]["left"], "taken into" in after["diagnosis"]) == (1, False)


def test_campaign_of_an_empty_list_asks_for_leads_and_waits_for_a_running_import(
    web: Client, tenant: Tenant, at: datetime
) -> None:
    campaign = open_campaign(at)
    factories.DispositionFactory.create(disposition_set=campaign.disposition_set)
    empty = factories.LeadListFactory.create()
    CampaignList.objects.create(campaign=campaign, lead_list=empty)
    Pulse.objects.create(campaign=campaign, ticked_at=at, dials=0, reason="")
    url = f"/t/acme/campaigns/{campaign.id}/live.json"
    said = [web.get(url).json()["diagnosis"]]
    LeadImport.objects.create(lead_list=empty, file_name="june.csv", size=1, sha256="", state=LeadImport.State.QUEUED)
    cache.clear()
    said.append(web.get(url).json()["diagnosis"])
    assert said == [
        "Its lists have no leads that can be called: upload a file or choose another list.",
        "Its leads are being taken into the queue; calls start when that is done.",
    ]


def test_live_values_count_agents_and_calls(web: Client, at: datetime) -> None:
    campaign = factories.CampaignFactory.create()
    factories.AttemptFactory.create(campaign=campaign, reserved_at=at, state=40)
    AgentSession.objects.create(campaign=campaign, user=factories.UserFactory.create(), state="READY", state_since=at)
    values = web.get(f"/t/acme/campaigns/{campaign.id}/live.json").json()
    assert (values["agents"]["READY"], values["agents"]["total"], values["calls"]) == (
        1,
        1,
        {"placing": 0, "ringing": 1, "talking": 0},
    )


def test_attempts_go_on_where_the_page_before_ended(web: Client, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.reports.views.campaigns.PAGE_SIZE", 2)
    campaign = factories.CampaignFactory.create()
    newest_first = [
        factories.AttemptFactory.create(campaign=campaign, reserved_at=at - timedelta(minutes=n // 2)) for n in range(5)
    ]
    first = web.get(f"/t/acme/campaigns/{campaign.id}/attempts/")
    second = web.get(f"/t/acme/campaigns/{campaign.id}/attempts/" + first.context["next_url"])
    third = web.get(f"/t/acme/campaigns/{campaign.id}/attempts/" + second.context["next_url"])
    seen = [attempt.id for page in (first, second, third) for attempt in page.context["attempts"]]
    assert (len(seen), set(seen), third.context["next_url"]) == (5, {attempt.id for attempt in newest_first}, "")


@pytest.mark.parametrize("after", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_attempts_ignore_a_broken_cursor(web: Client, after: str, at: datetime) -> None:
    campaign = factories.CampaignFactory.create()
    factories.AttemptFactory.create(campaign=campaign, reserved_at=at)
    page = web.get(f"/t/acme/campaigns/{campaign.id}/attempts/?after={after}")
    assert len(page.context["attempts"]) == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_attempts_need_the_same_queries_for_one_and_three(
    web: Client, at: datetime, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    campaign = factories.CampaignFactory.create()
    for n in range(rows):
        factories.AttemptFactory.create(campaign=campaign, reserved_at=at - timedelta(minutes=n))
    with django_assert_num_queries(QUERIES_OF_ATTEMPTS):
        web.get(f"/t/acme/campaigns/{campaign.id}/attempts/", headers={"HX-Request": "true"})


@pytest.mark.parametrize("rows", [1, 3])
def test_overview_needs_the_same_queries_for_one_and_three(
    web: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    factories.CampaignFactory.create_batch(rows)
    with django_assert_num_queries(QUERIES_OF_OVERVIEW):
        web.get("/t/acme/overview/")


@pytest.mark.parametrize("tail", PAGES)
def test_campaign_of_another_tenant_does_not_exist(web: Client, other_tenant: Tenant, tail: str) -> None:
    with tenant_scope(other_tenant.id):
        campaign = factories.CampaignFactory.create(name="Secret")
    assert web.get(f"/t/acme/campaigns/{campaign.id}/{tail}").status_code == 404


def test_overview_counts_nothing_of_another_tenant(web: Client, other_tenant: Tenant) -> None:
    with tenant_scope(other_tenant.id):
        factories.CampaignFactory.create(name="Secret")
    html = web.get("/t/acme/overview/").content.decode()
    values = web.get("/t/acme/campaigns/state.json").json()
    assert ("Secret" in html, values["running"], [key for key in values if key.isdigit()]) == (False, 0, [])


@pytest.mark.parametrize("role", [Role.AGENT, Role.VENDOR])
def test_live_pages_are_closed_to_roles_that_see_no_campaigns(client: Client, tenant: Tenant, role: Role) -> None:
    client.force_login(factories.MembershipFactory.create(role=role).user)
    assert [client.get(f"/t/acme/{path}").status_code for path in ("overview/", "campaigns/state.json")] == [403, 403]


def test_paused_campaign_offers_to_resume_and_supervisor_sees_no_button(client: Client, tenant: Tenant) -> None:
    campaign = factories.CampaignFactory.create(state=Campaign.State.PAUSED)
    buttons = []
    for role in (Role.MANAGER, Role.SUPERVISOR):
        client.force_login(factories.MembershipFactory.create(role=role).user)
        buttons.append('value="resume"' in client.get(f"/t/acme/campaigns/{campaign.id}/").content.decode())
    assert buttons == [True, False]
