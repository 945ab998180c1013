"""The merge of carrier events: any order, any repetition, and the same in Python as in SQL."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.calls.domain.fold import (
    MERGE,
    End,
    EventName,
    Progress,
    Reached,
    Verdict,
    merge,
    progress_of,
    read_event,
    verdict_of,
)
from apps.calls.enums import AttemptState
from apps.calls.models import Attempt
from apps.calls.services.events import CarrierEvent, merge_progress, record_event
from apps.tenants.models import Tenant
from tests import factories

START = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)
INSTANTS = st.none() | st.integers(0, 120).map(lambda seconds: START + timedelta(seconds=seconds))
PROGRESS = st.builds(
    Progress,
    state=st.sampled_from([int(item) for item in Reached]),
    ringing_at=INSTANTS,
    answered_at=INSTANTS,
    connected_at=INSTANTS,
    ended_at=INSTANTS,
    answered_by=st.sampled_from([int(item) for item in Verdict]),
    end_status=st.sampled_from([int(item) for item in End]),
    talk_seconds=st.integers(0, 10_000),
    error_code=st.sampled_from(["", "404", "486", "31005", "9"]),
)
WORDS = st.sampled_from(
    ["queued", "initiated", "ringing", "in-progress", "completed", "canceled", "no-answer", "busy", "failed", "", "new"]
)
PAYLOADS = st.dictionaries(
    st.sampled_from(["Timestamp", "CallDuration", "AnsweredBy", "ErrorCode", "SipResponseCode"]), st.text(max_size=40)
)


def fold(items: Sequence[Progress]) -> Progress:
    return reduce(merge, items, Progress())


@given(PROGRESS, PROGRESS)
def test_merge_is_commutative(one: Progress, other: Progress) -> None:
    assert merge(one, other) == merge(other, one)


@given(PROGRESS, PROGRESS, PROGRESS)
def test_merge_is_associative(one: Progress, two: Progress, three: Progress) -> None:
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@given(PROGRESS, PROGRESS)
def test_merge_is_idempotent_and_nothing_is_neutral(one: Progress, other: Progress) -> None:
    merged = merge(one, other)

    assert merge(merged, other) == merged
    assert merge(merged, merged) == merged
    assert merge(one, Progress()) == one


@given(st.lists(PROGRESS, max_size=6), st.randoms(use_true_random=False))
def test_fold_does_not_depend_on_order_or_repetition(items: list[Progress], random: Random) -> None:
    shuffled = items + random.choices(items, k=3) if items else []
    random.shuffle(shuffled)

    assert fold(shuffled) == fold(items)


@pytest.mark.parametrize(
    ("status", "state", "end"),
    [
        ("queued", Reached.PLACED, End.NONE),
        ("initiated", Reached.PLACED, End.NONE),
        ("ringing", Reached.RINGING, End.NONE),
        ("in-progress", Reached.ANSWERED, End.NONE),
        ("completed", Reached.ENDED, End.COMPLETED),
        ("canceled", Reached.ENDED, End.CANCELED),
        ("no-answer", Reached.ENDED, End.NO_ANSWER),
        ("busy", Reached.ENDED, End.BUSY),
        ("failed", Reached.ENDED, End.FAILED),
        ("a status of next year", Reached.NOTHING, End.NONE),
    ],
)
def test_each_status_sets_its_own_instant(status: str, state: Reached, end: End) -> None:
    assert progress_of(status=status, at=START) == Progress(
        state=state,
        end_status=end,
        ringing_at=START if state == Reached.RINGING else None,
        answered_at=START if state == Reached.ANSWERED else None,
        ended_at=START if state == Reached.ENDED else None,
    )


@pytest.mark.parametrize(
    ("answered_by", "verdict"),
    [
        ("", Verdict.NONE),
        ("human", Verdict.HUMAN),
        ("unknown", Verdict.UNKNOWN),
        ("fax", Verdict.FAX),
        ("machine", Verdict.MACHINE),
        ("machine_start", Verdict.MACHINE),
        ("machine_end_beep", Verdict.MACHINE),
        ("machine_end_silence", Verdict.MACHINE),
        ("machine_end_other", Verdict.MACHINE),
        ("a word of next year", Verdict.UNKNOWN),
    ],
)
def test_verdict_of_each_word(answered_by: str, verdict: Verdict) -> None:
    assert verdict_of(answered_by) == verdict


def test_completed_callback_is_read_with_its_own_instant() -> None:
    payload = {"CallStatus": "completed", "CallDuration": "75", "Timestamp": "Tue, 16 Jun 2026 17:01:15 +0000"}

    assert read_event(EventName.STATUS, payload, START) == Progress(
        state=Reached.ENDED,
        end_status=End.COMPLETED,
        ended_at=START + timedelta(seconds=75),
        talk_seconds=75,
    )


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"CallStatus": "failed", "SipResponseCode": "404"}, "404"),
        ({"CallStatus": "failed", "ErrorCode": "13224", "SipResponseCode": "404"}, "13224"),
        ({"CallStatus": "no-answer", "SipResponseCode": "487"}, ""),
    ],
)
def test_only_a_failed_call_has_an_error_code(payload: dict[str, str], code: str) -> None:
    assert read_event(EventName.STATUS, payload, START).error_code == code


def test_answer_and_join_count_from_their_arrival_when_they_carry_no_instant() -> None:
    assert read_event(EventName.ANSWER, {}, START) == Progress(state=Reached.ANSWERED, answered_at=START)
    assert read_event(EventName.CONNECTED, {}, START) == Progress(state=Reached.CONNECTED, connected_at=START)


def test_verdict_callback_moves_no_state() -> None:
    payload = {"AnsweredBy": "human", "CallStatus": "completed"}

    assert read_event(EventName.AMD, payload, START) == Progress(answered_by=Verdict.HUMAN)


@given(st.sampled_from(list(EventName)), WORDS, PAYLOADS)
def test_fields_that_make_no_sense_are_read_as_nothing(name: EventName, status: str, fields: dict[str, str]) -> None:
    progress = read_event(name, {**fields, "CallStatus": status}, START)

    assert 0 <= progress.talk_seconds < 10**9
    assert progress.error_code == "" or progress.error_code.isdecimal()


@pytest.mark.parametrize("seconds", ["9" * 5000, "-1", "1.5", "٣", "", "abc"])
def test_a_duration_that_is_none_counts_as_zero(seconds: str) -> None:
    assert read_event(EventName.STATUS, {"CallStatus": "completed", "CallDuration": seconds}, START).talk_seconds == 0


def test_states_of_the_fold_are_those_of_the_attempt() -> None:
    assert {item.name: item.value for item in Reached if item} == {
        item.name: item.value for item in AttemptState if item >= AttemptState.PLACED
    }


def stored(attempt: Attempt) -> Progress:
    row = Attempt.objects.filter(id=attempt.id).values(*MERGE).get()
    return Progress(**row)


def test_sql_merges_as_python_does(tenant: Tenant, at: datetime) -> None:
    attempt = factories.AttemptFactory.create(reserved_at=at)
    random = Random(7)
    for _ in range(150):
        one, other = (PROGRESS_SAMPLES[random.randrange(len(PROGRESS_SAMPLES))] for _ in range(2))
        Attempt.objects.filter(id=attempt.id).update(**{name: getattr(one, name) for name in MERGE})

        merge_progress(attempt_id=attempt.id, progress=other)

        assert stored(attempt) == merge(one, other)


def _samples() -> list[Progress]:
    random = Random(1)

    def instant() -> datetime | None:
        return random.choice([None, START + timedelta(seconds=random.randrange(60))])

    return [
        Progress(
            state=random.choice(list(Reached)),
            ringing_at=instant(),
            answered_at=instant(),
            connected_at=instant(),
            ended_at=instant(),
            answered_by=random.choice(list(Verdict)),
            end_status=random.choice(list(End)),
            talk_seconds=random.randrange(100),
            error_code=random.choice(["", "9", "404", "31005"]),
        )
        for _ in range(60)
    ]


PROGRESS_SAMPLES = _samples()


def event(key: str, progress: Progress, sid: str | None = "CA" + "1" * 32) -> CarrierEvent:
    return CarrierEvent(key=key, name="status", sid=sid, payload={}, progress=progress)


def test_a_repeated_event_is_stored_once_and_changes_nothing(tenant: Tenant, at: datetime) -> None:
    attempt = factories.AttemptFactory.create(reserved_at=at, state=AttemptState.PLACED, outcome="")

    first = record_event(attempt_id=attempt.id, event=event("k", Progress(state=Reached.RINGING)), at=at)
    again = record_event(attempt_id=attempt.id, event=event("k", Progress(state=Reached.ENDED)), at=at)

    assert (first and first.state, again) == (Reached.RINGING, None)
    assert (stored(attempt).state, attempt.events.count()) == (Reached.RINGING, 1)


def test_an_event_of_another_call_is_not_taken(tenant: Tenant, at: datetime) -> None:
    attempt = factories.AttemptFactory.create(
        reserved_at=at, state=AttemptState.PLACED, outcome="", sid="CA" + "2" * 32
    )

    recorded = record_event(attempt_id=attempt.id, event=event("k", Progress(state=Reached.ENDED)), at=at)

    assert (recorded, stored(attempt).state, attempt.events.count()) == (None, Reached.PLACED, 0)


def test_an_event_binds_an_attempt_whose_request_was_lost(tenant: Tenant, at: datetime) -> None:
    attempt = factories.AttemptFactory.create(reserved_at=at, state=AttemptState.UNKNOWN, outcome="")

    record_event(attempt_id=attempt.id, event=event("k", Progress(state=Reached.RINGING, ringing_at=at)), at=at)

    attempt.refresh_from_db()
    assert (attempt.sid, attempt.state, attempt.ringing_at) == ("CA" + "1" * 32, AttemptState.RINGING, at)
