"""The controls of the desk that the other stories leave out: each is used once, and its effect is looked up where it counts."""

from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.desk import ON_LINE, Desk, agent, connect_headset, dials, logins, sit_down, stack, wait_until
from tests.browser.stacks import Platform

__all__ = ["logins", "stack"]

pytestmark = [pytest.mark.browser, pytest.mark.sound]
# Everybody in the campaign must be asked before the talk is recorded. Gives the number of one who wrote that they may be
# called, and of one who may live in either of two zones.
PREPARE = """
from datetime import timedelta
from apps.campaigns.models import Campaign, CampaignLead
from apps.compliance.models import Consent
from apps.core import clock
from apps.leads.models import Place
import json
campaign = Campaign.objects.get(name="Spring prospects")
Campaign.objects.filter(id=campaign.id).update(recording="ALL")
rows = CampaignLead.objects.filter(campaign=campaign)
rows.exclude(lead__state="CA").update(state=4)
lead = rows.filter(lead__state="CA").order_by("id").last().lead
Consent.objects.create(phone=lead.phone, kind="EXPRESS_WRITTEN", source="API", captured_at=clock.now() - timedelta(days=1))
other = rows.filter(lead__state="CA").order_by("-id")[1].lead
zones = ["America/Denver", "America/Los_Angeles"]
other.place, _ = Place.objects.get_or_create(zones=zones, jurisdictions=other.place.jurisdictions)
other.save()
print(json.dumps([lead.phone, other.phone]))
"""
KEPT = """
from apps.accounts.models import User
from apps.agents.models import AgentSession
from apps.calls.models import Attempt, Callback, Taping, Transfer
from apps.campaigns.models import CampaignLead
from apps.compliance.models import Consent, Decision, DncEntry
from apps.mail.models import Email, MailStop
import json
session = AgentSession.objects.filter(user__email__startswith="sim-agent-1@sunrise").latest("id")
print(json.dumps({
    "shift": [session.campaign.name, session.break_reason, session.ended_at is not None],
    "skipped": list(CampaignLead.objects.filter(reason="Bad moment").values_list("state", flat=True)),
    "talks": list(Attempt.objects.filter(agent=session.user).order_by("reserved_at").values_list("disposition__code", flat=True)),
    "declined": Taping.objects.filter(declined_at__isnull=False, sid="").count(),
    "third": list(Transfer.objects.values_list("way", "result")),
    "mailed": list(Email.objects.values_list("template__kind", "state")),
    "unmailed": list(MailStop.objects.values_list("source", flat=True)),
    "dnc": list(DncEntry.objects.filter(source="AGENT").values_list("phone", flat=True)),
    "withdrawn": list(Consent.objects.filter(revoked_by="AGENT").values_list("phone", "kind")),
    "refused": list(Decision.objects.filter(reasons__contains=["dnc_entity"]).values_list("phone", flat=True)),
    "promised": [[row.agent == session.user, row.state, row.zone, row.note] for row in Callback.objects.order_by("id")],
}))
"""
# What the page and the carrier's program ask for when they open a microphone, and where they send sound.
WATCH_HEADSET = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
globalThis.opened = [];
navigator.mediaDevices.getUserMedia = (wanted) => { opened.push(JSON.stringify(wanted)); return open(wanted); };
const send = HTMLMediaElement.prototype.setSinkId;
globalThis.sinks = [];
HTMLMediaElement.prototype.setSinkId = function (id) { sinks.push(id); return send.call(this, id); };
"""


def kept(stack: Platform) -> dict[str, Any]:
    found: dict[str, Any] = stack.ask(KEPT)
    return found


def test_what_no_other_story_uses_has_its_effect(
    stack: Platform, logins: dict[str, dict[str, str]], page: Page
) -> None:
    asked, promised = stack.ask(PREPARE)
    page.add_init_script(WATCH_HEADSET)
    desk = sit_down(page, stack, agent(1), logins["Agent"]["password"], "Enquiries")
    choose_headset(desk)
    move_and_skip(desk)
    assert kept(stack)["shift"] == ["Spring prospects", "Meeting", False]

    call(desk, asked)
    desk.expect_state("On call")
    expect(desk.part("transfer")).to_be_enabled()
    page.get_by_role("button", name="They did not agree").click()
    expect(desk.part("recording-text")).to_have_text("Not recorded: the person did not agree.")
    press_keys(desk, stack, asked)
    bring_a_third(desk)
    desk.press("h")
    desk.expect_state("Wrap-up")
    write_and_stop(desk, stack)
    desk.press("d")
    expect(page.locator(".toast").last).to_contain_text("Saved: Do not call again")
    # They called by hand from a break, and go back to it.
    desk.expect_state("Break")

    call(desk, asked)
    refusal = page.get_by_role("dialog", name="This call is not allowed")
    expect(refusal).to_contain_text("asked you not to call again")
    desk.shoot("refusal")
    page.keyboard.press("Enter")
    expect(refusal).to_be_hidden()

    promise_to_the_pool(desk)
    promise_and_keep(desk, promised)
    page.get_by_role("button", name="End shift").click()
    desk.expect_state("No shift")
    found = kept(stack)
    assert found.pop("shift")[2] is True
    assert found == {
        "skipped": [3],
        "talks": ["DNC", "CALLBK", "CALLBK", "NI"],
        "declined": 1,
        "third": [["THIRD", "COMPLETED"]],
        "mailed": [["FOLLOW_UP", "SENT"]],
        "unmailed": ["AGENT"],
        "dnc": [asked],
        "withdrawn": [[asked, "EXPRESS_WRITTEN"]],
        "refused": [asked],
        "promised": [
            [False, "DUE", "America/Los_Angeles", "Anybody will do"],
            [True, "DONE", "America/Denver", "I will"],
        ],
    }


def choose_headset(desk: Desk) -> None:
    """The microphone that the agent chooses is heard in the test and opened by the phone; the speaker plays for both."""
    page = desk.page
    page.get_by_role("button", name="Headset…").click()
    microphone = page.get_by_label("Microphone")
    microphone.select_option(index=2)
    chosen = microphone.input_value()
    page.get_by_label("Speaker").select_option(index=2)
    speaker = page.get_by_label("Speaker").input_value()
    page.wait_for_function("() => document.querySelector('[data-desk=test-level]').value > 0.01")
    page.get_by_role("button", name="Record three seconds and play them").click()
    expect(desk.part("test-note")).to_have_text("This is how people hear you.")
    page.keyboard.press("Escape")
    assert set(page.evaluate("sinks")) == {speaker}
    page.evaluate("opened.length = sinks.length = 0")
    connect_headset(desk)
    wanted = page.evaluate("opened")
    assert speaker in page.evaluate("sinks")
    assert [chosen in one for one in wanted] == [True] * len(wanted) != []


def move_and_skip(desk: Desk) -> None:
    """Another campaign, a preview that is let pass for a reason, a break for a reason."""
    desk.page.get_by_role("button", name="Change").click()
    desk.page.get_by_role("dialog", name="Change campaign").get_by_role("button", name="Spring prospects").click()
    expect(desk.part("campaign")).to_have_text("Spring prospects")
    desk.press("Space")
    desk.expect_state("Preview")
    first = desk.part("phone").inner_text()
    desk.press("s")
    desk.page.keyboard.press("2")
    expect(desk.part("phone")).not_to_have_text(first)
    desk.press("p")
    desk.page.keyboard.press("4")
    desk.expect_state("Break")


def call(desk: Desk, number: str) -> None:
    """Find somebody by number and dial, with keys alone."""
    desk.press("/")
    desk.page.keyboard.press("Control+a")
    desk.page.keyboard.type(number)
    desk.page.keyboard.press("Enter")
    expect(desk.part("found").get_by_role("button")).to_have_count(1)
    expect(desk.part("found").get_by_role("button")).to_be_enabled()
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Enter")


def press_keys(desk: Desk, stack: Platform, number: str) -> None:
    """Typed and clicked keys reach the person as tones."""
    desk.press("k")
    desk.page.keyboard.type("51")
    desk.page.get_by_role("button", name="#", exact=True).click()
    expect(desk.part("keypad-sent")).to_have_text("51#")
    desk.page.keyboard.press("Escape")
    leg = f"{stack.simulator_url}/sim/calls/{dials(stack, number)[-1]['call_sid']}"
    wait_until(desk.page, lambda: requests.get(leg, timeout=10).json()["heard_digits"] == "51#")


def bring_a_third(desk: Desk) -> None:
    """A colleague joins the talk and is put out again; the person stays."""
    desk.press("t")
    desk.page.keyboard.press("3")
    desk.page.keyboard.press("j")
    words = desk.part("handing-text")
    expect(words).to_have_text("Senior adviser is in the talk. All three hear each other.")
    desk.press("x")
    expect(words).to_contain_text("is with you.")
    desk.expect_state("On call")


def write_and_stop(desk: Desk, stack: Platform) -> None:
    """After the call an e-mail goes out, and the person wants no more of them."""
    page = desk.page
    desk.press("e")
    page.get_by_label("Template").select_option("After the call")
    to = page.get_by_label("To", exact=True)
    if not to.input_value():
        to.fill("third@people.example.test")
    page.get_by_role("button", name="Send").press("Enter")
    expect(page.locator("#desk-mail")).to_be_hidden()
    # A stop keeps back what has not left yet.
    wait_until(page, lambda: kept(stack)["mailed"] == [["FOLLOW_UP", "SENT"]])
    desk.press("e")
    expect(desk.part("mail-sent")).to_contain_text("Sent")
    page.get_by_role("button", name="They want no e-mails").click()
    expect(page.locator("#desk-mail")).to_be_hidden()


def promise_to_the_pool(desk: Desk) -> None:
    """Whoever is free calls back."""
    page = desk.page
    desk.press("Space")
    desk.expect_state("Preview")
    desk.reload("Preview")
    expect(desk.part("phone-text")).to_have_text(ON_LINE)
    desk.press("Space")
    desk.expect_state("On call")
    desk.press("c")
    page.get_by_role("button", name="In 1 hour").click()
    page.get_by_label("Whoever is free").check()
    page.get_by_label("What for").fill("Anybody will do")
    desk.press("p")
    page.keyboard.press("1")
    expect(desk.part("next")).to_have_text("Break after this call")
    page.get_by_role("button", name="Save call-back").click()
    desk.expect_state("Break")


def promise_and_keep(desk: Desk, number: str) -> None:
    """The agent promises a call on the clock of one of two zones, and makes it from their list."""
    page = desk.page
    call(desk, number)
    desk.expect_state("On call")
    desk.press("c")
    page.get_by_label("Their time zone").select_option("America/Denver")
    page.get_by_role("button", name="In 1 hour").click()
    page.get_by_label("I call back").check()
    page.get_by_label("What for").fill("I will")
    expect(desk.part("next")).to_have_text("Break after this call")
    page.get_by_role("button", name="Save call-back").click()
    desk.expect_state("Break")
    mine = desk.part("callbacks").get_by_role("listitem")
    expect(mine).to_contain_text("Denver")
    mine.get_by_role("button", name="Call").click()
    desk.expect_state("On call")
    expect(desk.part("next")).to_have_text("Break after this call")
    expect(desk.part("dispositions").get_by_role("button", name="Not interested")).to_be_enabled()
    desk.press("4")
    desk.expect_state("Break")
    expect(mine).to_have_count(0)
