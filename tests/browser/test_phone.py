"""The agent's phone in a real browser, with the carrier's own program, against the simulator's signalling and media."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from ops.throwaway import Stack, throwaway_stack
from tests.browser.test_desk import PATIENT, Desk, agent, sit_down

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("UI_SHOTS")
NOON = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    callees = tmp_path_factory.mktemp("callees") / "patient.toml"
    callees.write_text(PATIENT)
    callees.parent.chmod(0o755)
    environment = {"DJANGO_ALLOW_ASYNC_UNSAFE": "", "SIM_PERSONALITIES": str(callees)}
    with throwaway_stack(start=NOON, speed=1.0, environment=environment) as running:
        yield running


@pytest.fixture(scope="module")
def password(stack: Stack) -> str:
    found: str = json.loads(stack.manage("load_demo"))["tenants"][0]["logins"]["Agent"]["password"]
    return found


def connect_headset(desk: Desk) -> None:
    desk.page.get_by_role("button", name="Connect headset").click()
    expect(desk.part("phone-text")).to_have_text("You are on the line.", timeout=20_000)


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
