"""The desk in a real browser, on a whole stack whose simulated people are patient."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.browser.stacks import Platform, platform

SHOTS = os.environ.get("UI_SHOTS")
# Milliseconds, for a machine that does much at once.
PATIENCE = 60_000
ON_LINE = "You are on the line."
# Everybody answers after a second and talks for as long as one likes; who is pinned to be slow answers when told to.
PATIENT = """
[line.household]
share = 1
line_types = { landline = 1 }
personalities = { patient = 1 }

[personality.patient]
answers = "person"
ring = [1, 1]
talk = [900, 900, 900]
patience = [900, 900]
amd = { human = 1 }
amd_seconds = [1, 1]
intent = "sale"

[personality.slow]
answers = "person"
ring = [24, 24]
talk = [900, 900, 900]
patience = [900, 900]

[personality.telephone]
answers = "person"
ring = [1, 1]
talk = [900, 900, 900]
patience = [900, 900]
presses = "1"
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with stack_with(PATIENT, tmp_path_factory) as running:
        yield running


@contextmanager
def stack_with(personalities: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A whole stack whose simulated people are these."""
    callees = tmp_path_factory.mktemp("callees") / "patient.toml"
    callees.write_text(personalities)
    callees.parent.chmod(0o755)
    with platform({"SIM_PERSONALITIES": str(callees)}) as running:
        yield running


@pytest.fixture(scope="module")
def logins(stack: Platform) -> dict[str, dict[str, str]]:
    """E-mail address and password by role, in the demo's first organisation."""
    return stack.logins


def wait_until(page: Page, is_so: Callable[[], Any]) -> Any:
    """Ask again and again, while the page lives on, until something true is said, and return that."""
    for _ in range(PATIENCE // 100):
        if found := is_so():
            return found
        page.wait_for_timeout(100)
    raise AssertionError("it has not come to pass")


@dataclass(frozen=True)
class Desk:
    """The desk in a browser tab."""

    page: Page

    def part(self, name: str) -> Locator:
        return self.page.locator(f'[data-desk="{name}"]')

    def press(self, key: str) -> None:
        """A key outside of every field."""
        self.page.locator("main").focus()
        self.page.keyboard.press(key)

    def expect_state(self, name: str) -> None:
        expect(self.part("state")).to_have_text(name)

    def reload(self, state: str) -> None:
        """A reload shows exactly the same person and state."""
        name = self.part("name").inner_text()
        self.page.reload()
        self.expect_state(state)
        expect(self.part("name")).to_have_text(name)

    def person(self) -> str:
        """The number of the person on the screen."""
        phone: str = self.page.evaluate(
            "fetch('state').then((answer) => answer.json()).then((all) => all.contact.lead.phone)"
        )
        return phone

    def shoot(self, name: str) -> None:
        if SHOTS:
            self.page.screenshot(path=Path(SHOTS) / f"desk-{name}.png")


def sit_down(page: Page, stack: Platform, email: str, password: str, campaign: str = "") -> Desk:
    """Sign in and start a shift."""
    slug = email.partition("@")[2].partition(".")[0]
    page.goto(f"{stack.url}/accounts/login/?next=/t/{slug}/desk/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/")
    page.wait_for_selector("main[data-ready]")
    desk = Desk(page)
    if campaign:
        page.get_by_role("button", name=campaign).click()
        desk.expect_state("Break")
    return desk


def hear(page: Page, meter: str) -> None:
    """Wait until a meter shows sound."""
    page.wait_for_function("(meter) => document.querySelector(meter).value > 0.01", arg=meter)


def dials(stack: Platform, number: str) -> list[dict[str, Any]]:
    """Legs to a number at the carrier, in order."""
    answer = requests.get(f"{stack.simulator_url}/sim/dials", params={"to": number}, timeout=10)
    found: list[dict[str, Any]] = answer.json()["dials"]
    return found


def pick_up(page: Page, stack: Platform, number: str) -> None:
    """Whoever the carrier rings at a number answers now."""
    ringing = wait_until(page, lambda: [row for row in dials(stack, number) if row["status"] == "ringing"])
    answer = f"{stack.simulator_url}/sim/calls/{ringing[-1]['call_sid']}/answer"
    requests.post(answer, timeout=10).raise_for_status()


def agent(number: int) -> str:
    return f"sim-agent-{number}@sunrise-solar.example.test"


def connect_headset(desk: Desk) -> None:
    desk.page.get_by_role("button", name="Connect headset").click()
    expect(desk.part("phone-text")).to_have_text(ON_LINE)
