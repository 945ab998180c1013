"""The agent's phone in a real browser, with the carrier's own program, against the simulator's signalling and media."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import ON_LINE, agent, connect_headset, hear, logins, sit_down, stack
from tests.browser.stacks import Platform

__all__ = ["logins", "stack"]

pytestmark = [pytest.mark.browser, pytest.mark.sound]
METER = '[data-desk="phone-in"]'


@pytest.fixture(scope="module")
def password(logins: dict[str, dict[str, str]]) -> str:
    return logins["Agent"]["password"]


def loudest(page: Page) -> float:
    """The most that the meter shows in two seconds, in which the made-up microphone beeps twice."""
    script = """(meter) => new Promise((resolve) => {
        let most = 0;
        const look = setInterval(() => { most = Math.max(most, document.querySelector(meter).value); }, 40);
        setTimeout(() => { clearInterval(look); resolve(most); }, 2000);
    })"""
    found: float = page.evaluate(script, METER)
    return found


def test_the_agent_hears_and_is_heard_and_a_reload_brings_the_phone_back(
    stack: Platform, password: str, page: Page
) -> None:
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    desk = sit_down(page, stack, agent(1), password, "Enquiries")
    connect_headset(desk)
    desk.shoot("phone-idle")
    desk.press("Space")
    desk.expect_state("On call")
    hear(page, METER)
    desk.press("m")
    expect(desk.part("phone-text")).to_have_text("Muted: nobody hears you.")
    page.wait_for_function("(meter) => document.querySelector(meter).value === 0", arg=METER)
    assert loudest(page) == 0
    desk.press("m")
    desk.press("o")
    expect(desk.part("hold")).to_have_attribute("aria-pressed", "true")
    desk.press("o")
    expect(desk.part("hold")).to_have_attribute("aria-pressed", "false")
    desk.shoot("phone-on-call")
    page.reload()
    expect(desk.part("phone-text")).to_have_text(ON_LINE)
    desk.expect_state("On call")
    desk.press("h")
    desk.expect_state("Wrap-up")
    assert [text for text in messages if "Content Security Policy" in text] == []
