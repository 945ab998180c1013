"""The agent's phone in a real browser, with the carrier's own program, against the simulator's signalling and media."""

import pytest
from playwright.sync_api import Page, expect

from ops.throwaway import Stack
from tests.browser.desk import Desk, agent, connect_headset, logins, sit_down, stack

__all__ = ["logins", "stack"]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def password(logins: dict[str, dict[str, str]]) -> str:
    return logins["Agent"]["password"]


def loudness(desk: Desk, meter: str) -> float:
    """The loudest that a meter shows in two seconds."""
    script = """(name) => new Promise((resolve) => {
        let loudest = 0;
        const look = setInterval(() => { loudest = Math.max(loudest, document.querySelector(`[data-desk="${name}"]`).value); }, 40);
        setTimeout(() => { clearInterval(look); resolve(loudest); }, 2000);
    })"""
    found: float = desk.page.evaluate(script, meter)
    return found


def test_the_agent_hears_and_is_heard_and_a_reload_brings_the_phone_back(
    stack: Stack, password: str, page: Page
) -> None:
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    desk = sit_down(page, stack, agent(1), password, "Enquiries")
    connect_headset(desk)
    desk.shoot("phone-idle")
    desk.press("Space")
    desk.expect_state("On call")
    assert loudness(desk, "phone-in") > 0.01
    desk.press("m")
    expect(desk.part("phone-text")).to_have_text("Muted: nobody hears you.")
    assert loudness(desk, "phone-in") == 0
    desk.press("m")
    desk.press("o")
    expect(desk.part("hold")).to_have_attribute("aria-pressed", "true")
    desk.press("o")
    expect(desk.part("hold")).to_have_attribute("aria-pressed", "false")
    desk.shoot("phone-on-call")
    page.reload()
    expect(desk.part("phone-text")).to_have_text("You are on the line.", timeout=20_000)
    desk.expect_state("On call")
    desk.press("h")
    desk.expect_state("Wrap-up")
    assert [text for text in messages if "Content Security Policy" in text] == []
