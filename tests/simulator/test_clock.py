import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from simulator.clock import Clock, Timeline, rfc2822

START = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


def test_clock_runs_at_its_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1010.0)

    assert Clock(START, 1000.0, 60.0).now() == START + timedelta(minutes=10)


def test_clock_waits_real_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1000.0)
    clock = Clock(START, 1000.0, 60.0)

    assert clock.real_seconds_until(START + timedelta(minutes=1)) == 1.0
    assert clock.real_seconds_until(START - timedelta(minutes=1)) == 0.0


def test_timeline_adds_network_time_as_it_is() -> None:
    timeline = Timeline(Clock(START, 0.0, 60.0), START)

    timeline.spend(0.05)

    assert timeline.at == START + timedelta(milliseconds=50)


def test_timeline_never_goes_back() -> None:
    timeline = Timeline(Clock(START, 0.0, 60.0), START)

    timeline.catch_up(START - timedelta(seconds=1))

    assert timeline.at == START


def test_timeline_stands_exactly_where_it_waited_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1000.0)
    timeline = Timeline(Clock(START, 1000.0, 1e6), START)

    asyncio.run(timeline.wait(20))

    assert timeline.at == START + timedelta(seconds=20)


def test_dates_are_twilios() -> None:
    assert rfc2822(START + timedelta(milliseconds=600)) == "Tue, 10 Mar 2026 13:00:00 +0000"
