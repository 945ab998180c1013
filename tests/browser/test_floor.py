"""An agent and a supervisor, each in a browser: help, messages, listening, whispering, taking part."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ops.throwaway import Stack
from tests.browser.desk import SHOTS, Desk, agent, connect_headset, logins, sit_down, stack

__all__ = ["logins", "stack"]

pytestmark = pytest.mark.browser
AUDIT = """
from apps.audit.models import AuditEntry
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
import json
with tenant_scope(Tenant.objects.get(slug="sunrise-solar").id):
    found = AuditEntry.objects.filter(action__startswith="listening.").order_by("id")
    print(json.dumps([[row.action, row.data["stance"], bool(row.data["call"])] for row in found]))
"""

# What a carrier does that records: it says so when the call is over.
RECORD = """
from apps.agents.models import AgentSession
from apps.calls.placing import hook_url
from apps.telephony.gateway import carrier_for
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
with tenant_scope(Tenant.objects.get(slug="sunrise-solar").id):
    attempt = AgentSession.objects.get(attempt__isnull=False).attempt
    account = attempt.caller_id.account
    carrier_for(account.sid, account.auth_token).client.calls(attempt.sid).recordings.create(
        recording_channels="dual",
        recording_status_callback=hook_url(attempt.tenant_id, "recording", a=str(attempt.id)),
        recording_status_callback_event=["completed"],
    )
"""


@pytest.fixture
def floor(stack: Stack, logins: dict[str, dict[str, str]], browser: Browser) -> Iterator[Page]:
    """The floor in a supervisor's browser."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{stack.url}/accounts/login/?next=/t/sunrise-solar/floor/")
    page.locator("[name=login]").fill(logins["Supervisor"]["email"])
    page.locator("[name=password]").fill(logins["Supervisor"]["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/floor/")
    yield page
    context.close()


def shoot(page: Page, name: str) -> None:
    if not SHOTS:
        return
    for width, height in ((1440, 900), (390, 844)):
        for theme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
            page.screenshot(path=Path(SHOTS) / f"floor-{name}-{width}-{theme}.png", full_page=width < 1000)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate("() => { delete document.documentElement.dataset.theme; }")


def row_of(floor: Page) -> Locator:
    return floor.locator("tbody tr").filter(has=floor.get_by_text("Simulated agent 1", exact=True))


def loudest(page: Page, meter: str) -> float:
    """The loudest that a meter of the floor shows in two seconds."""
    script = """(name) => new Promise((resolve) => {
        let loudest = 0;
        const look = setInterval(() => { loudest = Math.max(loudest, document.querySelector(`[data-floor="${name}"]`).value); }, 40);
        setTimeout(() => { clearInterval(look); resolve(loudest); }, 2000);
    })"""
    found: float = page.evaluate(script, meter)
    return found


def test_supervisor_helps_listens_whispers_takes_part_and_leaves_the_call_alone(
    stack: Stack, logins: dict[str, dict[str, str]], floor: Page, page: Page
) -> None:
    messages: list[str] = []
    for one in (floor, page):
        one.on("console", lambda message: messages.append(message.text))
        one.on("pageerror", lambda error: messages.append(f"Error: {error}"))
    desk = sit_down(page, stack, agent(1), logins["Agent"]["password"], "Enquiries")
    row = row_of(floor)
    expect(row.locator("[data-part=state]")).to_have_text("Break")
    expect(desk.part("line")).to_have_text("Line connected", timeout=20_000)
    connect_headset(desk)
    desk.press("a")
    expect(row.locator("[data-part=help]")).to_be_visible()
    shoot(floor, "help")
    row.get_by_role("button", name="Answer").click()
    expect(desk.part("notices-new")).to_contain_text("I have seen that you ask for help.")
    desk.part("notices-new").get_by_role("button", name="Understood").click()
    row.get_by_role("button", name="Manage").click()
    floor.get_by_label("Message").fill("Mention the warranty.")
    shoot(floor, "manage")
    floor.get_by_role("button", name="Send").click()
    expect(desk.part("notices-new")).to_contain_text("Mention the warranty.")
    desk.shoot("notice")
    desk.press("Space")
    desk.expect_state("On call")
    expect(row.locator("[data-part=state]")).to_have_text("On call")
    stack.manage("shell", "-v", "0", "-c", RECORD)
    listen_and_leave(floor, desk)
    desk.expect_state("On call")
    heard = json.loads(stack.manage("shell", "-v", "0", "-c", AUDIT))
    assert heard == [
        ["listening.started", "LISTEN", True],
        ["listening.changed", "WHISPER", True],
        ["listening.changed", "BARGE", True],
        ["listening.ended", "BARGE", True],
    ]
    desk.press("h")
    desk.expect_state("Wrap-up")
    play_and_note(floor, desk)
    assert [text for text in messages if "Content Security Policy" in text or text.startswith("Error")] == []


def listen_and_leave(floor: Page, desk: Desk) -> None:
    """Go through every way of being on the line; the desk says each time who hears whom."""
    text = floor.locator('[data-floor="listen-text"]')
    row_of(floor).get_by_role("button", name="Listen").click()
    expect(text).to_have_text("You listen. Nobody hears you.", timeout=20_000)
    expect(desk.part("listeners")).to_have_text("Sam Supervisor listens to this line.")
    assert loudest(floor, "meter-out") > 0.01, "the agent's beeps are heard"
    shoot(floor, "listening")
    desk.shoot("listened-to")
    for key, said, shown in (
        ("w", "Only the agent hears you.", "Sam Supervisor talks to you; the person on the line does not hear it."),
        ("b", "Everybody hears you.", "Sam Supervisor takes part in the call."),
    ):
        floor.keyboard.press(key)
        expect(text).to_have_text(said)
        expect(desk.part("listeners")).to_have_text(shown)
    floor.keyboard.press("x")
    expect(floor.locator('[data-floor="listen"]')).to_be_hidden()
    expect(desk.part("listeners")).to_have_text("")


def play_and_note(page: Page, desk: Desk) -> None:
    """The recording plays, its loudness is drawn, and a note at a second of it reaches the agent."""
    page.goto(page.url.replace("/floor/", "/recordings/"))
    found = page.locator("tbody th a")
    for _ in range(40):
        if found.count():
            break
        # The carrier says when the recording is ready.
        page.wait_for_timeout(250)
        page.reload()
    shoot(page, "recordings")
    found.first.click()
    page.get_by_role("button", name="Play").click()
    expect(page.locator("audio")).to_be_visible()
    page.wait_for_function("() => document.querySelector('audio').duration > 1")
    drawn = """(wave) => new Uint32Array(wave.getContext("2d").getImageData(0, 0, wave.width, wave.height).data.buffer).some((dot) => dot)"""
    assert page.locator("canvas").evaluate(drawn)
    page.get_by_label("At second").fill("3")
    page.get_by_role("textbox", name="Note").fill("Let her finish.")
    # The recording goes on meanwhile.
    page.locator("audio").evaluate("""(audio) => new Promise((resolve) => {
        audio.addEventListener("timeupdate", resolve, { once: true });
        audio.play();
    })""")
    page.get_by_role("button", name="Write the note").click()
    expect(page.get_by_role("button", name="0:03")).to_be_visible()
    page.get_by_role("button", name="0:03").click()
    expect(page.locator("audio")).to_be_visible()
    shoot(page, "recording")
    expect(desk.part("coaching")).to_contain_text("Coaching notes 1")
