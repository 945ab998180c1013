"""Answers as data: typed, in the words of their time, and kept from calls that end without a disposition."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError

from apps.accounts.models import User
from apps.calls.models import Answer, Attempt
from apps.calls.services.answers import keep_answers, keep_draft_answers
from apps.scripts.models import ScriptVersion
from apps.tenants.models import Tenant
from tests import factories

QUESTIONS = [
    {"key": "own", "text": "Do you own your home?", "kind": "single", "options": ["Yes", "No"]},
    {"key": "rooms", "text": "Rooms?", "kind": "number", "options": []},
    {"key": "visit", "text": "When may we come?", "kind": "appointment", "options": []},
]
VALUES = {"own": "Yes", "rooms": "4.5", "visit": "2026-07-01T09:00[America/Chicago]", "disclosure:US": "read"}


@pytest.fixture
def version(tenant: Tenant) -> ScriptVersion:
    found: ScriptVersion = factories.ScriptVersionFactory.create(
        questions=QUESTIONS, disclosures=[{"jurisdiction": "US", "text": "Recorded."}]
    )
    return found


@pytest.fixture
def user(tenant: Tenant) -> User:
    return factories.UserFactory.create()


@pytest.fixture
def attempt(version: ScriptVersion, user: User, at: datetime) -> Attempt:
    found: Attempt = factories.AttemptFactory.create(campaign__script_version=version, reserved_at=at, agent=user)
    return found


def kept() -> list[tuple[str, str, bool]]:
    rows = Answer.objects.order_by("position")
    return [(row.key, row.text, row.is_partial) for row in rows]


def test_answers_have_their_question_kind_and_value(attempt: Attempt, version: ScriptVersion, at: datetime) -> None:
    keep_answers(attempt=attempt, values=VALUES, at=at)
    own, rooms, visit, disclosure = Answer.objects.order_by("position")
    assert (own.question, own.kind, own.options, own.lead_id) == (
        "Do you own your home?",
        "single",
        ["Yes"],
        attempt.lead_id,
    )
    assert (rooms.kind, rooms.number, rooms.script_version) == ("number", Decimal("4.5"), version)
    assert visit.chosen_at == datetime(2026, 7, 1, 14, 0, tzinfo=UTC)
    assert (disclosure.kind, disclosure.question, disclosure.text) == ("disclosure", "Recorded.", "read")


def test_answers_belong_to_the_version_that_was_on_the_screen(
    attempt: Attempt, version: ScriptVersion, at: datetime
) -> None:
    attempt.script_version = version
    newer = factories.ScriptVersionFactory.create(script=version.script, number=2, questions=[])
    attempt.campaign.script_version = newer
    keep_answers(attempt=attempt, values={"own": "No"}, at=at)
    assert Answer.objects.get().question == "Do you own your home?"


def test_partial_answers_are_replaced_by_those_of_the_disposition(attempt: Attempt, user: User, at: datetime) -> None:
    keep_draft_answers(attempt_id=attempt.id, user_id=user.id, draft={"answers": {"own": "Yes"}}, at=at)
    assert kept() == [("own", "Yes", True)]
    keep_answers(attempt=attempt, values={"own": "No"}, at=at)
    assert kept() == [("own", "No", False)]


def test_draft_never_replaces_what_came_with_a_disposition(attempt: Attempt, user: User, at: datetime) -> None:
    keep_answers(attempt=attempt, values={"own": "No"}, at=at)
    Attempt.objects.filter(id=attempt.id).update(disposed_at=at)
    keep_draft_answers(attempt_id=attempt.id, user_id=user.id, draft={"answers": {"own": "Yes"}}, at=at)
    assert kept() == [("own", "No", False)]


@pytest.mark.parametrize("draft", [{}, {"answers": {}}, {"answers": "x"}, {"note": "x"}])
def test_draft_without_answers_keeps_what_there_is(
    attempt: Attempt, user: User, at: datetime, draft: dict[str, object]
) -> None:
    keep_draft_answers(attempt_id=attempt.id, user_id=user.id, draft={"answers": {"own": "Yes"}}, at=at)
    keep_draft_answers(attempt_id=attempt.id, user_id=user.id, draft=draft, at=at)
    assert kept() == [("own", "Yes", True)]


def test_draft_of_another_agent_is_not_kept(attempt: Attempt, at: datetime) -> None:
    other = factories.UserFactory.create()
    keep_draft_answers(attempt_id=attempt.id, user_id=other.id, draft={"answers": {"own": "Yes"}}, at=at)
    assert kept() == []


def test_question_is_answered_once_in_a_call(attempt: Attempt, at: datetime) -> None:
    keep_answers(attempt=attempt, values={"own": "No"}, at=at)
    twin = Answer.objects.get()
    twin.pk = None
    with pytest.raises(DatabaseError, match="calls_answer_once"):
        twin.save(force_insert=True)


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:00[America/Chicago]", "0001-01-01T00:00[Asia/Tokyo]", "2026-07-01T09:00[America]"]
)
def test_an_appointment_at_no_time_is_kept_as_words(attempt: Attempt, at: datetime, moment: str) -> None:
    keep_answers(attempt=attempt, values={"visit": moment, "own": "Y\0es"}, at=at)
    visit, own = Answer.objects.order_by("position")
    assert (visit.text, visit.chosen_at, own.text) == (moment, None, "Yes")
