"""Every page by axe: light, dark and, for what overflows, narrow in both directions of writing; the desk in each state."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk, agent, logins, sit_down, stack
from tests.browser.stacks import Platform

__all__ = ["logins", "stack"]

pytestmark = pytest.mark.browser
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}
RUN = """async (rules) => {
    const only = rules.length ? { runOnly: rules } : {};
    const { violations } = await axe.run(document, { resultTypes: ["violations"], ...only });
    return violations.map(({ id, impact, nodes }) => [id, impact, nodes.map((node) => node.html.slice(0, 200))]);
}"""
LINKS = "[...document.querySelectorAll('a[href]')].map((link) => link.href)"
WIDER_THAN_SCREEN = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# Those that end the session, and those that are files.
NO_PAGE = re.compile(r"/logout/|\.(csv|json|ics|txt)$")


def kind_of(address: str) -> str:
    """The page's kind: its path, whatever row it shows."""
    path = re.sub(r"^https?://[^/]+|[?#].*$", "", address)
    return re.sub(r"/(\d+|[0-9a-f-]{36})(?=/|$)", "/…", path)


def serious_faults(page: Page, *rules: str) -> list[Any]:
    """What axe finds of serious or critical weight, by all of its rules or by those named."""
    page.evaluate(AXE.read_text())
    return [fault for fault in page.evaluate(RUN, list(rules)) if fault[1] in SERIOUS]


def faults_of(page: Page) -> dict[str, Any]:
    """The faults of the page that is open, by the look in which they show."""
    found = {"light": serious_faults(page)}
    page.emulate_media(color_scheme="dark")
    found["dark"] = serious_faults(page, "color-contrast")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    for direction in ("ltr", "rtl"):
        page.evaluate("(direction) => { document.documentElement.dir = direction; }", direction)
        found[direction] = ["wider than the screen"] if page.evaluate(WIDER_THAN_SCREEN) else []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate("document.documentElement.dir = 'ltr'")
    return {look: faults for look, faults in found.items() if faults}


def pages_from(page: Page, start: str) -> Iterator[str]:
    """Open one page of every kind that links lead to; gives its kind."""
    seen, todo = set(), [start]
    origin = start.split("/t/")[0]
    while todo:
        address = todo.pop(0)
        kind = kind_of(address)
        if kind in seen or NO_PAGE.search(kind) or not address.startswith(origin):
            continue
        seen.add(kind)
        page.goto(address)
        yield kind
        todo += page.evaluate(LINKS)


def test_no_page_has_a_serious_fault(stack: Platform, logins: dict[str, dict[str, str]], page: Page) -> None:
    owner = logins["Owner"]
    sit_down(page, stack, owner["email"], owner["password"])
    faults = {}

    for kind in pages_from(page, f"{stack.url}/t/sunrise-solar/overview/"):
        if "/docs/" not in kind:  # its texts are those of another program
            faults[kind] = faults_of(page)

    assert len(faults) > 50
    assert {kind: found for kind, found in faults.items() if found} == {}


def test_desk_has_no_serious_fault_in_any_state(stack: Platform, logins: dict[str, dict[str, str]], page: Page) -> None:
    desk = sit_down(page, stack, agent(1), logins["Agent"]["password"])
    faults = {"start": faults_of(page)}
    page.get_by_role("button", name="Enquiries").click()
    for key, state in (("", "Break"), ("Space", "On call"), ("h", "Wrap-up")):
        faults[state] = look_at(desk, key, state)

    assert {state: found for state, found in faults.items() if found} == {}


def look_at(desk: Desk, key: str, state: str) -> dict[str, Any]:
    """The faults of the desk in the state that a key leads to."""
    if key:
        desk.press(key)
    expect(desk.part("state")).to_have_text(state)
    return faults_of(desk.page)
