"""Finding out why a lead is not called, loading a file, in a real browser."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from apps.compliance.models import Evidence
from apps.compliance.services.suppression import add_dnc_entry
from apps.core import clock
from apps.leads.importing.run import run_import
from apps.leads.models import Lead, LeadImport
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.browser.conftest import ON_SITE
from tests.browser.test_manager_pages import NOON, shoot, sign_in

pytestmark = ON_SITE
SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}


def both_sizes(page: Page, name: str) -> None:
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)  # type: ignore[arg-type]  # a mapping of the two numbers
        shoot(page, f"{name}-{size}")
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name} is {overflow} pixels too wide at {viewport['width']}"
    page.set_viewport_size(SIZES["wide"])  # type: ignore[arg-type]  # likewise


def test_why_a_lead_is_not_called_is_seen_in_three_clicks(page: Page, site: str, acme: Tenant) -> None:
    with tenant_scope(acme.id):
        place = factories.PlaceFactory.create(
            zones=["America/New_York", "America/Chicago"], jurisdictions=["US", "US-TN"]
        )
        lead = factories.LeadFactory.create(phone="+14235550142", place=place, custom={"Windows": "12"}, state="TN")
        campaign = factories.CampaignFactory.create(name="Spring renewals", dial_mode="PROGRESSIVE")
        row = factories.CampaignLeadFactory.create(lead=lead, campaign=campaign)
        factories.AttemptFactory.create(
            campaign=campaign, campaign_lead=row, lead=lead, outcome="NO_ANSWER", reserved_at=NOON
        )
        add_dnc_entry(
            phone=lead.phone, campaign_id=None, source=Evidence.AGENT, note="Asked twice", created_by="Maria", at=NOON
        )
    clicks = sign_in(page, site)
    clicks("searchbox", "Find a lead")
    page.keyboard.type("423 555 0142")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Can this lead be called now?")).to_be_visible()
    expect(page.get_by_text("Asked you not to call again.")).to_be_visible()
    assert clicks.count <= 3
    page.get_by_text("Rules that decide").first.click()
    both_sizes(page, "lead")
    page.get_by_role("link", name="Edit").click()
    both_sizes(page, "lead-edit")
    page.get_by_label("Time zone confirmed").select_option("America/New_York")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The lead is saved.")).to_be_visible()
    expect(page.get_by_text("confirmed", exact=True)).to_be_visible()


def test_a_file_goes_from_upload_to_leads_with_live_progress(
    page: Page, site: str, acme: Tenant, tmp_path: Path, settings: object
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]  # pytest-django's settings take any name
    good = [f"(212) 555-01{n:02},Ada {n},Byron,NY,10001,white" for n in range(60)]
    bad = ["800-555-0142,Toll,Free,NY,10001,", "12,Too,Short,NY,10001,", "212 555 0199,No,State,ZZ,,"]
    path = tmp_path / "spring fair.csv"
    path.write_text("\n".join(["Mobile,First Name,Last Name,State,Zip,Shade", *bad, *good]))
    sign_in(page, site)
    page.get_by_role("link", name="Lists").first.click()
    both_sizes(page, "lists")
    page.get_by_role("link", name="Load a file").first.click()
    both_sizes(page, "upload")
    page.get_by_label("File").set_input_files(path)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Check the columns")).to_be_visible()
    expect(page.get_by_label("Mobile")).to_have_value("phone")
    expect(page.get_by_text("The number is toll-free.")).to_be_visible()
    both_sizes(page, "columns")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    both_sizes(page, "waiting")
    with tenant_scope(acme.id):
        import_id = LeadImport.objects.get().id
    run_import(tenant_id=acme.id, import_id=import_id, clock=clock.now)
    expect(page.get_by_role("heading", name="Why rows were refused")).to_be_visible()
    both_sizes(page, "result")
    with page.expect_download() as download:
        page.get_by_role("link", name="Rows that were not taken in").click()
    assert "toll-free" in Path(download.value.path()).read_text(encoding="utf-8-sig")
    page.get_by_role("link", name="Show the list").click()
    expect(page.get_by_role("link", name=re.compile(r"Ada \d+ Byron")).first).to_be_visible()
    both_sizes(page, "list")
    with tenant_scope(acme.id):
        assert Lead.objects.filter(lead_list__name="spring fair").count() == 60


def test_do_not_call_pages_add_look_up_and_withdraw(page: Page, site: str, acme: Tenant) -> None:
    sign_in(page, site)
    page.get_by_role("link", name="Do not call").first.click()
    page.get_by_role("link", name="Add numbers").click()
    page.get_by_label("Phone numbers").fill("(212) 555-0142\nnonsense\n646 555 0143")
    page.get_by_role("button", name="Add to the list").click()
    expect(page.get_by_text("2 numbers are on the list now.")).to_be_visible()
    expect(page.get_by_label("Phone numbers")).to_have_value("nonsense")
    both_sizes(page, "dnc-add")
    page.get_by_role("link", name="Do not call").first.click()
    both_sizes(page, "dnc")
    page.get_by_role("link", name="Registers").click()
    both_sizes(page, "registers")
    page.get_by_role("link", name="Consent by number").click()
    page.get_by_label("Phone number").fill("212.555.0142")
    page.get_by_role("button", name="Look up").click()
    page.get_by_role("button", name="Record the withdrawal").click()
    page.get_by_role("dialog").get_by_role("button", name="Record the withdrawal").click()
    expect(page.get_by_text("The withdrawal is recorded and counts from now on.")).to_be_visible()
    both_sizes(page, "number")
