"""Building a script with branches, trying it out and having it approved, in a real browser."""

from pathlib import Path

from playwright.sync_api import Page, expect

from apps.accounts.models import Membership, Role
from apps.calls.services.disposing import dispose_attempt
from apps.scripts.models import ScriptVersion
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.browser.conftest import ON_SITE, PASSWORD
from tests.browser.test_lead_pages import both_sizes
from tests.browser.test_manager_pages import NOON, sign_in

pytestmark = ON_SITE


def all_looks(page: Page, name: str) -> None:
    """Both widths, light and dark."""
    both_sizes(page, name)
    page.emulate_media(color_scheme="dark")
    both_sizes(page, f"{name}-dark")
    page.emulate_media(color_scheme="light")


def add_question(page: Page, text: str, kind: str, *options: str, is_last: bool = False) -> None:
    page.get_by_label("What the agent asks or says").fill(text)
    page.get_by_label("Answer", exact=True).select_option(label=kind)
    if options:
        page.get_by_label("Options").fill("\n".join(options))
    page.get_by_role("button", name="Save question" if is_last else "Save and write another").click()
    expect(page.get_by_text("The question is saved.").last).to_be_visible()


def write_words(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("Home survey")
    page.get_by_label("Survey: one question").check()
    opening = page.get_by_label("Opening")
    opening.fill("Hello ")
    page.get_by_role("button", name="Lead's first name").click()
    expect(opening).to_have_value("Hello {first_name}")
    expect(opening).to_be_focused()
    page.keyboard.type(", this is {agent_name} for {seller_nam}.")
    page.get_by_label("Call to action").fill("Thank you, {first_name}.")
    page.get_by_label("When they say").fill("I have no time")
    page.get_by_role("textbox", name="Answer").fill("It takes two minutes, {first_name}.")
    page.get_by_role("button", name="Add an objection").click()
    expect(page.get_by_label("When they say")).to_have_count(2)
    page.get_by_label("To people in").select_option("US-CA")
    page.get_by_label("Must be read").fill("This call is recorded for quality.")
    page.get_by_role("button", name="Save and add questions").click()
    expect(page.get_by_text("did you mean {seller_name}?").first).to_be_visible()
    expect(page.get_by_label("When they say").first).to_have_value("I have no time")
    opening.fill("Hello {first_name}, this is {agent_name} for {seller_name}.")
    page.get_by_role("button", name="Save and add questions").click()


def test_a_survey_is_built_tried_out_and_approved(page: Page, site: str, acme: Tenant) -> None:
    with tenant_scope(acme.id):
        factories.LeadFactory.create(custom={"roof": "tile"})
    sign_in(page, site)
    page.get_by_role("link", name="Scripts").first.click()
    page.get_by_role("link", name="New script").click()
    write_words(page)
    page.get_by_role("link", name="Add a question").click()
    add_question(page, "Do you own your home?", "One of several", "Yes", "No, I rent")
    add_question(page, "How old is the roof?", "Number")
    add_question(page, "Which rooms face south?", "Several of several", "Kitchen", "Bedroom", "None")
    add_question(page, "When may we call again?", "Appointment: day and time", is_last=True)
    page.get_by_role("link", name="Do you own your home?").click()
    page.get_by_label("Must be answered").check()
    page.get_by_label("“No, I rent”").select_option("@end")
    page.get_by_role("button", name="Save question").click()
    page.get_by_role("link", name="How old is the roof?").click()
    page.get_by_role("spinbutton", name="From").first.fill("20")
    page.get_by_label("Goes to").first.select_option(label="4. When may we call again?")
    all_looks(page, "script-question")
    page.get_by_role("button", name="Save question").click()
    page.get_by_role("button", name="Move up: Which rooms").click()
    expect(page.get_by_text("≥ 20")).not_to_have_count(0)
    all_looks(page, "script-builder")
    page.get_by_role("link", name="Test run").click()
    try_out(page)
    page.get_by_role("link", name="Home survey").click()
    page.get_by_role("button", name="Hand in for approval").click()
    expect(page.get_by_text("Version 1 waits for a compliance officer").first).to_be_visible()
    with tenant_scope(acme.id):
        Membership.objects.filter(user__email="manager@acme.example").update(role=Role.COMPLIANCE)
        factories.MembershipFactory.create(user__email="officer@acme.example", role=Role.COMPLIANCE)
    page.reload()
    expect(page.get_by_text("You have written some of this version")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    page.context.clear_cookies()
    page.reload()
    page.get_by_label("Email").fill("officer@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    all_looks(page, "script-approval")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Version 1 is approved.")).to_be_visible()
    all_looks(page, "script-detail")
    with tenant_scope(acme.id):
        assert ScriptVersion.objects.get(script__name="Home survey").state == "APPROVED"


def try_out(page: Page) -> None:
    expect(page.get_by_text("Hello Ada, this is Sam Rivera for Acme Windows.")).to_be_visible()
    expect(page.get_by_text("This call is recorded for quality.")).to_be_visible()
    page.get_by_label("I have read it to them").check()
    page.locator("main").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("This question must be answered")).to_be_visible()
    page.get_by_label("Yes").check()
    page.get_by_label("Bedroom").check()
    page.get_by_role("button", name="Next question").click()
    page.keyboard.type("25")
    page.keyboard.press("Enter")
    expect(page.get_by_label("When may we call again?")).to_be_visible()
    all_looks(page, "script-run")
    page.keyboard.press("Enter")
    page.locator("main").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Thank you, Ada.")).to_be_visible()
    page.get_by_label("No, I rent").check()
    expect(page.get_by_label("How old is the roof?")).to_be_hidden()
    expect(page.get_by_text("Thank you, Ada.")).to_be_visible()
    page.get_by_label("Yes").check()
    expect(page.get_by_label("How old is the roof?")).to_have_value("25")
    page.locator("main").focus()
    page.keyboard.press("r")
    expect(page.get_by_text("It takes two minutes, Ada.")).to_be_visible()
    all_looks(page, "script-run-end")


QUESTIONS = [
    {"key": "age", "text": "How old are you?", "kind": "number", "options": []},
    {"key": "sex", "text": "Are you male or female?", "kind": "single", "options": ["Female", "Male"]},
    {"key": "why", "text": "What should be better?", "kind": "multiple", "options": ["Buses", "Trains"]},
]


def test_quotas_are_set_and_answers_counted(page: Page, site: str, acme: Tenant) -> None:
    with tenant_scope(acme.id):
        campaign = factories.CampaignFactory.create(
            name="Town survey", script_version__questions=QUESTIONS, script_version__kind="SURVEY"
        )
        factories.DispositionFactory.create(disposition_set=campaign.disposition_set, code="DONE", is_success=True)
        for age, sex, why in (("20", "Female", ["Buses"]), ("25", "Female", ["Buses", "Trains"]), ("40", "Male", [])):
            attempt = factories.AttemptFactory.create(campaign=campaign, reserved_at=NOON, outcome="CONNECTED")
            values = {"age": age, "sex": sex, "why": why}
            dispose_attempt(attempt_id=attempt.id, code="DONE", user=None, at=NOON, answers=values)
    sign_in(page, site)
    page.get_by_role("link", name="Campaigns").first.click()
    page.get_by_role("link", name="Town survey").click()
    page.get_by_role("link", name="Quotas").click()
    page.get_by_label("Question", exact=True).select_option("sex")
    page.get_by_label("Crossed with").select_option("age")
    page.get_by_label("Its ranges").nth(1).fill("18-34\n35+")
    page.get_by_label("Interviews in each cell").fill("2")
    page.get_by_role("button", name="Make the cells").click()
    expect(page.get_by_text("2 of 2: full")).to_be_visible()
    all_looks(page, "quotas")
    page.get_by_role("link", name="Live", exact=True).click()
    expect(page.get_by_text("2 of 2: full")).to_be_visible()
    all_looks(page, "quotas-live")
    page.get_by_role("link", name="Answers").click()
    expect(page.get_by_text("What should be better?")).to_be_visible()
    all_looks(page, "answers")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all answers").click()
    assert "Are you male or female?" in Path(download.value.path()).read_text(encoding="utf-8-sig")
    page.get_by_role("link", name="Attempts").click()
    page.get_by_text("3 answers").first.click()
    page.locator("tbody tr").first.get_by_role("link").click()
    page.locator("summary").filter(has_text="answers").first.click()
    all_looks(page, "lead-answers")
