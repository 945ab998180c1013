"""An agent hands calls on, with Twilio's own program in a real browser: the person goes on talking, the agent is free."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.desk import (
    ON_LINE,
    SHOTS,
    Desk,
    agent,
    connect_headset,
    dials,
    logins,
    pick_up,
    sit_down,
    stack,
    wait_until,
)
from tests.browser.stacks import Platform

__all__ = ["logins", "stack"]

pytestmark = [pytest.mark.browser, pytest.mark.sound]
ADVISER = "+12025550180"
# Transfers that are over, with their calls.
ROWS = """
from apps.agents.models import AgentSpan
from apps.calls.models import Attempt, Transfer
import json
print(json.dumps([
    {
        "way": row.way, "name": row.name, "result": row.result, "code": row.attempt.disposition.code,
        "in_order": row.answered_at is not None and row.asked_at <= row.answered_at <= row.ended_at,
        "left_first": row.attempt.left_at <= row.attempt.ended_at,
        "talk_covers": row.attempt.talk_seconds + 1 >= (row.ended_at - row.attempt.answered_at).total_seconds(),
        "spans": list(AgentSpan.objects.filter(user=row.agent, state="ON_CALL", ended_at=row.attempt.left_at).values_list("state", flat=True)),
    }
    for row in Transfer.objects.filter(ended_at__isnull=False, attempt__ended_at__isnull=False).order_by("asked_at")
]))
"""
MESSAGES = """
from apps.calls.models import VoicemailDrop
import json
print(json.dumps([
    {
        "phone": row.attempt.phone, "outcome": row.attempt.disposition.label, "is_allowed": row.decision.is_allowed,
        "mode": row.decision.facts["dial_mode"], "is_played": row.played_at is not None, "error": row.error,
    }
    for row in VoicemailDrop.objects.order_by("asked_at")
]))
"""


Live = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def live(stack: Platform) -> Live:
    """Legs to a number that are answered and not over, at the carrier."""

    def look(number: str) -> list[dict[str, Any]]:
        return [row for row in dials(stack, number) if row["answered_at"] and not row["ended_at"]]

    return look


def shoot(desk: Desk, name: str) -> None:
    if not SHOTS:
        return
    for width, height in ((390, 844), (1440, 900)):
        desk.page.set_viewport_size({"width": width, "height": height})
        desk.shoot(f"{name}-{width}")


def choose(desk: Desk, key: str) -> None:
    """Transfer to the adviser, with keys alone."""
    desk.press("t")
    dialog = desk.page.get_by_role("dialog", name="Transfer the call")
    expect(dialog.get_by_role("radio", name="Customer care")).to_be_focused()
    desk.page.keyboard.press("3")
    expect(dialog.get_by_role("radio", name="Senior adviser")).to_be_checked()
    shoot(desk, f"transfer-dialog-{key}")
    desk.page.keyboard.press(key)
    expect(dialog).to_be_hidden()


def expect_words(desk: Desk, words: str) -> None:
    expect(desk.part("handing-text")).to_contain_text(words)


def talk(desk: Desk) -> str:
    """The number of the person who is on the line, once they talk."""
    desk.expect_state("On call")
    expect(desk.part("transfer")).to_be_enabled()
    return desk.person()


def test_agent_asks_first_then_puts_through_and_is_free_while_both_calls_go_on(
    stack: Platform, logins: dict[str, dict[str, str]], page: Page, live: Live, faults: list[str]
) -> None:
    desk = sit_down(page, stack, agent(1), logins["Agent"]["password"], "Enquiries")
    expect(desk.part("line")).to_have_text("Line connected")
    connect_headset(desk)
    desk.press("Space")
    first = talk(desk)
    slow = {"personality": "slow"}
    requests.put(f"{stack.simulator_url}/sim/callees/{ADVISER}", json=slow, timeout=10).raise_for_status()
    choose(desk, "w")
    pick_up(page, stack, ADVISER)
    expect_words(desk, "is on hold and hears only music")
    expect(desk.part("hold")).to_have_attribute("aria-pressed", "true")
    expect(desk.part("announce")).to_contain_text("Senior adviser is on the line with you.")
    shoot(desk, "transfer-asked")
    desk.press("o")
    expect_words(desk, "All three hear each other.")
    desk.press("l")
    desk.expect_state("Wrap-up")
    expect_words(desk, "and Senior adviser talk without you.")
    expect(desk.part("detail")).to_have_text("The call goes on without you")
    shoot(desk, "transfer-left")
    assert (len(live(first)), len(live(ADVISER))) == (1, 1)

    desk.press("1")
    second = talk(desk)
    assert (len(live(first)), len(live(ADVISER))) == (1, 1)
    assert second != first

    choose(desk, "b")
    desk.expect_state("Wrap-up")
    expect_words(desk, "hears music until Senior adviser answers")
    pick_up(page, stack, ADVISER)
    expect_words(desk, "talk without you.")
    expect(desk.part("phone-text")).to_have_text(ON_LINE)
    assert (len(live(first)), len(live(second)), len(live(ADVISER))) == (1, 1, 2)
    desk.press("p")
    page.keyboard.press("1")
    expect(desk.part("next")).to_have_text("Break after this call")
    desk.press("1")
    desk.expect_state("Break")

    end_all(stack, live(ADVISER))
    over = wait_until(page, lambda: rows if len(rows := stack.ask(ROWS)) == 2 else None)
    expected = {
        "name": "Senior adviser",
        "result": "COMPLETED",
        "code": "SALE",
        "in_order": True,
        "left_first": True,
        "talk_covers": True,
        "spans": ["ON_CALL"],
    }
    assert over == [{"way": "WARM", **expected}, {"way": "BLIND", **expected}]
    assert (live(first), live(second)) == ([], [])
    assert faults == []


def test_one_key_leaves_the_message_and_brings_the_next_person(
    stack: Platform, logins: dict[str, dict[str, str]], page: Page
) -> None:
    desk = sit_down(page, stack, agent(2), logins["Agent"]["password"], "Enquiries")
    expect(desk.part("line")).to_have_text("Line connected")
    desk.press("Space")
    first, shown = talk(desk), desk.part("phone").inner_text()

    desk.press("v")
    expect(desk.part("phone")).not_to_have_text(shown)
    second = talk(desk)

    assert second != first
    wait_until(page, lambda: [row for row in stack.ask(MESSAGES) if row["is_played"]])
    assert stack.ask(MESSAGES) == [
        {
            "phone": first,
            "outcome": "Answering machine",
            "is_allowed": True,
            "mode": "prerecorded",
            "is_played": True,
            "error": "",
        }
    ]


def end_all(stack: Platform, legs: list[dict[str, Any]]) -> None:
    """The advisers hang up; each person's call is then over too."""
    for leg in legs:
        requests.post(f"{stack.simulator_url}/sim/calls/{leg['call_sid']}/hang_up", timeout=10)
