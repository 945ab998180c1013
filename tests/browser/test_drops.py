"""A call survives what happens to browsers: cut signalling, a second tab, a tab that dies."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from playwright.sync_api import Browser, Page, Route, WebSocket, expect

from tests.browser.desk import ON_LINE, PATIENCE, Desk, agent, connect_headset, logins, sit_down, stack, wait_until
from tests.browser.stacks import Platform
from tests.dialling import wait_for

__all__ = ["logins", "stack"]

pytestmark = [pytest.mark.browser, pytest.mark.sound]
ELSEWHERE = "Your phone is in another tab or on another computer."
LINES = """
from apps.agents.models import LostLine
import json
rows = LostLine.objects.order_by("-id")
print(json.dumps([[row.state, row.ended_at is not None, row.attempt.ended_at is None] for row in rows]))
"""


# A token of the third agent that is good for some seconds only.
SHORT_TOKEN = """
from apps.accounts.models import User
from apps.calls.placing import client_identity
from apps.telephony.access import make_access_token
from apps.telephony.selectors import find_account
from apps.tenants.scope import get_tenant_id
import json
user = User.objects.get(email__startswith="sim-agent-3@sunrise-solar")
print(json.dumps(make_access_token(find_account(), identity=client_identity(get_tenant_id(), user.id), seconds=6)))
"""
TELEPHONE = """
from apps.accounts.models import Membership
Membership.objects.filter(user__email__startswith="sim-agent-2@").update(desk_phone="+12125550179")
"""


@pytest.fixture(scope="module")
def password(logins: dict[str, dict[str, str]]) -> str:
    return logins["Agent"]["password"]


def lines(stack: Platform) -> list[list[object]]:
    """The lines that were lost so far, the last one first: state, whether it is over, whether the call goes on."""
    found: list[list[object]] = stack.ask(LINES)
    return found


def attempt(desk: Desk) -> str:
    found: str = desk.page.evaluate("fetch('state').then((answer) => answer.json()).then(({ attempt }) => attempt.id)")
    return found


def remember(page: Page) -> None:
    """From here on, every text about the phone and the line is kept, also one that stands for a moment only."""
    page.evaluate(
        """() => {
            const page = document.documentElement;
            page.dataset.said = "";
            for (const name of ["phone-text", "lost-line"]) {
                const text = document.querySelector(`[data-desk="${name}"]`);
                const note = () => { page.dataset.said += text.textContent; };
                new MutationObserver(note).observe(text, { childList: true, characterData: true, subtree: true });
            }
        }"""
    )


def cut(stack: Platform) -> None:
    """Every browser loses its signalling."""
    requests.delete(f"{stack.simulator_url}/sim/browsers", timeout=5).raise_for_status()


def test_a_call_goes_on_through_a_drop_a_second_tab_and_a_tab_that_dies(
    stack: Platform, password: str, page: Page
) -> None:
    desk = sit_down(page, stack, agent(1), password, "Enquiries")
    expect(desk.part("line")).to_have_attribute("data-on", "true")
    connect_headset(desk)
    desk.press("Space")
    desk.expect_state("On call")
    call = attempt(desk)
    page.get_by_label("Note").fill("Wants two windows")
    remember(page)
    cut(stack)
    expect(page.locator("html")).to_have_attribute("data-said", re.compile("coming back"))
    expect(desk.part("phone-text")).to_have_text(ON_LINE)

    tab = page.context.new_page()
    tab.goto(page.url)
    other = Desk(tab)
    expect(other.part("phone-text")).to_have_text(ELSEWHERE)
    expect(desk.part("phone-text")).to_have_text(ON_LINE)
    tab.get_by_role("button", name="Bring the phone here").click()
    expect(other.part("phone-text")).to_have_text(ON_LINE)
    expect(desk.part("phone-text")).to_have_text(ELSEWHERE)
    other.shoot("phone-brought")
    desk.shoot("phone-elsewhere")

    tab.close()
    expect(page.locator("html")).to_have_attribute("data-said", re.compile("has been asked to hold on"))
    desk.shoot("lost-line")
    page.set_viewport_size({"width": 390, "height": 844})
    desk.shoot("lost-line-narrow")
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(desk.part("phone-text")).to_have_text(ON_LINE)
    expect(desk.part("lost-line")).to_be_empty()
    desk.expect_state("On call")
    assert attempt(desk) == call
    expect(page.get_by_label("Note")).to_have_value("Wants two windows")
    assert lines(stack) == [["BACK", True, True]]


class Access:
    """Stands before the server's tokens: tells the page of a short life, hands out one that has it, or none at all."""

    def __init__(self, stack: Platform) -> None:
        self.stack = stack
        self.mode = "near its end"
        self.given = 0

    def __call__(self, route: Route) -> None:
        if self.mode == "none":
            route.fulfill(status=503, json={})
            return
        answer = route.fetch().json()
        if self.mode == "short":
            token = self.stack.ask(SHORT_TOKEN)
            answer |= {"token": token}
            self.mode = "none"
        self.given += 1
        route.fulfill(json=answer | ({"ttl": 2} if self.mode == "near its end" else {}))


@contextmanager
def asleep(browser: Browser) -> Iterator[None]:
    """The browser's processes stand still, as in a computer that sleeps."""
    found = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    processes = [int(process["id"]) for process in found]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def test_a_call_goes_on_through_renewed_and_expired_tokens_and_a_sleep(
    stack: Platform, password: str, browser: Browser, page: Page
) -> None:
    access = Access(stack)
    told: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: told.append(str(frame)))

    def is_told_of_the_end() -> bool:
        return any("31205" in frame for frame in told)

    page.on("websocket", listen)
    page.route("**/desk/phone-access", access)
    desk = sit_down(page, stack, agent(3), password, "Enquiries")
    expect(desk.part("line")).to_have_attribute("data-on", "true")
    connect_headset(desk)
    desk.press("Space")
    desk.expect_state("On call")
    call, before = attempt(desk), access.given
    wait_until(page, lambda: access.given >= before + 2)
    expect(desk.part("phone-text")).to_have_text(ON_LINE)

    access.mode = "short"
    wait_until(page, lambda: access.mode == "none")
    page.wait_for_function("(end) => Date.now() > end", arg=page.evaluate("Date.now()") + 7_000)
    assert not is_told_of_the_end()
    cut(stack)
    wait_until(page, is_told_of_the_end)
    expect(desk.part("phone-text")).to_have_text(re.compile("coming back"))
    access.mode = "good"
    expect(desk.part("phone-text")).to_have_text(ON_LINE)

    known = len(lines(stack))
    remember(page)
    with asleep(browser):
        cut(stack)
        wait_for(lambda: len(lines(stack)) > known, patience=PATIENCE / 1000)
    expect(page.locator("html")).to_have_attribute("data-said", re.compile("has been asked to hold on"))
    expect(desk.part("phone-text")).to_have_text(ON_LINE)
    expect(desk.part("lost-line")).to_be_empty()
    desk.expect_state("On call")
    assert (attempt(desk), lines(stack)[0]) == (call, ["BACK", True, True])


def test_the_line_is_tried_before_the_shift_and_a_telephone_takes_over_in_a_call(
    stack: Platform, password: str, page: Page
) -> None:
    stack.ask(TELEPHONE)
    # The simulator's people at this number press the key of an agent and stay.
    requests.put(
        f"{stack.simulator_url}/sim/callees/+12125550179", json={"personality": "telephone"}, timeout=5
    ).raise_for_status()
    desk = sit_down(page, stack, agent(2), password, "Enquiries")
    expect(desk.part("line")).to_have_attribute("data-on", "true")
    page.get_by_role("button", name="Headset…").click()
    page.get_by_role("button", name="Call yourself").click()
    expect(desk.part("check-note")).to_have_text(re.compile("The line (is|will)|No sound"))
    expect(desk.part("check-figures")).to_contain_text(re.compile(r"Sound, round trip\d+ ms"))
    desk.shoot("test-call")
    page.keyboard.press("Escape")

    connect_headset(desk)
    expect(desk.part("phone-health")).to_contain_text("Line ")
    desk.press("Space")
    desk.expect_state("On call")
    call = attempt(desk)
    desk.shoot("health")
    page.get_by_role("button", name="Use my telephone").click()
    expect(desk.part("phone-text")).to_contain_text("You are on the line at")
    desk.press("m")
    expect(desk.part("phone-text")).to_have_text("Muted: nobody hears you.")
    desk.shoot("telephone")
    page.set_viewport_size({"width": 390, "height": 844})
    desk.shoot("telephone-narrow")
    page.set_viewport_size({"width": 1440, "height": 900})
    desk.expect_state("On call")
    assert attempt(desk) == call
    page.get_by_role("button", name="Use this browser").click()
    expect(desk.part("phone-text")).to_have_text(ON_LINE)
    desk.expect_state("On call")
    assert attempt(desk) == call
