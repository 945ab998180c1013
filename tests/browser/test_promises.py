"""Between calls: a call-back chosen from the calendar by keyboard, and an e-mail that arrives in the catcher."""

import re

import pytest
from playwright.sync_api import Page, expect

from ops.throwaway import Stack
from tests.browser.desk import agent, logins, sit_down, stack

__all__ = ["logins", "stack"]

pytestmark = pytest.mark.browser


def test_calendar_by_keyboard(stack: Stack, logins: dict[str, dict[str, str]], page: Page) -> None:
    desk = sit_down(page, stack, agent(1), logins["Agent"]["password"], "Spring prospects")
    desk.press("Space")
    desk.expect_state("Preview")
    desk.reload("Preview")
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
    name = chosen.get_attribute("data-local")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Day and time, on their clock")).to_have_value(name or "")
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
