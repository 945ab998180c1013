"""An agent hands calls on, with Twilio's own program in a real browser: the person goes on talking, the agent is free."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from ops.throwaway import Stack
from tests.browser.desk import SHOTS, Desk, agent, connect_headset, logins, sit_down, stack

__all__ = ["logins", "stack"]

pytestmark = pytest.mark.browser
ADVISER = "+12025550180"
ROWS = """
from apps.agents.models import AgentSpan
from apps.calls.models import Attempt, Transfer
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
import json
with tenant_scope(Tenant.objects.get(slug="sunrise-solar").id):
    print(json.dumps([
        {
            "way": row.way, "name": row.name, "result": row.result, "code": row.attempt.disposition.code,
            "is_ended": row.attempt.ended_at is not None,
            "in_order": None not in (row.answered_at, row.ended_at) and row.asked_at <= row.answered_at <= row.ended_at,
            "left_first": row.attempt.left_at <= (row.attempt.ended_at or row.ended_at),
            "talk_covers": row.attempt.talk_seconds + 1 >= (row.ended_at - row.attempt.answered_at).total_seconds(),
            "spans": list(AgentSpan.objects.filter(user=row.agent, state="ON_CALL", ended_at=row.attempt.left_at).values_list("state", flat=True)),
        }
        for row in Transfer.objects.order_by("asked_at")
    ]))
"""
MESSAGES = """
from apps.calls.models import VoicemailDrop
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
import json
with tenant_scope(Tenant.objects.get(slug="sunrise-solar").id):
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
def live(stack: Stack) -> Live:
    """Legs to a number that are answered and not over, at the carrier."""

    def look(number: str) -> list[dict[str, Any]]:
        dials = requests.get(f"{stack.simulator_url}/sim/dials?to={number.replace('+', '%2B')}", timeout=10).json()
        return [row for row in dials["dials"] if row["answered_at"] and not row["ended_at"]]

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
    expect(desk.part("handing-text")).to_contain_text(words, timeout=30_000)


def talk(desk: Desk) -> str:
    """The number of the person who is on the line, once they talk."""
    desk.expect_state("On call")
    expect(desk.part("transfer")).to_be_enabled(timeout=30_000)
    number: str = desk.page.evaluate(
        "fetch('state').then((answer) => answer.json()).then((all) => all.contact.lead.phone)"
    )
    return number


def test_agent_asks_first_then_puts_through_and_is_free_while_both_calls_go_on(
    stack: Stack, logins: dict[str, dict[str, str]], page: Page, live: Live
) -> None:
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    desk = sit_down(page, stack, agent(1), logins["Agent"]["password"], "Enquiries")
    expect(desk.part("line")).to_have_text("Line connected", timeout=60_000)
    connect_headset(desk)
    desk.press("Space")
    first = talk(desk)
    choose(desk, "w")
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
    expect_words(desk, "talk without you.")
    expect(desk.part("phone-text")).to_have_text("You are on the line.")
    assert (len(live(first)), len(live(second)), len(live(ADVISER))) == (1, 1, 2)
    desk.press("p")
    page.keyboard.press("1")
    expect(desk.part("next")).to_have_text("Break after this call", timeout=30_000)
    desk.press("1")
    desk.expect_state("Break")

    end_all(stack, live(ADVISER))
    rows = wait_for_end(stack, page)
    expected = {
        "name": "Senior adviser",
        "result": "COMPLETED",
        "code": "SALE",
        "is_ended": True,
        "in_order": True,
        "left_first": True,
        "talk_covers": True,
        "spans": ["ON_CALL"],
    }
    assert rows == [{"way": "WARM", **expected}, {"way": "BLIND", **expected}]
    assert (live(first), live(second)) == ([], [])
    assert faults == []


def test_one_key_leaves_the_message_and_brings_the_next_person(
    stack: Stack, logins: dict[str, dict[str, str]], page: Page
) -> None:
    desk = sit_down(page, stack, agent(2), logins["Agent"]["password"], "Enquiries")
    expect(desk.part("line")).to_have_text("Line connected", timeout=60_000)
    desk.press("Space")
    first = talk(desk)

    desk.press("v")
    expect(desk.part("state")).not_to_have_text("On call", timeout=30_000)
    second = talk(desk)

    assert second != first
    assert json.loads(stack.manage("shell", "-v", "0", "-c", MESSAGES).strip().splitlines()[-1]) == [
        {
            "phone": first,
            "outcome": "Answering machine",
            "is_allowed": True,
            "mode": "prerecorded",
            "is_played": True,
            "error": "",
        }
    ]


def end_all(stack: Stack, legs: list[dict[str, Any]]) -> None:
    """The advisers hang up; each person's call is then over too."""
    for leg in legs:
        requests.post(f"{stack.simulator_url}/sim/calls/{leg['call_sid']}/hang_up", timeout=10)


def wait_for_end(stack: Stack, page: Page) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for _ in range(10):
        rows = json.loads(stack.manage("shell", "-v", "0", "-c", ROWS).strip().splitlines()[-1])
        if all(row["is_ended"] for row in rows):
            break
        page.wait_for_timeout(500)
    return rows
