"""A talk that may only be recorded with everybody's agreement: asked, recorded, paused by key and within a card field."""

import base64
import io
import wave
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import ON_LINE, SHOTS, Desk, agent, connect_headset, logins, sit_down, stack
from tests.browser.stacks import Platform

__all__ = ["logins", "stack"]

pytestmark = [pytest.mark.browser, pytest.mark.sound]
# Only people in California are left to call, and the script asks for a card number.
PREPARE = """
from apps.campaigns.models import Campaign, CampaignLead
from apps.scripts.models import ScriptVersion
campaign = Campaign.objects.get(name__startswith="Enquiries")
Campaign.objects.filter(id=campaign.id).update(recording="ALL")
CampaignLead.objects.filter(campaign=campaign).exclude(lead__state="CA").update(state=4)
ScriptVersion.objects.filter(id=campaign.script_version_id).update(questions=[
    {"key": "card", "text": "Card number?", "kind": "text", "options": [], "is_sensitive": True},
    {"key": "expiry", "text": "Good until?", "kind": "text", "options": [], "is_sensitive": True},
])
"""
KEPT = """
from apps.agents.models import AgentSession
from apps.audit.models import AuditEntry
from apps.calls import control
from apps.calls.models import Recording, Taping
import base64, json, time
while (recording := Recording.objects.select_related("attempt__caller_id__account").get()).status != "completed":
    time.sleep(0.2)
attempt, taping = recording.attempt, Taping.objects.get()
sound = control.open_recording(account=attempt.caller_id.account, sid=recording.sid)
print(json.dumps({
    "answers": list(attempt.answers.order_by("position").values_list("key", "text")),
    "agreed": taping.agreed_at is not None and "record this call" in taping.sentence,
    "audited": AuditEntry.objects.filter(action="recording.agreed", target=f"attempt:{attempt.id}").count(),
    "voice_ms": attempt.voice_ms,
    "campaign": attempt.campaign_id,
    "person": str(attempt.lead),
    "outcome": attempt.disposition.label,
    "talk": attempt.talk_seconds,
    "seconds": recording.seconds,
    "sound": base64.b64encode(b"".join(sound.pieces)).decode(),
}))
"""
RATE = 8_000
COUNT_BEEPS = """() => {
    let isLoud = true;
    globalThis.beeps = 0;
    const look = setInterval(() => {
        const wasLoud = isLoud;
        isLoud = document.querySelector('[data-desk="phone-in"]').value > 0.01;
        if (isLoud && !wasLoud && ++globalThis.beeps === 3) clearInterval(look);
    }, 20);
}"""


def shoot(page: Page, name: str) -> None:
    if not SHOTS:
        return
    for width, height in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=Path(SHOTS) / f"recording-{name}-{width}.png", full_page=width < 1000)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_agreement_recording_pause_and_card_field(
    stack: Platform, logins: dict[str, dict[str, str]], page: Page
) -> None:
    stack.ask(PREPARE)
    page.set_viewport_size({"width": 1440, "height": 900})
    desk = sit_down(page, stack, agent(1), logins["Agent"]["password"], "Enquiries")
    expect(desk.part("line")).to_have_text("Line connected")
    connect_headset(desk)
    desk.press("Space")
    desk.expect_state("On call")
    text = desk.part("recording-text")
    expect(text).to_have_text("Not recorded yet: ask the person first.")
    expect(desk.part("recording-ask")).to_contain_text("I would like to record this call")
    expect(desk.part("recording-sources")).to_contain_text("Cal. Penal Code 632")
    shoot(page, "asking")
    page.get_by_role("button", name="They agreed").click()
    expect(text).to_have_text("Recording. The person has agreed.")
    shoot(page, "on")
    desk.press("z")
    expect(text).to_have_text("Recording is paused.")
    desk.reload("On call")
    expect(text).to_have_text("Recording is paused.")
    expect(desk.part("phone-text")).to_have_text(ON_LINE)
    desk.press("z")
    expect(text).to_have_text("Recording. The person has agreed.")
    take_card(desk)
    expect(text).to_have_text("Recording. The person has agreed.")
    # Of three beeps of the microphone after the silence two are surely on tape.
    page.evaluate(COUNT_BEEPS)
    page.wait_for_function("() => globalThis.beeps === 3")
    desk.press("h")
    desk.expect_state("Wrap-up")
    expect(text).to_have_text("This call was recorded.")
    desk.press("4")
    expect(desk.part("wrap-up")).to_have_count(0)

    kept = stack.ask(KEPT)
    assert (kept["answers"], kept["agreed"], kept["audited"]) == ([["card", "•••• 4242"], ["expiry", "••••"]], True, 1)
    assert 0 < kept["voice_ms"] < 1_000 * kept["talk"]
    spoken = loud_spells(base64.b64decode(kept["sound"]))
    assert max(later - earlier for earlier, later in pairwise(spoken)) > 3
    assert spoken[-1] - spoken[-2] < 2
    assert kept["outcome"] == "Not interested"
    look_at_reports(desk, stack, logins["Owner"], kept)


def look_at_reports(desk: Desk, stack: Platform, owner: dict[str, str], kept: dict[str, Any]) -> None:
    """What is kept of the call is what the pages of the campaign and of the recordings say."""
    page = desk.page
    page.context.clear_cookies()
    page.goto(f"{stack.url}/accounts/login/?next=/t/sunrise-solar/campaigns/{kept['campaign']}/")
    page.locator("[name=login]").fill(owner["email"])
    page.locator("[name=password]").fill(owner["password"])
    page.keyboard.press("Enter")
    expect(page.locator(".bars div").filter(has_text=kept["outcome"]).locator("dd").last).to_have_text("1")
    expect(page.get_by_text(f"in one measured call: {kept['voice_ms']:,} ms.")).to_be_visible()
    page.get_by_role("link", name="Attempts", exact=True).click()
    row = page.get_by_role("row").filter(has_text=kept["person"])
    for text in (
        kept["outcome"],
        "Simulated agent 1",
        f"talked {clock(kept['talk'])}",
        f"voice after {kept['voice_ms']:,} ms",
    ):
        expect(row).to_contain_text(text)
    row.get_by_text("2 answers").click()
    expect(row).to_contain_text("Card number?•••• 4242")
    page.get_by_role("link", name="Answers", exact=True).click()
    with page.expect_download() as file:
        page.get_by_role("link", name="Download all answers").click()
    assert "•••• 4242" in Path(file.value.path()).read_text(encoding="utf-8")
    page.get_by_role("link", name="Recordings").click()
    expect(page.get_by_role("row").filter(has_text=kept["person"])).to_contain_text(clock(kept["seconds"]))
    with wave.open(io.BytesIO(base64.b64decode(kept["sound"]))) as sound:
        assert abs(sound.getnframes() / sound.getframerate() - kept["seconds"]) <= 1


def clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"


def take_card(desk: Desk) -> None:
    """Type a card number and its last month; the fields take them only while nothing is recorded."""
    text, card, expiry = (
        desk.part("recording-text"),
        desk.page.get_by_label("Card number?"),
        desk.page.get_by_label("Good until?"),
    )
    card.focus()
    expect(text).to_have_text("Recording is paused for this field.")
    expect(card).to_be_editable()
    shoot(desk.page, "field")
    card.focus()
    desk.page.keyboard.type("4242 4242 4242 4242", delay=150)
    expiry.focus()
    expect(card).to_have_value("•••• 4242")
    expect(text).to_have_text("Recording is paused for this field.")
    desk.page.keyboard.type("12/29", delay=150)
    expiry.blur()
    expect(expiry).to_have_value("••••")


def loud_spells(file: bytes) -> list[float]:
    """Seconds at which the agent, the right channel of the person's leg, begins to be heard."""
    with wave.open(io.BytesIO(file)) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (2, RATE)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)[1::2]
    frames = np.abs(samples[: len(samples) // 400 * 400].astype(float)).reshape(-1, 400).max(axis=1) > 500
    begins = np.flatnonzero(frames & ~np.concatenate([[False], frames[:-1]]))
    return [float(begin) / 20 for begin in begins]
