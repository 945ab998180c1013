"""A campaign manager's first minutes, in a real browser."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.campaigns.models import Campaign, CampaignList, CampaignTotals, Disposition, DispositionSet
from apps.campaigns.services.life import create_disposition_set
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.browser.conftest import ON_SITE, PASSWORD

pytestmark = ON_SITE
NOON = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)
SHOTS = os.environ.get("UI_SHOTS")
LOOKS: tuple[Literal["light", "dark"], ...] = ("light", "dark")


class Clicks:
    """Counts what a person clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def __call__(self, role: str, name: str) -> None:
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]  # roles of the ARIA list
        self.count += 1


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def sign_in(page: Page, site: str) -> Clicks:
    clicks = Clicks(page)
    page.goto(f"{site}/")
    shoot(page, "login")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type("manager@acme.example")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    clicks("button", "Sign in")
    page.wait_for_url("**/overview/")
    return clicks


def busy_campaign() -> Campaign:
    """A campaign in the middle of its day."""
    campaign = factories.CampaignFactory.create(name="Spring renewals", dial_mode="PROGRESSIVE")
    link = factories.LeadListFactory.create(name="Contracts that end in June")
    CampaignList.objects.create(campaign=campaign, lead_list=link)
    create_disposition_set(name="Usual")
    kinds = DispositionSet.objects.get(name="Usual")
    Campaign.objects.filter(id=campaign.id).update(disposition_set=kinds)
    campaign.refresh_from_db()
    CampaignTotals.objects.filter(campaign=campaign).update(dialled=12480, answered=3912, contacts=1204, successes=96)
    for n, outcome in enumerate(("NO_ANSWER", "MACHINE", "CONNECTED", "BUSY", "ABANDONED", "CONNECTED")):
        talk = {"talk_seconds": 95 + n, "answered_by": 1} if outcome == "CONNECTED" else {}
        attempt = factories.AttemptFactory.create(
            campaign=campaign, reserved_at=NOON - timedelta(minutes=17 * n), outcome=outcome, **talk
        )
        attempt.placed_at = attempt.reserved_at
        if talk:
            attempt.disposition = Disposition.objects.get(code="SALE")
        attempt.save()
    for reason, count in (("retry", 5), ("calling_time", 3), ("dnc_entity", 1)):
        factories.CampaignLeadFactory.create_batch(count, campaign=campaign, state=3, reason=reason)
    return campaign


def test_campaign_is_created_and_started_within_twelve_clicks(site: str, acme: Tenant, page: Page) -> None:
    clicks = sign_in(page, site)
    shoot(page, "overview-empty")
    clicks("link", "New campaign")
    shoot(page, "form")
    expect(page.get_by_label("Campaign name")).to_be_focused()
    page.keyboard.type("Spring renewals")
    clicks("checkbox", "Spring customers")
    clicks("button", "Create and start")
    expect(page.locator("h1 .pill")).to_have_text("Running")
    with tenant_scope(acme.id):
        states = list(Campaign.objects.values_list("name", "state"))
    assert (states, clicks.count <= 12) == ([("Spring renewals", "RUNNING")], True)


def test_figures_move_without_a_reload(site: str, acme: Tenant, page: Page) -> None:
    with tenant_scope(acme.id):
        campaign = factories.CampaignFactory.create(name="Live one")
    sign_in(page, site)
    page.goto(f"{site}/t/acme/campaigns/{campaign.id}/")
    expect(page.locator(".live")).to_have_text("Live")
    expect(page.locator("[data-live=dialled]")).to_have_text("0")
    with tenant_scope(acme.id):
        CampaignTotals.objects.filter(campaign=campaign).update(dialled=1234, answered=400)
    expect(page.locator("[data-live=dialled]")).to_have_text("1,234")


def test_parts_that_refresh_themselves_keep_their_content(site: str, acme: Tenant, page: Page) -> None:
    with tenant_scope(acme.id):
        campaign = busy_campaign()
    sign_in(page, site)
    parts = {f"/campaigns/{campaign.id}/{part}/" for part in ("attempts", "figures")}
    refreshed: set[str] = set()
    page.on("requestfinished", lambda request: refreshed.update(p for p in parts if request.url.endswith(p)))
    page.goto(f"{site}/t/acme/campaigns/{campaign.id}/")
    expect(page.locator(".live")).to_have_text("Live")
    page.wait_for_function(
        "() => document.querySelectorAll('.htmx-request, .htmx-swapping, .htmx-settling').length === 0"
    )
    expect(page.get_by_role("columnheader", name="Decision")).to_be_visible()
    expect(page.get_by_role("heading", name="Dispositions")).to_be_visible()
    assert refreshed == parts


def test_page_follows_the_state_that_somebody_else_set(site: str, acme: Tenant, page: Page) -> None:
    with tenant_scope(acme.id):
        campaign = factories.CampaignFactory.create(name="Live one")
    sign_in(page, site)
    page.goto(f"{site}/t/acme/campaigns/{campaign.id}/")
    expect(page.locator(".live")).to_have_text("Live")
    with tenant_scope(acme.id):
        Campaign.objects.filter(id=campaign.id).update(state="PAUSED", state_reason="The abandonment limit is near.")
    expect(page.locator("h1 .pill")).to_have_text("Paused")
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_archiving_asks_first(site: str, acme: Tenant, page: Page) -> None:
    with tenant_scope(acme.id):
        campaign = factories.CampaignFactory.create(name="Old one", state="PAUSED")
    sign_in(page, site)
    page.goto(f"{site}/t/acme/campaigns/{campaign.id}/")
    page.get_by_role("button", name="Archive").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.locator("h1 .pill")).to_have_text("Paused")
    page.get_by_role("button", name="Archive").click()
    dialog.get_by_role("button", name="Archive").click()
    expect(page.locator("h1 .pill")).to_have_text("Archived")


def test_shortcuts_open_help_and_stay_silent_while_typing(site: str, acme: Tenant, page: Page) -> None:
    sign_in(page, site)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page).to_have_url(f"{site}/t/acme/campaigns/")
    page.get_by_role("textbox", name="Name").fill("")
    page.get_by_role("textbox", name="Name").press_sequentially("n?")
    expect(page.get_by_role("textbox", name="Name")).to_have_value("n?")


def test_theme_is_kept(site: str, acme: Tenant, page: Page) -> None:
    sign_in(page, site)
    page.get_by_label("Your account and colour theme").click()
    page.get_by_role("button", name="Dark").click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.parametrize("width", [390, 1440])
def test_pages_read_right_to_left(site: str, acme: Tenant, page: Page, width: int) -> None:
    with tenant_scope(acme.id):
        campaign = busy_campaign()
    User.objects.filter(email="manager@acme.example").update(language="ar")
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, site)
    page.goto(f"{site}/t/acme/campaigns/{campaign.id}/")
    shoot(page, f"rtl-{width}")
    heading = page.locator("h1").bounding_box()
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert heading is not None
    assert heading["x"] + heading["width"] > width / 2


def test_pages_fit_and_break_no_rule(site: str, acme: Tenant, page: Page, faults: list[str]) -> None:
    with tenant_scope(acme.id):
        campaign = busy_campaign()
    sign_in(page, site)
    for path in ("overview/", "campaigns/", "campaigns/new/", "numbers/transfers/", f"campaigns/{campaign.id}/"):
        page.goto(f"{site}/t/acme/{path}")
        for width in (390, 720, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                faults.append(f"{path} is wider than {width}")
            for scheme in LOOKS:
                page.emulate_media(color_scheme=scheme)
                shoot(page, f"{path.strip('/').replace('/', '-')}-{width}-{scheme}")
    assert faults == []
