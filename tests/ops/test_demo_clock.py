from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.demo_clock import choose_clock, is_office_time, next_office_time, note_reached, read_reached
from ops.simulated_clock import SimulatedClock

NEW_YORK = ZoneInfo("America/New_York")
INSTANTS = st.datetimes(
    min_value=datetime(2025, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds, the zone follows
    max_value=datetime(2029, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def new_york(text: str) -> datetime:
    """The instant at which clocks in New York show `text`."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-06-16T10:00", "2026-06-16T10:00"),
        ("2026-06-16T16:59", "2026-06-16T16:59"),
        ("2026-06-16T09:59", "2026-06-16T10:30"),
        ("2026-06-16T17:00", "2026-06-17T10:30"),
        ("2026-06-19T09:00", "2026-06-22T10:30"),  # Juneteenth, a Friday
        ("2026-06-20T12:00", "2026-06-22T10:30"),  # Saturday
        ("2026-11-25T23:00", "2026-11-27T10:30"),  # the evening before Thanksgiving
        ("2026-03-06T20:00", "2026-03-09T10:30"),  # clocks go forward on the Sunday
        ("2026-12-31T20:00", "2027-01-04T10:30"),  # New Year's Day, then a weekend
    ],
)
def test_next_office_time_is_now_or_the_next_working_morning(now: str, expected: str) -> None:
    assert next_office_time(new_york(now)) == new_york(expected)


@given(instant=INSTANTS)
def test_next_office_time_is_office_time_and_never_earlier(instant: datetime) -> None:
    chosen = next_office_time(instant)

    assert is_office_time(chosen)
    assert instant <= chosen <= instant + timedelta(days=6)


def test_choose_clock_leaves_the_real_time_alone_in_office_hours() -> None:
    real = new_york("2026-06-16T13:00").timestamp()

    assert choose_clock(real=real, reached=None, speed=1.0) is None


def test_choose_clock_shows_the_next_morning_at_night() -> None:
    real = new_york("2026-06-16T23:00").timestamp()

    clock = choose_clock(real=real, reached=None, speed=1.0)

    assert clock is not None
    assert clock.at(real) == new_york("2026-06-17T10:30")
    assert clock.at(real + 60) == new_york("2026-06-17T10:31")


def test_choose_clock_is_simulated_whenever_it_is_fast() -> None:
    real = new_york("2026-06-16T13:00").timestamp()

    clock = choose_clock(real=real, reached=None, speed=60.0)

    assert clock is not None
    assert clock.at(real + 60) == new_york("2026-06-16T14:00")


@given(real=INSTANTS, ahead=st.integers(min_value=-(10**7), max_value=10**7), speed=st.sampled_from([0.5, 1.0, 60.0]))
def test_choose_clock_never_goes_back_behind_what_was_shown(real: datetime, ahead: int, speed: float) -> None:
    reached = real + timedelta(seconds=ahead)

    clock = choose_clock(real=real.timestamp(), reached=reached, speed=speed)

    shown = clock.at(real.timestamp()) if clock else real
    assert shown >= reached
    assert is_office_time(shown)


def test_reached_allows_for_the_time_since_the_last_note(tmp_path: Path) -> None:
    note = tmp_path / "clock.json"
    start = new_york("2026-06-17T10:30")
    clock = SimulatedClock(start=start, origin=0.0, speed=60.0)
    note_reached(note, clock, real=100.0)

    reached = read_reached(note)

    assert reached == start + timedelta(seconds=(100 + 30) * 60)


def test_reached_is_unknown_at_first(tmp_path: Path) -> None:
    assert read_reached(tmp_path / "clock.json") is None


def test_simulated_clock_hands_its_values_on_exactly() -> None:
    clock = SimulatedClock(start=new_york("2026-06-17T10:30"), origin=1781000000.123456, speed=60.0)

    values = clock.environment()

    again = SimulatedClock(
        start=datetime.fromisoformat(values["CLOCK_START"]),
        origin=float(values["CLOCK_ORIGIN"]),
        speed=float(values["CLOCK_SPEED"]),
    )
    assert again == clock
