from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.exceptions import ConnectionError as ValkeyDownError

from apps.api.services import limits
from apps.api.services.limits import BURST_SECONDS, Allowance, take_request
from tests.api.conftest import make_source


def test_burst_is_ten_seconds_worth(at: datetime) -> None:
    answers = [take_request(key_id=1, per_minute=60, at=at) for _ in range(12)]

    assert [answer.is_allowed for answer in answers] == [True] * 10 + [False] * 2
    assert [answer.remaining for answer in answers[:10]] == list(range(9, -1, -1))
    assert answers[10].retry_after == 1


def test_what_was_used_comes_back_evenly(at: datetime) -> None:
    for _ in range(10):
        take_request(key_id=1, per_minute=60, at=at)

    later = [take_request(key_id=1, per_minute=60, at=at + timedelta(seconds=3)).is_allowed for _ in range(5)]

    assert later == [True, True, True, False, False]


def test_refused_request_costs_nothing(at: datetime) -> None:
    for _ in range(50):
        take_request(key_id=1, per_minute=60, at=at)

    assert take_request(key_id=1, per_minute=60, at=at + timedelta(seconds=1)).is_allowed


def test_slow_key_may_send_one_at_a_time(at: datetime) -> None:
    answers = [take_request(key_id=1, per_minute=1, at=at + timedelta(seconds=s)) for s in (0, 30, 60)]

    assert [(answer.is_allowed, answer.retry_after) for answer in answers] == [(True, 0), (False, 30), (True, 0)]


def test_keys_do_not_share_a_limit(at: datetime) -> None:
    take_request(key_id=1, per_minute=1, at=at)

    assert take_request(key_id=2, per_minute=1, at=at).is_allowed


def test_clock_set_back_does_not_lock_a_key_out(at: datetime) -> None:
    for _ in range(10):
        take_request(key_id=1, per_minute=60, at=at)

    assert take_request(key_id=1, per_minute=60, at=at - timedelta(days=30)).is_allowed


@settings(max_examples=30)
@given(
    per_minute=st.integers(1, 6_000), gaps=st.lists(st.floats(0, 5), min_size=1, max_size=60), key_id=st.integers(100)
)
def test_no_minute_sees_more_than_the_limit_and_one_burst(
    at: datetime, per_minute: int, gaps: list[float], key_id: int
) -> None:
    limits.client().delete(f"api:rate:{key_id}")
    taken, now = [], at
    for gap in gaps:
        now += timedelta(seconds=gap)
        if take_request(key_id=key_id, per_minute=per_minute, at=now).is_allowed:
            taken.append(now)

    burst = max(1, int(per_minute * BURST_SECONDS / 60))
    most = max(sum(start <= each < start + timedelta(seconds=60) for each in taken) for start in taken)
    assert most <= per_minute + burst


def test_without_valkey_requests_are_taken_uncounted(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(**_: object) -> None:
        raise ValkeyDownError

    monkeypatch.setattr(limits, "_script", lambda: down)

    assert take_request(key_id=1, per_minute=1, at=at) == Allowance(
        is_allowed=True, limit=1, remaining=1, retry_after=0
    )


def test_request_over_the_limit_is_told_when_to_try_again(tenant: object, at: datetime) -> None:
    source = make_source(at, per_minute=1)

    first, second = source.get(), source.get()

    assert (first.status_code, first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == (
        200,
        "1",
        "0",
    )
    assert (second.status_code, second.headers["Retry-After"], second.json()["error"]["code"]) == (
        429,
        "60",
        "rate_limited",
    )
