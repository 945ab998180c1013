from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.leads.domain.regions import (
    CA_PROVINCES,
    US_STATES,
    country_of_state,
    read_country,
    read_postal_code,
    read_state,
)
from apps.leads.domain.values import (
    CONSENTS,
    LINE_TYPES,
    AmbiguousDateError,
    DateOrder,
    read_date,
    read_flag,
    read_instant,
    read_nothing,
    read_word,
)

DAY = date(2026, 3, 4)
UNKNOWN, MONTH_FIRST, DAY_FIRST = DateOrder.UNKNOWN, DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2026-03-04", UNKNOWN, DAY),
        ("2026/3/4", UNKNOWN, DAY),
        ("20260304", UNKNOWN, DAY),
        ("2026.03.04", UNKNOWN, DAY),
        ("03/04/2026", MONTH_FIRST, DAY),
        ("04.03.2026", DAY_FIRST, DAY),
        ("3/25/2026", UNKNOWN, date(2026, 3, 25)),
        ("25/3/2026", UNKNOWN, date(2026, 3, 25)),
        ("25/3/2026", MONTH_FIRST, date(2026, 3, 25)),
        ("3/3/2026", UNKNOWN, date(2026, 3, 3)),
        ("Mar 4, 2026", UNKNOWN, DAY),
        ("March 4th 2026", UNKNOWN, DAY),
        ("4 March 2026", UNKNOWN, DAY),
        ("04-Mar-2026", UNKNOWN, DAY),
        ("Wed, 4 Mar 2026", UNKNOWN, DAY),
        ("2026-02-30", UNKNOWN, None),
        ("13/13/2026", UNKNOWN, None),
        ("46085", UNKNOWN, None),
        ("soon", UNKNOWN, None),
        ("4 Foo 2026", UNKNOWN, None),
    ],
)
def test_date_is_read_in_its_usual_writings(text: str, order: DateOrder, expected: date | None) -> None:
    assert read_date(text, order) == expected


def test_date_that_could_be_two_days_is_refused_without_an_order() -> None:
    with pytest.raises(AmbiguousDateError):
        read_date("03/04/2026", UNKNOWN)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-04", datetime(2026, 3, 4, tzinfo=UTC)),
        ("2026-03-04T15:30:00Z", datetime(2026, 3, 4, 15, 30, tzinfo=UTC)),
        ("2026-03-04 15:30", datetime(2026, 3, 4, 15, 30, tzinfo=UTC)),
        ("2026-03-04T15:30:00.123-05:00", datetime(2026, 3, 4, 20, 30, tzinfo=UTC)),
        ("2026-03-04 15:30 +0530", datetime(2026, 3, 4, 10, tzinfo=UTC)),
        ("3/25/2026 3:05 PM", datetime(2026, 3, 25, 15, 5, tzinfo=UTC)),
        ("3/25/2026, 12:05 am", datetime(2026, 3, 25, 0, 5, tzinfo=UTC)),
        ("2026-03-04 13:05 PM", None),
        ("2026-03-04 25:00", None),
        ("2026-03-04 12:00 about", None),
        ("12:00", None),
    ],
)
def test_instant_is_read_with_its_zone(text: str, expected: datetime | None) -> None:
    assert read_instant(text, UNKNOWN) == expected


@given(day=st.dates(min_value=date(1900, 1, 1), max_value=date(2999, 12, 31)))
def test_every_day_is_read_back_in_every_unambiguous_form(day: date) -> None:
    assert read_date(day.isoformat(), UNKNOWN) == day
    assert read_date(f"{day.month}/{day.day}/{day.year}", MONTH_FIRST) == day
    assert read_date(f"{day.day} {day:%B} {day.year}", UNKNOWN) == day


@given(instant=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2099, 1, 1)), hours=st.integers(-12, 14))  # noqa: DTZ001 - the zone comes next
def test_every_instant_is_read_back(instant: datetime, hours: int) -> None:
    aware = instant.replace(microsecond=0, tzinfo=UTC)
    local = f"{aware + timedelta(hours=hours):%Y-%m-%d %H:%M:%S}{hours:+03}:00"
    assert read_instant(local, UNKNOWN) == aware


@settings(max_examples=300)
@given(text=st.text(max_size=20), order=st.sampled_from(DateOrder))
def test_no_text_breaks_the_readers(text: str, order: DateOrder) -> None:
    for read in (read_date, read_instant):
        try:
            read(text, order)
        except AmbiguousDateError:
            assert order is UNKNOWN
    read_flag(text)
    read_nothing(text)
    read_word(text, CONSENTS)
    read_state(text)
    read_country(text)
    read_postal_code(text, country="US", state="")


def test_flags_are_yes_no_or_neither() -> None:
    assert [read_flag(text) for text in ("Yes", "1", "x", "No", "0", "FALSE", "maybe", "2")] == [
        True, True, True, False, False, False, None, None,
    ]  # fmt: skip


def test_words_for_nothing() -> None:
    assert [read_nothing(text) for text in ("", "N/A", "null", "-", "NY", "0")] == [True] * 4 + [False] * 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PEWC", "express_written"),
        ("Prior Express Written Consent", "express_written"),
        ("opt-in", "express"),
        ("Opted_Out", "revoked"),
        ("none", "none"),
        ("implied", None),
    ],
)
def test_consent_words(text: str, expected: str | None) -> None:
    assert read_word(text, CONSENTS) == expected


def test_residential_is_no_proof_of_a_landline() -> None:
    assert read_word("residential", LINE_TYPES) is None
    assert read_word("Wireless", LINE_TYPES) == "mobile"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ny", "NY"),
        ("New  York", "NY"),
        ("N.Y.", None),
        ("Fla.", "FL"),
        ("Québec", "QC"),
        ("Washington, D.C.", "DC"),
        ("XX", None),
    ],
)
def test_states_by_code_name_and_abbreviation(text: str, expected: str | None) -> None:
    assert read_state(text) == expected


def test_every_state_is_read_by_its_code_and_its_name() -> None:
    for code, name in (US_STATES | CA_PROVINCES).items():
        assert read_state(code.lower()) == read_state(name) == code
        assert country_of_state(code) == ("CA" if code in CA_PROVINCES else "US")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("usa", "US"),
        ("U.S.A.", "US"),
        ("United States of America", "US"),
        ("gb", "GB"),
        ("UK", "GB"),
        ("Narnia", None),
        ("001", None),
    ],
)
def test_countries_by_code_and_name(text: str, expected: str | None) -> None:
    assert read_country(text) == expected


@pytest.mark.parametrize(
    ("text", "country", "state", "expected"),
    [
        ("10001", "US", "", "10001"),
        ("10001-1234", "US", "NY", "10001"),
        ("100011234", "US", "NY", "10001"),
        ("62701.0", "US", "IL", "62701"),
        ("2108", "US", "MA", "02108"),
        ("2108", "US", "", "02108"),
        ("2108", "US", "TX", None),
        ("901", "US", "PR", "00901"),
        ("901", "US", "", None),
        ("k1a0b1", "CA", "ON", "K1A 0B1"),
        ("K1A", "CA", "", "K1A"),
        ("K1A-0B1", "US", "", "K1A 0B1"),
        ("D1A 0B1", "CA", "", None),
        ("10001", "CA", "", None),
        ("sw1a 2aa", "GB", "", "SW1A 2AA"),
        ("1", "US", "", None),
        ("ABCDE", "US", "", None),
    ],
)
def test_postal_codes(text: str, country: str, state: str, expected: str | None) -> None:
    assert read_postal_code(text, country=country, state=state) == expected


@pytest.mark.parametrize("text", ["9999-12-31 23:59:59-05:00", "0001-01-01T00:00+02:00"])
def test_instants_in_no_year_of_ours_are_none(text: str) -> None:
    assert read_instant(text, UNKNOWN) is None
