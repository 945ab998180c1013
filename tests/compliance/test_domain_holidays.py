"""The closed days of 2026, state by state, and recipes in other years."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.compliance.domain.holidays import closed_days, days_in_year, easter
from apps.compliance.domain.rulebook import HolidayRule
from tests.compliance.gate_calls import BOOK

EVERYWHERE = "01-01 01-19 05-25 07-03 07-04 09-07 11-26 12-25"
MOST = "02-16 06-19 11-11"
DAYS_2026 = {
    "US-AL": f"{EVERYWHERE} {MOST} 10-12 04-27 06-01 02-17 12-01",
    "US-LA": f"{EVERYWHERE} {MOST} 02-17 04-03 11-01 11-03",
    "US-PA": f"{EVERYWHERE} {MOST} 10-12 06-14 11-03 11-27",
    "US-RI": f"{EVERYWHERE} {MOST} 10-12 08-10 11-03",
    "US-UT": f"{EVERYWHERE} {MOST} 10-12 07-24 06-15",
    "US-NE": f"{EVERYWHERE} {MOST} 10-12 04-24 11-27",
    "AU": "01-01 01-26 04-03 04-06 04-25 04-24 12-25 12-26 12-25",
}


def rule(day: str, *, is_observed: bool = False, years: str = "all", last: date | None = None) -> HolidayRule:
    return HolidayRule("x", frozenset({"X"}), day, is_observed, years, date(2020, 1, 1), last)


@pytest.mark.parametrize("calendar", sorted(DAYS_2026))
def test_closed_days_of_2026(calendar: str) -> None:
    assert {f"{day:%m-%d}" for day in closed_days(BOOK, calendar, 2026)} == set(DAYS_2026[calendar].split())


def test_the_unknown_state_is_closed_whenever_a_ban_state_is() -> None:
    bans = ("US-AL", "US-LA", "US-PA", "US-RI", "US-UT")
    assert closed_days(BOOK, "US-UNKNOWN", 2026) == frozenset().union(*(closed_days(BOOK, c, 2026) for c in bans))


def test_a_saturday_new_year_is_observed_in_the_year_before() -> None:
    assert date(2027, 12, 31) in closed_days(BOOK, "US-UT", 2027)
    assert date(2027, 12, 24) in closed_days(BOOK, "US-UT", 2027)


@pytest.mark.parametrize(
    ("recipe", "year", "days"),
    [
        (rule("fixed 12-25"), 2026, [date(2026, 12, 25)]),
        (rule("fixed 07-04", is_observed=True), 2026, [date(2026, 7, 4), date(2026, 7, 3)]),
        (rule("fixed 07-04", is_observed=True), 2027, [date(2027, 7, 4), date(2027, 7, 5)]),
        (rule("fixed 07-04", is_observed=True), 2025, [date(2025, 7, 4)]),
        (rule("fixed 07-04"), 2026, [date(2026, 7, 4)]),
        (rule("date 2026-06-15"), 2026, [date(2026, 6, 15)]),
        (rule("date 2026-06-15"), 2027, []),
        (rule("nth 11 4 thu"), 2026, [date(2026, 11, 26)]),
        (rule("nth 11 4 thu +1"), 2026, [date(2026, 11, 27)]),
        (rule("nth 11 1 mon +1", years="even"), 2026, [date(2026, 11, 3)]),
        (rule("nth 11 1 mon +1", years="even"), 2027, []),
        (rule("last 05 mon"), 2026, [date(2026, 5, 25)]),
        (rule("last 12 mon"), 2026, [date(2026, 12, 28)]),
        (rule("easter -47"), 2027, [date(2027, 2, 9)]),
        (rule("fixed 12-25", last=date(2025, 1, 1)), 2026, []),
        (rule("fixed 12-25"), 2019, []),
    ],
)
def test_recipes(recipe: HolidayRule, year: int, days: list[date]) -> None:
    assert list(days_in_year(recipe, year)) == days


def test_an_unknown_recipe_is_refused() -> None:
    with pytest.raises(ValueError, match="lunar"):
        days_in_year(rule("lunar 1"), 2026)


@pytest.mark.parametrize(
    ("year", "day"),
    [(2024, date(2024, 3, 31)), (2026, date(2026, 4, 5)), (2038, date(2038, 4, 25)), (2285, date(2285, 3, 22))],
)
def test_easter(year: int, day: date) -> None:
    assert easter(year) == day


@given(st.integers(1900, 2200))
def test_easter_is_a_sunday_of_march_or_april(year: int) -> None:
    assert easter(year).weekday() == 6
    assert date(year, 3, 22) <= easter(year) <= date(year, 4, 25)


@given(st.integers(1990, 2090), st.sampled_from(["mon", "thu", "sun"]), st.integers(1, 12))
def test_the_last_weekday_of_a_month_is_its_fourth_or_a_week_later(year: int, weekday: str, month: int) -> None:
    fourth = days_in_year(HolidayRule("", frozenset(), f"nth {month} 4 {weekday}", False, "all", date.min, None), year)[
        0
    ]
    last = days_in_year(HolidayRule("", frozenset(), f"last {month} {weekday}", False, "all", date.min, None), year)[0]
    assert last - fourth in {timedelta(0), timedelta(days=7)}
    assert last.month == month
