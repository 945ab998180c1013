import itertools
from datetime import UTC, datetime, timedelta

import pytest

from apps.calls.domain.fold import End, Progress, Verdict
from apps.calls.domain.outcome import DEAD_NUMBER_CODES, is_abandoned, outcome_of
from apps.calls.enums import Outcome

AT = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("progress", "is_unattended", "outcome"),
    [
        (Progress(end_status=End.FAILED, error_code="404"), False, "BAD_NUMBER"),
        (Progress(end_status=End.FAILED, error_code="503"), False, "FAILED"),
        (Progress(end_status=End.CANCELED), False, "CANCELED"),
        (Progress(end_status=End.CANCELED, ringing_at=AT), False, "NO_ANSWER"),
        (Progress(end_status=End.NO_ANSWER, ringing_at=AT), False, "NO_ANSWER"),
        (Progress(end_status=End.BUSY), False, "BUSY"),
        (Progress(end_status=End.COMPLETED, answered_by=Verdict.FAX, connected_at=AT), False, "FAX"),
        (Progress(end_status=End.COMPLETED, answered_by=Verdict.MACHINE, connected_at=AT), True, "MACHINE"),
        (Progress(end_status=End.COMPLETED, connected_at=AT), True, "CONNECTED"),
        (Progress(end_status=End.COMPLETED, answered_by=Verdict.UNKNOWN), True, "ABANDONED"),
        (Progress(end_status=End.COMPLETED, answered_by=Verdict.HUMAN), True, "ABANDONED"),
        (Progress(end_status=End.COMPLETED), True, "ABANDONED"),
        (Progress(end_status=End.COMPLETED, answered_by=Verdict.HUMAN), False, "HUNG_UP"),
    ],
)
def test_outcome_of_an_ended_call(progress: Progress, is_unattended: bool, outcome: str) -> None:
    assert outcome_of(progress, is_unattended=is_unattended) == outcome


@pytest.mark.parametrize("code", sorted(DEAD_NUMBER_CODES))
def test_a_number_that_does_not_exist_is_bad(code: str) -> None:
    assert outcome_of(Progress(end_status=End.FAILED, error_code=code), is_unattended=False) == "BAD_NUMBER"


def test_every_end_has_an_outcome_that_the_attempt_knows() -> None:
    for end, verdict, connected_at, is_unattended in itertools.product(End, Verdict, (None, AT), (False, True)):
        progress = Progress(end_status=end, answered_by=verdict, connected_at=connected_at)

        assert outcome_of(progress, is_unattended=is_unattended) in Outcome.values


def test_no_machine_counts_as_abandoned_and_no_unattended_person_as_anything_else() -> None:
    for verdict in Verdict:
        is_machine = verdict in {Verdict.MACHINE, Verdict.FAX}
        outcome = outcome_of(Progress(end_status=End.COMPLETED, answered_by=verdict), is_unattended=True)

        assert (outcome == "ABANDONED") == (not is_machine)


@pytest.mark.parametrize(
    ("outcome", "seconds", "counts"),
    [
        ("CONNECTED", 2.0, False),
        ("CONNECTED", 2.001, True),
        ("CONNECTED", None, False),
        ("ABANDONED", None, True),
        ("MACHINE", 9.0, False),
        ("NO_ANSWER", None, False),
    ],
)
def test_an_agent_after_two_seconds_is_too_late(outcome: str, seconds: float | None, counts: bool) -> None:
    came_at = None if seconds is None else AT + timedelta(seconds=seconds)
    assert is_abandoned(Progress(answered_at=AT, connected_at=came_at), outcome=outcome) == counts
