"""An agent's work at the desk, in a real browser, on a whole stack with simulated calls."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.desk import PATIENT, Desk, agent, logins, pick_up, sit_down, stack_with, wait_until
from tests.browser.stacks import Platform

__all__ = ["logins"]

pytestmark = pytest.mark.browser
DISPOSITIONS = """
from apps.calls.models import Attempt
import json
rows = Attempt.objects.filter(disposed_at__isnull=False).order_by("disposed_at")
print(json.dumps([[row.disposition.code, row.note, {item.key: item.text for item in row.answers.all()}] for row in rows]))
"""
ANSWERS = """
from apps.calls.models import Answer
import json
print(json.dumps([[row.key, row.kind, row.text, row.is_partial] for row in Answer.objects.order_by("position")]))
"""
CALLBACKS = """
from apps.calls.models import Attempt, Callback
from apps.core import clock
from datetime import timedelta
import json
found = Callback.objects.filter(note__gt="").order_by("id")
hour = timedelta(minutes=50), timedelta(minutes=70)
print(json.dumps([
    [row.state, row.agent_id is not None, row.note, Attempt.objects.get(campaign_lead=row.campaign_lead_id).note,
     hour[0] < row.due_at - clock.now() < hour[1]]
    for row in found
]))
"""
ARABIC = """
from apps.accounts.models import User
User.objects.filter(email="owner@sunrise-solar.example.test").update(language="ar")
"""
# The time that passes between two keys, for the page: none until the test says so.
STANDING = "globalThis.moment = 5000; performance.now = () => moment;"
LOOKS: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """People who answer when the test says so."""
    with stack_with(PATIENT.replace("{ patient = 1 }", "{ slow = 1 }"), tmp_path_factory) as running:
        yield running


@pytest.fixture(scope="module")
def password(stack: Platform, logins: dict[str, dict[str, str]]) -> str:
    stack.ask(ARABIC)
    return logins["Agent"]["password"]


def tab_to(page: Page, place: Locator) -> None:
    """Go to a control as somebody without a mouse does."""
    for _ in range(60):
        if place.evaluate("(control) => control === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the Tab key does not lead there")


def test_whole_call_with_keys_alone(stack: Platform, password: str, page: Page) -> None:
    """From signing in to the end of the shift; no click, and no focus but where the page has put it."""
    keys = page.keyboard
    page.goto(f"{stack.url}/accounts/login/?next=/t/sunrise-solar/desk/")
    keys.type(agent(1))
    keys.press("Tab")
    keys.type(password)
    keys.press("Enter")
    page.wait_for_selector("main[data-ready]")
    desk = Desk(page)
    tab_to(page, page.get_by_role("button", name="Enquiries"))
    keys.press("Enter")
    desk.expect_state("Break")
    desk.reload("Break")
    keys.press("Space")
    desk.expect_state("Ringing")
    expect(desk.part("name")).not_to_be_empty()
    expect(desk.part("announce")).to_contain_text("Calling ")
    expect(desk.part("primary-label")).to_have_text("Ringing")
    desk.reload("Ringing")
    pick_up(page, stack, desk.person())
    desk.expect_state("On call")
    expect(desk.part("script")).to_contain_text("this is Simulated agent 1 calling for Sunrise Solar")
    tab_to(page, page.get_by_label("Yes", exact=True))
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    tab_to(page, page.get_by_label("What matters most to you?"))
    keys.type("2 bills")
    keys.press("Escape")
    keys.press("n")
    keys.type("1 roof, 9 windows")
    expect(desk.part("saved")).to_have_text("All kept")
    desk.reload("On call")
    expect(page.get_by_label("Note")).to_have_value("1 roof, 9 windows")
    expect(page.get_by_label("Renting")).to_be_checked()
    desk.shoot("on-call")
    look_into_dialogs(desk)
    keys.press("p")
    expect(page.get_by_role("dialog", name="Take a break")).to_be_visible()
    keys.press("1")
    expect(desk.part("next")).to_have_text("Break after this call")
    keys.press("h")
    desk.expect_state("Wrap-up")
    keys.press("c")
    expect(page.locator("[role=grid] button:focus")).to_have_attribute("aria-disabled", "false")
    keys.press("Enter")
    tab_to(page, page.get_by_role("button", name="Save call-back"))
    keys.press("Enter")
    expect(page.locator(".toast").last).to_contain_text("Saved: Call back")
    desk.expect_state("Break")
    expect(desk.part("detail")).to_have_text("Lunch")
    expect(page.locator("main")).to_be_focused()
    keys.press("Space")
    desk.expect_state("Ringing")
    saved = stack.ask(DISPOSITIONS)
    assert saved == [["CALLBK", "1 roof, 9 windows", {"owner": "Renting", "interest": "2 bills"}]]


def look_into_dialogs(desk: Desk) -> None:
    """Every dialog takes the focus, leaves with Escape, and the next key works where one was before."""
    for key, title in (("t", "Transfer the call"), ("e", "E-mail"), ("p", "Take a break"), ("?", "Keyboard shortcuts")):
        expect(desk.part("transfer")).to_be_enabled()
        desk.page.keyboard.press(key)
        dialog = desk.page.get_by_role("dialog", name=title)
        expect(dialog.locator(":focus")).to_have_count(1)
        desk.page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()


def test_survey_asks_one_question_after_the_other(stack: Platform, password: str, page: Page) -> None:
    desk = sit_down(page, stack, "sim-agent-1@civic-pulse.example.test", password, "Spring prospects")
    desk.press("Space")
    desk.expect_state("Preview")
    desk.reload("Preview")
    desk.press("Space")
    pick_up(page, stack, desk.person())
    desk.expect_state("On call")
    expect(desk.part("asked").locator("[data-question]:visible")).to_have_count(1)
    page.get_by_label("How old are you?").fill("30")
    page.keyboard.press("Enter")
    page.get_by_label("Female", exact=True).check()
    page.get_by_label("Not at all").check()
    page.get_by_label("Cheaper").check()
    desk.press("Enter")
    expect(page.get_by_label("When may we call again")).to_be_focused()
    desk.press("r")
    expect(page.get_by_text("It takes two minutes")).to_be_visible()
    expect(desk.part("saved")).to_have_text("All kept")
    desk.reload("On call")
    expect(page.get_by_label("How old are you?")).to_have_value("30")
    expect(page.get_by_label("Cheaper")).to_be_checked()
    expect(desk.part("asked").locator("[aria-current]")).to_contain_text("When may we call again")
    desk.shoot("survey")
    page.set_viewport_size({"width": 390, "height": 844})
    desk.shoot("survey-narrow")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_label("Very").check()
    expect(page.get_by_label("Cheaper")).to_be_hidden()
    expect(desk.part("saved")).to_have_text("All kept")
    desk.press("h")
    desk.expect_state("Wrap-up")
    asked = [["age", "number", "30"], ["sex", "single", "Female"], ["content", "single", "Very"]]
    kept = stack.ask(ANSWERS, "civic-pulse")
    assert kept == [[*row, True] for row in asked]
    desk.press("2")
    expect(page.locator(".toast").last).to_contain_text("Saved: Appointment")
    kept = stack.ask(ANSWERS, "civic-pulse")
    assert kept == [[*row, False] for row in asked]


def test_preview_call_back_and_wrap_up(stack: Platform, password: str, page: Page) -> None:
    desk = sit_down(page, stack, agent(2), password, "Spring prospects")
    desk.press("Space")
    desk.expect_state("Preview")
    expect(desk.part("countdown-label")).to_have_text("Decide within")
    first = desk.part("phone").inner_text()
    desk.press("s")
    page.keyboard.press("2")
    expect(desk.part("phone")).not_to_have_text(first)
    desk.expect_state("Preview")
    desk.reload("Preview")
    page.get_by_label("Note").fill("Ask for the wife")
    desk.press("Space")
    pick_up(page, stack, desk.person())
    desk.expect_state("On call")
    expect(page.get_by_label("Note")).to_have_value("Ask for the wife")
    desk.press("h")
    desk.expect_state("Wrap-up")
    desk.reload("Wrap-up")
    expect(page.get_by_label("Note")).to_have_value("Ask for the wife")
    desk.press("3")
    local = page.get_by_label("Day and time, on their clock")
    expect(page.locator("[role=grid] button:focus")).to_have_attribute("aria-disabled", "false")
    local.fill("2020-01-01T10:00")
    expect(desk.part("callback-error")).to_contain_text("in the past")
    page.get_by_role("button", name="In 1 hour").click()
    expect(desk.part("callback-both")).to_contain_text("with you")
    expect(desk.part("callback-error")).to_be_empty()
    desk.shoot("call-back")
    page.get_by_label("What for").fill("The wife decides")
    name = desk.part("name").inner_text()
    page.get_by_role("button", name="Save call-back").click()
    expect(desk.part("callbacks")).to_contain_text(name)
    expect(desk.part("callbacks")).to_contain_text("The wife decides")
    expect(desk.part("callback")).to_be_hidden()
    saved = stack.ask(CALLBACKS)
    assert saved == [["DUE", True, "The wife decides", "Ask for the wife", True]]


def test_keys_right_after_a_click_dial_nobody_and_reach_no_other_control(
    stack: Platform, password: str, page: Page
) -> None:
    page.add_init_script(STANDING)
    desk = sit_down(page, stack, "manager@sunrise-solar.example.test", password, "Spring prospects")
    dialled: list[str] = []
    page.on("request", lambda request: dialled.append(request.url) if request.url.endswith("/dial") else None)
    page.get_by_role("button", name="Go ready").click()
    for _ in range(20):
        page.keyboard.press("Space")
        if desk.part("state").inner_text() == "Preview":
            break
        page.wait_for_timeout(50)
    desk.expect_state("Preview")
    page.keyboard.press("Space")
    assert dialled == []
    page.get_by_role("button", name="Break").click()
    page.keyboard.press("Escape")
    page.evaluate("moment += 1000")
    page.keyboard.press("Space")
    expect(page.get_by_role("dialog", name="Take a break")).to_be_hidden()
    pick_up(page, stack, desk.person())
    desk.expect_state("On call")
    assert len(dialled) == 1


def test_state_read_before_an_action_and_answered_after_it_does_not_stay(
    stack: Platform, password: str, page: Page
) -> None:
    desk = sit_down(page, stack, agent(4), password, "Spring prospects")
    expect(desk.part("line")).to_have_attribute("data-on", "true")
    page.route("**/live/**", lambda route: route.abort())
    page.reload()
    desk.expect_state("Break")
    before = page.evaluate("fetch('state').then((answer) => answer.text())")
    held: dict[str, Route] = {}
    for path in ("ready", "state"):
        page.route(
            f"**/desk/{path}", lambda route: held.setdefault(route.request.url.rpartition("/")[2], route), times=1
        )
    page.get_by_role("button", name="Go ready").click()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    wait_until(page, lambda: len(held) == 2)
    with page.expect_response("**/desk/ready"):
        held["ready"].continue_()
    held["state"].fulfill(body=before, content_type="application/json")
    expect(desk.part("state")).to_have_text(re.compile("Ready|Preview"))
    page.unroute_all()
    page.get_by_role("button", name="End shift").click()
    desk.expect_state("No shift")


def test_what_is_typed_offline_is_kept_and_sent_later(stack: Platform, password: str, page: Page) -> None:
    desk = sit_down(page, stack, agent(3), password, "Spring prospects")
    desk.press("Space")
    desk.expect_state("Preview")
    page.context.set_offline(True)
    expect(page.locator(".live")).to_contain_text("Offline")
    page.get_by_label("Note").fill("Typed in a tunnel")
    expect(desk.part("saved")).to_have_text("Kept in this browser")
    page.context.set_offline(False)
    expect(desk.part("saved")).to_have_text("All kept")
    desk.reload("Preview")
    expect(page.get_by_label("Note")).to_have_value("Typed in a tunnel")
    desk.press("p")
    page.keyboard.press("2")
    desk.expect_state("Break")


def test_second_tab_follows_the_first(stack: Platform, password: str, page: Page) -> None:
    desk = sit_down(page, stack, agent(4), password, "Spring prospects")
    tab = page.context.new_page()
    tab.goto(page.url)
    other = Desk(tab)
    other.expect_state("Break")
    desk.press("Space")
    other.expect_state("Preview")
    desk.expect_state("Preview")
    expect(other.part("name")).to_have_text(desk.part("name").inner_text())
    other.press("p")
    tab.keyboard.press("3")
    desk.expect_state("Break")
    expect(desk.part("detail")).to_have_text("Coaching")


def test_shortcuts_are_listed_and_a_call_by_hand_is_found(stack: Platform, password: str, page: Page) -> None:
    desk = sit_down(page, stack, "agent@sunrise-solar.example.test", password, "Spring prospects")
    desk.press("?")
    help_dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(help_dialog).to_contain_text("Do not call again")
    desk.shoot("help")
    page.keyboard.press("Escape")
    desk.press("/")
    page.keyboard.type("hopper")
    page.keyboard.press("Enter")
    expect(desk.part("found").get_by_role("button").first).to_be_enabled()
    page.get_by_role("button", name="End shift").click()
    desk.expect_state("No shift")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_desk_fits_and_breaks_no_rule(
    stack: Platform, password: str, page: Page, faults: list[str], language: str
) -> None:
    person = "owner" if language == "ar" else "supervisor"
    desk = sit_down(page, stack, f"{person}@sunrise-solar.example.test", password, "Spring prospects")
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    desk.press("Space")
    expect(desk.part("person")).to_be_visible()
    # 720 is what a screen of 1440 has at 200 %.
    for width in (390, 720, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in LOOKS:
            page.emulate_media(color_scheme=scheme)
            desk.shoot(f"{width}-{scheme}-{language}")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"wider than {width}")
    assert faults == []
