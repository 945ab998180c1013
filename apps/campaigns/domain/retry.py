"""When a lead is called again: the campaign's retry plan per system outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

# Outcomes after which a lead is finished whatever the plan says.
FINAL_OUTCOMES = frozenset({"BAD_NUMBER", "FAX"})
# Outcomes in which nobody was rung cost no attempt; the time after which they are tried again.
FREE_OUTCOMES: Mapping[str, timedelta] = {
    "CANCELED": timedelta(minutes=5),
    "EXPIRED": timedelta(minutes=1),
    "REFUSED": timedelta(minutes=60),
}
# Ofcom's rule for a number that was abandoned, kept everywhere: 72 hours.
ABANDONED_REST = timedelta(hours=72)

DEFAULT_PLAN: Mapping[str, Mapping[str, int]] = {
    "NO_ANSWER": {"minutes": 240, "times": 4},
    "BUSY": {"minutes": 30, "times": 3},
    "MACHINE": {"minutes": 240, "times": 3},
    "HUNG_UP": {"minutes": 1440, "times": 1},
    "FAILED": {"minutes": 60, "times": 2},
    "UNKNOWN": {"minutes": 1440, "times": 1},
}


@dataclass(frozen=True, slots=True)
class Retry:
    """What comes after an attempt: another at `at`, or none; `reason` is the code that the queue row keeps."""

    at: datetime | None
    reason: str


def next_attempt(
    *,
    outcome: str,
    counts: Mapping[str, int],
    attempt_count: int,
    max_attempts: int,
    plan: Mapping[str, Mapping[str, int]],
    ended_at: datetime,
) -> Retry:
    """Plan the next attempt; `counts` and `attempt_count` include the attempt that just ended."""
    if outcome in FREE_OUTCOMES:
        return Retry(ended_at + FREE_OUTCOMES[outcome], "retry")
    if outcome in FINAL_OUTCOMES:
        return Retry(None, outcome.lower())
    if attempt_count >= max_attempts:
        return Retry(None, "attempts_used")
    if outcome == "ABANDONED":
        return Retry(ended_at + ABANDONED_REST, "abandoned_rest")
    step = plan.get(outcome)
    if step is None or counts.get(outcome, 0) > step["times"]:
        return Retry(None, "plan_finished")
    return Retry(ended_at + timedelta(minutes=step["minutes"]), "retry")
