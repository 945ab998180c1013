"""A manager has the carrier account's checklist tested and a number verified, against the running simulator."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from simulator.config import DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN
from tests.browser.stacks import Platform, platform
from tests.dialling import wait_for

pytestmark = pytest.mark.browser
# What docs/twilio.md says, without the second factor.
FIRST_ORGANISATION = """
from apps.accounts.models import Membership, Role, User
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

tenant = Tenant.objects.create(slug="acme", name="Acme Windows", countries=["US"], is_mfa_required=False)
with tenant_scope(tenant.id):
    user = User.objects.create_user(email="owner@acme.example", password="correct horse battery", name="Owner")
    Membership.objects.create(user=user, role=Role.OWNER)
"""
SHOTS = os.environ.get("UI_SHOTS")
LINES = (
    "CREDENTIALS",
    "ACCOUNT",
    "CLOCK",
    "KEY",
    "ADDRESS",
    "CALLBACK",
    "SIGNATURE",
    "NUMBERS",
    "INBOUND",
    "COUNTRIES",
    "RATE",
)


@pytest.fixture(scope="module")
def stack() -> Iterator[Platform]:
    with platform({"TWILIO_ACCOUNT_SID": DEFAULT_ACCOUNT_SID, "TWILIO_AUTH_TOKEN": DEFAULT_AUTH_TOKEN}) as running:
        yield running


@pytest.fixture(scope="module")
def login(stack: Platform) -> dict[str, str]:
    return stack.logins["Campaign manager"]


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def open_page(page: Page, stack: Platform, login: dict[str, str], path: str, slug: str = "sunrise-solar") -> None:
    """Sign in and open a page of an organisation, the demo's first one unless told otherwise."""
    page.goto(f"{stack.url}/accounts/login/?next=/t/{slug}/{path}")
    page.locator("[name=login]").fill(login["email"])
    page.locator("[name=password]").fill(login["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{path}")


def ring(stack: Platform, account_sid: str) -> None:
    """Somebody rings the demo's number, once a worker has had its calls sent to the product."""
    url = f"{stack.simulator_url}/sim/callees/+12025550166/ring"
    asked = {"account_sid": account_sid, "to": "+12125550100", "keys": ""}
    wait_for(lambda: requests.post(url, json=asked, timeout=10).ok, patience=60)


def test_whole_list_is_tested_line_by_line_with_one_key_stroke(
    stack: Platform, login: dict[str, str], page: Page
) -> None:
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    open_page(page, stack, login, "numbers/")
    ring(stack, page.locator("dd code").inner_text())
    rung = page.get_by_role("row").filter(has_text="never called by us")
    wait_for(lambda: page.reload() and rung.count(), patience=60)
    page.get_by_role("link", name="Checklist").click()
    shoot(page, "checklist-before")

    page.get_by_role("button", name="Test everything").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#check-RATE")).to_contain_text("Tested")
    shoot(page, "checklist-after")
    for line in LINES[:-1]:
        expect(page.locator(f"#check-{line} .pill")).to_have_text("Works")
    expect(page.locator("#check-RATE .pill")).to_have_text("Look at it")
    expect(page.get_by_role("status").filter(has_text="Calls per second")).to_have_count(1)
    page.locator("#test-CLOCK").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Clocks agree: Works")).to_have_count(1)
    expect(page.locator("#test-CLOCK")).to_be_focused()
    assert messages == []
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(color_scheme="dark")
    shoot(page, "checklist-narrow-dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_outside_number_is_verified(stack: Platform, login: dict[str, str], page: Page) -> None:
    open_page(page, stack, login, "numbers/")
    shoot(page, "numbers")
    page.get_by_role("link", name="Verify an outside number").click()
    page.get_by_label("Number", exact=True).fill("(202) 555-0144")
    page.get_by_label("Label", exact=False).fill("Front desk")
    shoot(page, "number-verify")
    page.get_by_role("button", name="Have it called now").click()
    expect(page.locator("#code")).to_have_text("111111")
    shoot(page, "number-code")
    page.get_by_role("button", name="The code is keyed in").click()
    expect(page.get_by_role("cell", name="Front desk")).to_be_visible()
    page.get_by_role("link", name="Take over from the carrier").click()
    expect(page.get_by_role("heading", name="No further numbers")).to_be_visible()
    shoot(page, "number-import")


def test_new_organisation_gets_a_subaccount_with_working_phones(stack: Platform, page: Page) -> None:
    stack.ask(FIRST_ORGANISATION)
    owner = {"email": "owner@acme.example", "password": "correct horse battery"}
    open_page(page, stack, owner, "numbers/account/", slug="acme")
    shoot(page, "account-connect")
    page.get_by_role("button", name="Create a subaccount").click()
    expect(page.get_by_text("The subaccount is open and connected.")).to_be_visible()
    expect(page.locator("dd .pill").last).to_have_text("Ready")
    page.get_by_role("link", name="Checklist").click()
    page.get_by_role("button", name="Test everything").click()
    expect(page.locator("#check-RATE")).to_contain_text("Tested")
    works = [line for line in LINES if page.locator(f"#check-{line} .pill").inner_text() == "Works"]
    assert works == [line for line in LINES if line not in ("NUMBERS", "INBOUND", "RATE")]
    shoot(page, "checklist-new")
