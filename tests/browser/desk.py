"""The desk in a real browser, on a whole stack whose simulated people are patient."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from ops.throwaway import Stack, throwaway_stack

SHOTS = os.environ.get("UI_SHOTS")
NOON = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)
# Everybody answers after four seconds and talks for as long as one likes.
PATIENT = """
[line.household]
share = 1
line_types = { landline = 1 }
personalities = { patient = 1 }

[personality.patient]
answers = "person"
ring = [4, 4]
talk = [900, 900, 900]
patience = [900, 900]
amd = { human = 1 }
amd_seconds = [1, 1]
intent = "sale"

[personality.telephone]
answers = "person"
ring = [2, 2]
talk = [900, 900, 900]
patience = [900, 900]
presses = "1"
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack_with(PATIENT, tmp_path_factory) as running:
        yield running


@contextmanager
def stack_with(personalities: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole stack whose simulated people are these."""
    callees = tmp_path_factory.mktemp("callees") / "patient.toml"
    callees.write_text(personalities)
    callees.parent.chmod(0o755)
    # The other browser tests share a process with Django and need the first; a deployment refuses to start with it.
    environment = {"DJANGO_ALLOW_ASYNC_UNSAFE": "", "SIM_PERSONALITIES": str(callees)}
    with throwaway_stack(start=NOON, speed=1.0, environment=environment) as running:
        yield running


@pytest.fixture(scope="module")
def logins(stack: Stack) -> dict[str, dict[str, str]]:
    """E-mail address and password by role, in the demo's first organisation."""
    found: dict[str, dict[str, str]] = json.loads(stack.manage("load_demo"))["tenants"][0]["logins"]
    return found


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
        expect(self.part("state")).to_have_text(name, timeout=30_000)

    def reload(self, state: str) -> None:
        """A reload shows exactly the same person and state."""
        name = self.part("name").inner_text()
        self.page.reload()
        self.expect_state(state)
        expect(self.part("name")).to_have_text(name)

    def shoot(self, name: str) -> None:
        if SHOTS:
            self.page.screenshot(path=Path(SHOTS) / f"desk-{name}.png")


def sit_down(page: Page, stack: Stack, email: str, password: str, campaign: str = "") -> Desk:
    """Sign in and start a shift."""
    page.set_default_timeout(10_000)
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


def agent(number: int) -> str:
    return f"sim-agent-{number}@sunrise-solar.example.test"


def connect_headset(desk: Desk) -> None:
    desk.page.get_by_role("button", name="Connect headset").click()
    expect(desk.part("phone-text")).to_have_text("You are on the line.", timeout=20_000)
