"""Recording at the desk: what it says and lets one do, and that card numbers are never kept."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from apps.agents.models import AgentSession
from apps.calls.enums import AttemptState
from apps.calls.models import Answer, Attempt, Taping
from apps.calls.services.recordings import begin_taping
from apps.campaigns.models import Campaign
from apps.tenants.models import Tenant
from tests import factories
from tests.dialling import Jobs
from tests.softphone.conftest import Post

State = Callable[[], dict[str, Any]]
CARD = {"key": "card", "text": "Card number?", "kind": "text", "options": [], "is_sensitive": True}


@pytest.fixture
def recorded(campaign: Campaign, on_call: Attempt, jobs: Jobs, at: datetime) -> Attempt:
    """A talk in a campaign that records all calls."""
    Campaign.objects.update(recording="ALL")
    begin_taping(attempt_id=on_call.id, at=at)
    return on_call


@pytest.fixture
def asked_first(campaign: Campaign, on_call: Attempt, jobs: Jobs, at: datetime) -> Attempt:
    """A talk with somebody who may be in California."""
    Campaign.objects.update(recording="ALL")
    on_call.lead.place = factories.PlaceFactory.create(jurisdictions=["US", "US-NY", "US-CA"])
    on_call.lead.save()
    begin_taping(attempt_id=on_call.id, at=at)
    return on_call


def steps(jobs: Jobs) -> int:
    return len(jobs.named("calls.steer_taping"))


def test_desk_of_a_campaign_that_records_nothing_says_nothing(state: State, on_call: Attempt, post: Post) -> None:
    assert state()["recording"] is None
    assert post("recording", step="start").status_code == 409
    assert post("recording", step="field_entered").status_code == 200


def test_desk_says_that_it_is_recorded_and_the_agent_pauses_and_goes_on(
    state: State, recorded: Attempt, post: Post, jobs: Jobs
) -> None:
    assert (state()["recording"]["state"], state()["recording"]["text"]) == ("STARTING", "Recording is being started…")
    Taping.objects.update(state="ON", sid="RE1")
    assert state()["recording"]["text"] == "Recording. One party's agreement is enough where the person is."

    answer = post("recording", step="pause", attempt=str(recorded.id)).json()["recording"]
    assert (answer["state"], answer["text"], answer["is_rolling"]) == ("ON", "Pausing…", True)
    Taping.objects.update(state="PAUSED")
    assert (state()["recording"]["text"], state()["recording"]["is_rolling"]) == ("Recording is paused.", False)
    answer = post("recording", step="resume").json()["recording"]
    assert (answer["text"], answer["is_rolling"]) == ("Going on with the recording…", True)
    assert steps(jobs) == 3


def test_desk_shows_what_to_say_first_and_for_which_law(
    state: State, asked_first: Attempt, post: Post, jobs: Jobs, at: datetime
) -> None:
    shown = state()["recording"]
    assert (shown["state"], shown["sources"], steps(jobs)) == ("CONSENT", ["Cal. Penal Code 632, 632.7"], 0)
    assert "record this call, so that Acme Windows has" in shown["sentence"]

    answer = post("recording", step="agreed").json()["recording"]
    assert (answer["state"], answer["sentence"], steps(jobs)) == ("STARTING", "", 1)
    kept = Taping.objects.get()
    assert (kept.agreed_at is not None, kept.sentence) == (True, shown["sentence"])
    assert post("recording", step="declined").status_code == 409


def test_desk_says_that_somebody_did_not_agree(asked_first: Attempt, post: Post, jobs: Jobs) -> None:
    answer = post("recording", step="declined").json()["recording"]
    assert (answer["state"], answer["text"], steps(jobs)) == ("OFF", "Not recorded: the person did not agree.", 0)


def test_agent_wishes_a_recording(campaign: Campaign, on_call: Attempt, post: Post, state: State, jobs: Jobs) -> None:
    Campaign.objects.update(recording="ON_WISH")
    assert state()["recording"]["text"] == "This call is not recorded."
    assert post("recording", step="start").json()["recording"]["state"] == "STARTING"
    assert steps(jobs) == 1


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"state": "FAILED", "problem": "Too many."}, "Not recorded: Too many."),
        ({"state": "STARTING", "is_field_open": True}, "Recording begins when you have left the field."),
        ({"state": "PAUSED", "is_field_open": True}, "Recording is paused for this field."),
        ({"state": "PAUSED", "problem": "x"}, "Still paused: the carrier did not go on."),
        (
            {"state": "ON", "is_field_open": True, "problem": "x"},
            "Still recording: the carrier did not pause. Take no card number now.",
        ),
    ],
)
def test_desk_says_how_it_stands(recorded: Attempt, state: State, values: dict[str, Any], text: str) -> None:
    Taping.objects.update(**values)
    assert state()["recording"]["text"] == text


@pytest.mark.parametrize(("sid", "text"), [("RE1", "This call was recorded."), ("", "This call was not recorded.")])
def test_desk_says_after_the_call_whether_it_was_recorded(recorded: Attempt, state: State, sid: str, text: str) -> None:
    Taping.objects.update(sid=sid, state="ON")
    Attempt.objects.update(state=AttemptState.ENDED)
    assert (state()["recording"]["state"], state()["recording"]["text"]) == ("OVER", text)
    assert state()["recording"]["is_rolling"] is False


def test_card_field_is_told_once(recorded: Attempt, post: Post, jobs: Jobs) -> None:
    for step in ("field_entered", "field_entered", "field_left"):
        assert post("recording", step=step).json()["recording"]["is_field_open"] is (step == "field_entered")
    assert steps(jobs) == 3


@pytest.mark.parametrize(
    ("body", "status"), [({"step": "x"}, 422), ({}, 422), ({"step": "pause", "attempt": "x"}, 422)]
)
def test_nonsense_is_refused(recorded: Attempt, post: Post, body: dict[str, Any], status: int) -> None:
    assert post("recording", **body).status_code == status


def test_late_click_does_not_touch_the_next_call(recorded: Attempt, post: Post) -> None:
    answer = post("recording", step="pause", attempt="00000000-0000-4000-8000-000000000000")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_call")


def test_card_numbers_are_neither_in_drafts_nor_in_answers(
    tenant: Tenant, session: AgentSession, wrap_up: Attempt, post: Post
) -> None:
    version = factories.ScriptVersionFactory.create(questions=[CARD])
    Attempt.objects.update(script_version=version)
    given = {"answers": {"card": "4242 4242 4242 4242", "note": "x"}, "aside": {"card": "123"}}
    assert post("draft", attempt=str(wrap_up.id), **given).status_code == 200
    session.refresh_from_db()
    assert session.draft["answers"] == {"card": "•••• 4242", "note": "x"}
    assert session.draft["aside"] == {"card": "••••"}

    post("dispose", attempt=str(wrap_up.id), disposition="SALE", answers={"card": "4242424242424242"})
    assert list(Answer.objects.values_list("key", "text", "options")) == [("card", "•••• 4242", [])]
