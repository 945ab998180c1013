"""What managers and owners do less often, in a real browser: a campaign's life, new members, the organisation itself."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Membership, Role, User
from apps.campaigns.models import Campaign, CampaignTotals
from apps.leads.models import LeadList
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.browser.conftest import ON_SITE, PASSWORD
from tests.browser.test_manager_pages import sign_in

pytestmark = ON_SITE


@pytest.fixture
def owned(acme: Tenant) -> Tenant:
    """The tenant, with its one member as its owner."""
    with tenant_scope(acme.id):
        Membership.objects.update(role=Role.OWNER)
    return acme


def test_campaign_is_scheduled_started_completed_and_archived(
    site: str, acme: Tenant, page: Page, faults: list[str]
) -> None:
    sign_in(page, site)
    page.goto(f"{site}/t/acme/campaigns/new/")
    page.get_by_label("Campaign name").fill("Summer")
    page.get_by_role("checkbox", name="Spring customers").check()
    page.get_by_text("4. Retries, timing and dates").click()
    page.get_by_label("Start on its own at").fill("2026-06-18T10:30")
    page.get_by_role("button", name="Create and start").click()
    state = page.locator("h1 .pill")
    expect(state).to_have_text("Scheduled")
    expect(page.locator("[data-live=diagnosis]")).to_contain_text("It starts on its own on Thu 18 Jun, 10:30.")
    page.get_by_role("button", name="Back to draft").click()
    expect(state).to_have_text("Draft")
    page.get_by_role("button", name="Schedule").click()
    expect(state).to_have_text("Scheduled")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(state).to_have_text("Running")
    expect(page.locator("[data-live=diagnosis]")).to_contain_text("Its leads are being taken into the queue")
    for step, becomes in (("Complete", "Completed"), ("Archive", "Archived")):
        page.get_by_role("button", name=step).click()
        page.get_by_role("dialog").get_by_role("button", name=step).click()
        expect(state).to_have_text(becomes)
    with tenant_scope(acme.id):
        campaign = Campaign.objects.get()
    assert (campaign.state, campaign.starts_at, faults) == ("ARCHIVED", datetime(2026, 6, 18, 14, 30, tzinfo=UTC), [])


def test_what_people_hear_follows_the_language_and_the_message(
    site: str, acme: Tenant, page: Page, faults: list[str]
) -> None:
    sign_in(page, site)
    page.goto(f"{site}/t/acme/campaigns/new/")
    page.get_by_text("What people hear when no agent speaks").click()
    heard = page.locator("#announcements dd")
    expect(heard.first).to_contain_text("We are sorry that nobody could speak to you just now.")
    page.get_by_label("Language of announcements").select_option("ar")
    expect(heard.first).to_contain_text("نأسف")
    expect(heard.first).to_have_css("direction", "rtl")
    page.get_by_text("4. Retries, timing and dates").click()
    page.get_by_label("Message for answering machines").fill("عرضكم جاهز.")
    page.get_by_label("Attempts per lead").focus()
    expect(heard.last).to_contain_text("عرضكم جاهز.")
    assert faults == []


def test_percent_is_written_the_same_before_and_after_the_live_values(site: str, acme: Tenant, page: Page) -> None:
    with tenant_scope(acme.id):
        campaign = factories.CampaignFactory.create()
    sign_in(page, site)
    url = f"{site}/t/acme/campaigns/{campaign.id}/"
    served = page.request.get(url).text()
    page.goto(url)
    expect(page.locator(".live")).to_have_text("Live")
    with tenant_scope(acme.id):
        CampaignTotals.objects.filter(campaign=campaign).update(dialled=7)
    expect(page.locator("[data-live=dialled]")).to_have_text("7")
    share = page.locator("[data-live=abandoned_share]")
    expect(share).to_have_text("0.0\N{NO-BREAK SPACE}%")
    assert f">{share.text_content()}<" in served


def test_two_tabs_hold_two_tenants(site: str, acme: Tenant, page: Page, faults: list[str]) -> None:
    sign_in(page, site)
    other = factories.TenantFactory.create(slug="bayside", name="Bayside Roofing")
    manager = User.objects.get(email="manager@acme.example")
    campaigns = {}
    for tenant in (acme, other):
        with tenant_scope(tenant.id):
            Membership.objects.get_or_create(user=manager, defaults={"role": Role.MANAGER})
            campaigns[tenant] = factories.CampaignFactory.create()
    tabs = {acme: page, other: page.context.new_page()}
    for tenant, tab in tabs.items():
        tab.goto(f"{site}/t/{tenant.slug}/lists/new/")
    for tenant, tab in tabs.items():
        tab.get_by_role("textbox", name="Name").fill(f"List of {tenant.name}")
        tab.get_by_role("button", name="Save").click()
        expect(tab.get_by_role("heading", level=1)).to_have_text(f"List of {tenant.name}")
    for tenant, tab in tabs.items():
        tab.goto(f"{site}/t/{tenant.slug}/campaigns/{campaigns[tenant].id}/")
        expect(tab.locator(".live")).to_have_text("Live")
    for dialled, (tenant, tab) in enumerate(tabs.items(), start=7):
        with tenant_scope(tenant.id):
            CampaignTotals.objects.filter(campaign=campaigns[tenant]).update(dialled=dialled)
        expect(tab.locator("[data-live=dialled]")).to_have_text(str(dialled))
    expect(page.locator("[data-live=dialled]")).to_have_text("7")
    for tenant in tabs:
        with tenant_scope(tenant.id):
            names = set(LeadList.objects.values_list("name", flat=True))
        assert {name for name in names if name.startswith("List of")} == {f"List of {tenant.name}"}
    assert faults == []


def test_invited_person_makes_an_account_and_is_in(site: str, owned: Tenant, page: Page, faults: list[str]) -> None:
    sign_in(page, site)
    page.goto(f"{site}/t/acme/members/")
    page.get_by_role("link", name="Invite").first.click()
    page.get_by_label("E-mail address").fill("newcomer@acme.example")
    page.get_by_role("radio", name="Supervisor").check()
    page.get_by_role("button", name="Send invitation").click()
    link = page.locator("[data-copy]").first.get_attribute("data-copy") or ""
    path = link[link.index("/", len("https://")) :]
    page.get_by_label("Your account and colour theme").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(site + path)
    page.get_by_label("Your name").fill("Nora Newcomer")
    page.get_by_label("Password").fill("acme")
    page.get_by_role("button", name="Create account and join").click()
    expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account and join").click()
    page.wait_for_url("**/t/acme/**")
    expect(page.locator(".toast").filter(has_text="Welcome to Acme Windows")).to_be_visible()
    with tenant_scope(owned.id):
        joined = Membership.objects.get(user__email="newcomer@acme.example")
    assert (joined.role, joined.user.name, joined.is_active, faults) == ("SUPERVISOR", "Nora Newcomer", True, [])
    page.goto(site + path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("button", name="Join")).to_have_count(0)


def test_settings_are_saved_and_a_wrong_number_is_told(site: str, owned: Tenant, page: Page, faults: list[str]) -> None:
    sign_in(page, site)
    page.goto(f"{site}/t/acme/settings/")
    page.get_by_label("Organisation", exact=True).fill("Acme Doors")
    page.get_by_label("Seller's telephone number").fill("12")
    page.get_by_label("Canada").check()
    page.get_by_label("Time zone").select_option("America/Chicago")
    page.get_by_role("button", name="Save").click()
    number = page.get_by_label("Seller's telephone number")
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Organisation", exact=True)).to_have_value("Acme Doors")
    number.fill("(212) 555-0142")
    page.get_by_role("button", name="Save").click()
    expect(number).to_have_value("+12125550142")
    expect(page.get_by_label("Canada")).to_be_checked()
    owned.refresh_from_db()
    assert (owned.name, owned.seller_phone, owned.time_zone) == ("Acme Doors", "+12125550142", "America/Chicago")
    assert (sorted(owned.countries), faults) == (["CA", "US"], [])
