"""An agent and a supervisor, each in a browser: help, messages, listening, whispering, taking part."""

import base64
import io
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect

from simulator.softphone.pcm import silence, wav
from tests.browser.desk import (
    PATIENT,
    SHOTS,
    Desk,
    agent,
    connect_headset,
    hear,
    logins,
    sit_down,
    stack_with,
    wait_until,
)
from tests.browser.stacks import Platform
from tests.simulator.browser_phone import power, tone

__all__ = ["logins"]

pytestmark = [pytest.mark.browser, pytest.mark.sound]
AUDIT = """
from apps.audit.models import AuditEntry
import json
found = AuditEntry.objects.filter(action__startswith="listening.").order_by("id")
print(json.dumps([[row.action, row.data["stance"], bool(row.data["call"])] for row in found]))
"""

STEERED = """
from apps.agents.models import AgentSession
from apps.audit.models import AuditEntry
import json
session = AgentSession.objects.get(user__email__startswith="sim-agent-1@", ended_at__isnull=False, campaign__name="Spring prospects")
print(json.dumps(list(AuditEntry.objects.filter(target=f"session:{session.id}", action__in=["agent.moved", "agent.sent_on_break", "agent.forced_out"]).order_by("id").values_list("action", flat=True))))
"""

# The person is a machine that hums, though detection takes it for a person: 3 of 4.5 seconds are a tone.
HUMMING = PATIENT.replace('answers = "person"', 'answers = "fax"')
# Levels of one frequency.
AUDIBLE, SILENT = 150.0, 15.0
LEAD_HZ, AGENT_HZ, SUPERVISOR_HZ = 2_100.0, 440.0, 700.0
# Everybody who is left to call may be recorded without being asked, and a colleague is at a desk, too.
PREPARE = """
from apps.accounts.models import User
from apps.agents.services.sessions import start_session
from apps.campaigns.models import Campaign, CampaignLead
from apps.core import clock
campaign = Campaign.objects.get(name__startswith="Enquiries")
Campaign.objects.filter(id=campaign.id).update(recording="ALL")
CampaignLead.objects.filter(campaign=campaign).exclude(lead__state="NY").update(state=4)
start_session(user=User.objects.get(email__startswith="sim-agent-2@sunrise"), campaign=campaign, at=clock.now())
"""
# What each of the three legs hears, as the carrier sends it to them, for as long as the machine takes to say all it says.
HEAR = """
from apps.agents.models import AgentSession, Listening
from apps.telephony.gateway import carrier_for
import base64, json, time
session = AgentSession.objects.select_related("attempt__caller_id__account").get(attempt__isnull=False)
coach = Listening.objects.get(ended_at__isnull=True).leg_sid
account = session.attempt.caller_id.account
carrier = carrier_for(account.sid, account.auth_token)
legs = {"lead": session.attempt.sid, "agent": session.leg_sid, "supervisor": coach}
# What was said before the last change is no longer under way.
time.sleep(1)
record = lambda sid: carrier.client.calls(sid).recordings.create(recording_channels="dual").sid
running = {name: (sid, record(sid)) for name, sid in legs.items()}
time.sleep(4.5)
for leg, sid in running.values():
    carrier.client.calls(leg).recordings(sid).update(status="stopped")
while any(carrier.client.recordings(sid).fetch().status != "completed" for _, sid in running.values()):
    time.sleep(0.2)
sounds = {name: b"".join(carrier.open_recording(sid).pieces) for name, (_, sid) in running.items()}
print(json.dumps({name: base64.b64encode(sound).decode() for name, sound in sounds.items()}))
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with stack_with(HUMMING, tmp_path_factory) as running:
        yield running


@contextmanager
def humming_browser(playwright: Playwright, arguments: dict[str, Any], folder: Path, hz: float) -> Iterator[Browser]:
    """A browser whose microphone hears a tone, on and off as speech is: a steady one would be taken for noise."""
    microphone = folder / f"{hz:.0f}.wav"
    microphone.write_bytes(wav(np.concatenate([tone(hz, 0.4), silence(0.2)]), 1))
    sound = f"--use-file-for-fake-audio-capture={microphone}"
    browser = playwright.chromium.launch(**{**arguments, "args": [*arguments["args"], sound]})
    yield browser
    browser.close()


@pytest.fixture
def page(playwright: Playwright, browser_type_launch_args: dict[str, Any], tmp_path: Path) -> Iterator[Page]:
    """The agent's browser."""
    with humming_browser(playwright, browser_type_launch_args, tmp_path, AGENT_HZ) as browser:
        yield browser.new_page()


@pytest.fixture
def floor(
    stack: Platform,
    logins: dict[str, dict[str, str]],
    playwright: Playwright,
    browser_type_launch_args: dict[str, Any],
    tmp_path: Path,
) -> Iterator[Page]:
    """The floor in a supervisor's browser."""
    with humming_browser(playwright, browser_type_launch_args, tmp_path, SUPERVISOR_HZ) as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        enter(page, stack, logins)
        yield page


def enter(page: Page, stack: Platform, logins: dict[str, dict[str, str]]) -> None:
    """Sign in as a supervisor and go to the floor."""
    page.goto(f"{stack.url}/accounts/login/?next=/t/sunrise-solar/floor/")
    page.locator("[name=login]").fill(logins["Supervisor"]["email"])
    page.locator("[name=password]").fill(logins["Supervisor"]["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/floor/")


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


def row_of(floor: Page, number: int = 1) -> Locator:
    return floor.locator("tbody tr").filter(has=floor.get_by_text(f"Simulated agent {number}", exact=True))


def test_supervisor_helps_listens_whispers_takes_part_and_leaves_the_call_alone(
    stack: Platform, logins: dict[str, dict[str, str]], floor: Page, page: Page
) -> None:
    messages: list[str] = []
    stack.ask(PREPARE)
    for one in (floor, page):
        one.on("console", lambda message: messages.append(message.text))
        one.on("pageerror", lambda error: messages.append(f"Error: {error}"))
    desk = sit_down(page, stack, agent(1), logins["Agent"]["password"], "Enquiries")
    row = row_of(floor)
    expect(row.locator("[data-part=state]")).to_have_text("Break")
    expect(desk.part("line")).to_have_text("Line connected")
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
    recorded = "Recording. One party's agreement is enough where the person is."
    expect(desk.part("recording-text")).to_have_text(recorded)
    listen_and_leave(floor, desk, stack)
    desk.expect_state("On call")
    heard = stack.ask(AUDIT)
    assert heard == [
        ["listening.started", "LISTEN", True],
        ["listening.changed", "WHISPER", True],
        ["listening.changed", "BARGE", True],
        ["listening.ended", "BARGE", True],
    ]
    desk.press("h")
    desk.expect_state("Wrap-up")
    address = floor.url
    play_and_note(floor, desk)
    floor.goto(address)
    steer(floor, desk, stack)
    assert [text for text in messages if "Content Security Policy" in text or text.startswith("Error")] == []


def listen_and_leave(floor: Page, desk: Desk, stack: Platform) -> None:
    """Go through every way of being on the line; the desk says each time who hears whom, and they do."""
    text = floor.locator('[data-floor="listen-text"]')
    row_of(floor).get_by_role("button", name="Listen").click()
    expect(text).to_have_text("You listen. Nobody hears you.")
    expect(desk.part("listeners")).to_have_text("Sam Supervisor listens to this line.")
    hear(floor, '[data-floor="meter-out"]')
    assert who_hears_whom(stack) == {"lead": "agent", "agent": "lead", "supervisor": "lead agent"}
    shoot(floor, "listening")
    desk.shoot("listened-to")
    for key, said, shown, lead_hears in (
        (
            "w",
            "Only the agent hears you.",
            "Sam Supervisor talks to you; the person on the line does not hear it.",
            "agent",
        ),
        ("b", "Everybody hears you.", "Sam Supervisor takes part in the call.", "agent supervisor"),
    ):
        floor.keyboard.press(key)
        expect(text).to_have_text(said)
        expect(desk.part("listeners")).to_have_text(shown)
        heard = {"lead": lead_hears, "agent": "lead supervisor", "supervisor": "lead agent"}
        assert who_hears_whom(stack) == heard
    desk.press("o")
    expect(desk.part("hold")).to_have_attribute("aria-pressed", "true")
    assert who_hears_whom(stack) == {"lead": "", "agent": "supervisor", "supervisor": "agent"}
    desk.press("o")
    expect(desk.part("hold")).to_have_attribute("aria-pressed", "false")
    desk.press("m")
    expect(desk.part("mute")).to_have_attribute("aria-pressed", "true")
    assert who_hears_whom(stack) == {"lead": "supervisor", "agent": "lead supervisor", "supervisor": "lead"}
    desk.press("m")
    expect(desk.part("mute")).to_have_attribute("aria-pressed", "false")
    floor.keyboard.press("x")
    expect(floor.locator('[data-floor="listen"]')).to_be_hidden()
    expect(desk.part("listeners")).to_have_text("")


def who_hears_whom(stack: Platform) -> dict[str, str]:
    """For each leg whose voices are in what the carrier sends to it, told apart by their frequencies."""
    sounds = stack.ask(HEAR)
    voices = {"lead": LEAD_HZ, "agent": AGENT_HZ, "supervisor": SUPERVISOR_HZ}
    heard = {}
    for leg, sound in sounds.items():
        with wave.open(io.BytesIO(base64.b64decode(sound))) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)[1::2]
        powers = {name: power(samples, hz) for name, hz in voices.items()}
        # Nothing in between: a voice that is only just there is a fault too.
        assert not [name for name, level in powers.items() if SILENT < level < AUDIBLE], powers
        heard[leg] = " ".join(name for name, level in powers.items() if level >= AUDIBLE)
    return heard


def play_and_note(page: Page, desk: Desk) -> None:
    """The recording plays, its loudness is drawn, and a note at a second of it reaches the agent."""
    page.goto(page.url.replace("/floor/", "/recordings/"))
    found = page.locator("tbody th a")

    def is_listed() -> bool:
        page.reload()
        return found.count() > 0

    # The carrier says when the recording is ready.
    wait_until(page, is_listed)
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


def step_through(floor: Page) -> None:
    """The arrow keys move from agent to agent, as far as there are any."""
    first, second = (row_of(floor, number).get_by_role("button", name="Manage") for number in (1, 2))
    first.focus()
    for key, reached in (("ArrowUp", first), ("ArrowDown", second), ("ArrowDown", second), ("ArrowUp", first)):
        floor.keyboard.press(key)
        expect(reached).to_be_focused()


def steer(floor: Page, desk: Desk, stack: Platform) -> None:
    """The floor is filtered; the agent is moved after the call, put on a break and logged out."""
    row = row_of(floor)
    expect(row).to_be_visible()
    step_through(floor)
    floor.keyboard.press("f")
    campaigns = floor.get_by_label("Campaign", exact=True).first
    expect(campaigns).to_be_focused()
    campaigns.select_option("Spring prospects")
    expect(row).to_be_hidden()
    campaigns.select_option("")
    states = floor.get_by_label("State", exact=True)
    states.select_option("Offline")
    expect(row).to_be_hidden()
    states.select_option("At a desk")
    expect(row).to_be_visible()
    states.select_option("Everyone")
    floor.get_by_label("Order", exact=True).select_option("Most calls today first")
    expect(floor.locator("[data-floor=agents] tr").first).to_contain_text("Simulated agent 1")
    row.get_by_role("button", name="Manage").click()
    floor.get_by_role("dialog").get_by_label("Campaign").select_option("Spring prospects")
    floor.get_by_role("button", name="Move there").click()
    expect(desk.part("next")).to_have_text("Spring prospects after this call")
    desk.press("4")
    expect(desk.part("campaign")).to_have_text("Spring prospects")
    for name, state in (("Put on break", "Break"), ("Log out", "No shift")):
        row.get_by_role("button", name="Manage").click()
        floor.get_by_role("button", name=name).click()
        desk.expect_state(state)
    expect(row.locator("[data-part=state]")).to_have_text("Offline")
    assert stack.ask(STEERED) == [
        "agent.moved",
        "agent.sent_on_break",
        "agent.forced_out",
    ]
