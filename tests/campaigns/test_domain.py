"""The retry plan and the life of a campaign."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.calls.enums import Outcome
from apps.campaigns.domain.life import ALLOWED, may_become
from apps.campaigns.domain.retry import (
    ABANDONED_REST,
    DEFAULT_PLAN,
    FINAL_OUTCOMES,
    FREE_OUTCOMES,
    Retry,
    next_attempt,
)
from apps.campaigns.models import Campaign

AT = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)
PLAN = {"NO_ANSWER": {"minutes": 120, "times": 2}}


def after(outcome: str, *, count: int = 1, attempts: int = 1, most: int = 6) -> Retry:
    return next_attempt(
        outcome=outcome,
        counts={outcome: count},
        attempt_count=attempts,
        max_attempts=most,
        plan=PLAN,
        ended_at=AT,
    )


@pytest.mark.parametrize(
    ("retry", "expected"),
    [
        (after("NO_ANSWER"), Retry(AT + timedelta(minutes=120), "retry")),
        (after("NO_ANSWER", count=2), Retry(AT + timedelta(minutes=120), "retry")),
        (after("NO_ANSWER", count=3), Retry(None, "plan_finished")),
        (after("BUSY"), Retry(None, "plan_finished")),
        (after("NO_ANSWER", attempts=6), Retry(None, "attempts_used")),
        (after("ABANDONED"), Retry(AT + ABANDONED_REST, "abandoned_rest")),
        (after("ABANDONED", attempts=6), Retry(None, "attempts_used")),
        (after("BAD_NUMBER"), Retry(None, "bad_number")),
        (after("FAX"), Retry(None, "fax")),
        (after("EXPIRED", attempts=6), Retry(AT + timedelta(minutes=1), "retry")),
    ],
)
def test_next_attempt(retry: Retry, expected: Retry) -> None:
    assert retry == expected


@given(st.sampled_from(Outcome.values), st.integers(1, 9), st.integers(0, 9), st.integers(1, 9))
def test_a_lead_is_never_called_beyond_its_attempts_nor_at_once(
    outcome: str, count: int, attempts: int, most: int
) -> None:
    retry = after(outcome, count=count, attempts=attempts, most=most)

    if retry.at is None:
        assert retry.reason != "retry"
    else:
        assert retry.at > AT
        assert outcome in FREE_OUTCOMES or attempts < most


def test_plans_speak_of_outcomes_that_exist() -> None:
    assert set(DEFAULT_PLAN) | FINAL_OUTCOMES | set(FREE_OUTCOMES) <= set(Outcome.values)


@pytest.mark.parametrize("state", Campaign.State.values)
def test_life_knows_every_state_and_none_follows_itself(state: str) -> None:
    assert ALLOWED[state] <= set(Campaign.State.values)
    assert not may_become(state, state)


def test_nothing_comes_after_the_archive_and_everything_can_get_there() -> None:
    assert ALLOWED["ARCHIVED"] == frozenset()
    assert {state for state in ALLOWED if may_become(state, "ARCHIVED")} == set(ALLOWED) - {"ARCHIVED", "RUNNING"}
    assert may_become("RUNNING", "PAUSED")
