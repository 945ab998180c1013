"""Between calls: a call-back chosen from the calendar by keyboard, and an e-mail that arrives in the catcher."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import agent, logins, sit_down, stack
from tests.browser.stacks import Platform

__all__ = ["logins", "stack"]

pytestmark = pytest.mark.browser


def test_email_before_the_call_and_calendar_after_it_by_keyboard(
    stack: Platform, logins: dict[str, dict[str, str]], page: Page
) -> None:
    desk = sit_down(page, stack, agent(1), logins["Agent"]["password"], "Spring prospects")
    desk.press("Space")
    desk.expect_state("Preview")
    desk.reload("Preview")
    name = desk.part("name").inner_text()
    desk.press("e")
    expect(page.get_by_label("Template")).to_be_focused()
    expect(desk.part("mail-body")).to_contain_text(f"Hello {name.split()[0]},")
    to = page.get_by_label("To", exact=True)
    if not to.input_value():
        to.fill("new@people.example.test")
    address = to.input_value()
    desk.shoot("mail")
    page.get_by_role("button", name="Send").press("Enter")
    expect(page.get_by_text("The e-mail is on its way.")).to_be_visible()
    expect(page.locator("#desk-mail")).to_be_hidden()
    desk.press("e")
    expect(desk.part("mail-sent")).to_contain_text(address)
    page.keyboard.press("Escape")
    desk.press("Space")
    desk.expect_state("On call")
    desk.press("h")
    desk.expect_state("Wrap-up")
    desk.press("3")
    chosen = page.locator("[role=grid] button:focus")
    expect(chosen).to_have_attribute("aria-disabled", "false")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    expect(chosen).to_have_accessible_name(re.compile("Wednesday 17 June"))
    expect(desk.part("calendar-mine")).to_contain_text("with you")
    local = chosen.get_attribute("data-local") or ""
    page.keyboard.press("Enter")
    expect(page.get_by_label("Day and time, on their clock")).to_have_value(local)
    desk.shoot("calendar")
    page.set_viewport_size({"width": 390, "height": 844})
    desk.part("calendar").scroll_into_view_if_needed()
    desk.shoot("calendar-390")
    page.get_by_label("Day and time, on their clock").fill("2026-06-17T23:00")
    expect(desk.part("callback-error")).to_have_text("Nobody may call this person then.")
    desk.shoot("calendar-refused-390")
    desk.part("callback-next").click()
    expect(desk.part("callback-error")).to_be_empty()
    page.get_by_role("button", name="Save call-back").click()
    expect(desk.part("callback")).to_be_hidden()
    page.goto(f"{stack.simulator_url}/mail")
    expect(page.locator("article").filter(has_text=address)).to_contain_text("List-Unsubscribe-Post")
    desk.shoot("catcher")
