"""Calling hours of every state group, on the local clock of the person called."""

import pytest

from apps.compliance.domain.codes import Consent, DialMode, LineType, Purpose, Subject
from tests.compliance.gate_calls import BOOK, call, local, reasons, reasons_at

WRITTEN = Consent.EXPRESS_WRITTEN
# A Tuesday in November 2026 that is a holiday nowhere, the Saturday and Sunday before it, and Thanksgiving.
TUESDAY, SATURDAY, SUNDAY, THANKSGIVING = "2026-11-24", "2026-11-21", "2026-11-22", "2026-11-26"
STATES = sorted(code for code in BOOK.geography.state_zones if code.startswith("US-"))
CLOSES_AT_20 = {"AL", "CT", "FL", "LA", "MD", "MA", "MS", "NV", "OK", "OR", "WA", "WY"}
OPENS_AT_9 = {"CT", "MI", "MN", "NM", "NV", "PA", "RI", "SD", "TX"}
NO_SUNDAY = {"AL", "LA", "MS", "PA", "RI", "SD", "UT"}
NO_HOLIDAY = {"AL", "LA", "PA", "RI", "UT"}


def open_hours(state: str, day: str, zip_code: str = "") -> tuple[str, str] | None:
    """First and last full hour of a day at which a sales call is allowed; consent, so that only hours can deny it."""
    facts = call(state, consent=WRITTEN, zip_code=zip_code)
    hours = [f"{hour:02}:00" for hour in range(24) if not reasons_at(f"{day} {hour:02}:00", facts)]
    return (hours[0], hours[-1]) if hours else None


def expected_hours(state: str) -> tuple[str, str]:
    """Of a weekday, from the groups; the last open full hour is the one before closing."""
    code = state.removeprefix("US-")
    opens = "10:00" if code == "KY" else "09:00" if code in OPENS_AT_9 else "08:00"
    closes = {"RI": "17:00", "PA": "18:00"}.get(code, "19:00" if code in CLOSES_AT_20 else "20:00")
    return opens, closes


@pytest.mark.parametrize("state", [state for state in STATES if len(BOOK.geography.state_zones[state]) == 1])
def test_weekday_hours_are_those_of_the_states_group(state: str) -> None:
    assert open_hours(state, TUESDAY) == expected_hours(state)


@pytest.mark.parametrize("state", STATES)
def test_sundays_are_closed_in_the_ban_states_only(state: str) -> None:
    assert (open_hours(state, SUNDAY) is None) == (state.removeprefix("US-") in NO_SUNDAY)


@pytest.mark.parametrize("state", STATES)
def test_thanksgiving_is_closed_in_the_holiday_states_only(state: str) -> None:
    assert (open_hours(state, THANKSGIVING) is None) == (state.removeprefix("US-") in NO_HOLIDAY)


@pytest.mark.parametrize(
    ("state", "day", "hours"),
    [
        ("US-RI", SATURDAY, ("10:00", "16:00")),
        ("US-TX", SUNDAY, ("12:00", "20:00")),
        ("US-PA", "2026-10-16", ("08:00", "20:00")),
        ("US-PA", "2026-10-19", ("09:00", "18:00")),
        ("US-OR", "2025-12-31", ("08:00", "20:00")),
        ("US-OR", "2026-01-01", ("08:00", "19:00")),
        ("US-MS", "2026-07-03", ("09:00", "19:00")),
        ("US-MS", "2026-12-25", ("08:00", "19:00")),
        ("US-FL", SUNDAY, ("08:00", "19:00")),
        ("US-UT", "2026-07-24", None),
        ("US-RI", "2026-08-10", None),
        ("US-AL", "2026-04-27", None),
        ("US-AL", "2026-06-01", None),
        ("US-LA", "2026-02-17", None),
        ("US-LA", "2026-04-03", None),
        ("US-LA", "2026-10-12", ("08:00", "19:00")),
        ("US-PA", "2026-07-03", None),
        ("US-UT", "2026-07-03", None),
        ("US-PA", "2026-10-18", None),
        ("US-PA", "2026-10-11", ("08:00", "20:00")),
    ],
)
def test_days_of_their_own(state: str, day: str, hours: tuple[str, str] | None) -> None:
    # A postal code where a state has two zones.
    zip_code = {"US-OR": "97201", "US-FL": "33101", "US-TX": "78701"}.get(state, "")
    assert open_hours(state, day, zip_code) == hours


@pytest.mark.parametrize(
    ("time", "denied"),
    [("07:59:59", True), ("08:00:00", False), ("20:59:59", False), ("21:00:00", True)],
)
def test_windows_are_half_open(time: str, denied: bool) -> None:
    assert reasons_at(f"{TUESDAY} {time}", call("US-VA")) == (["calling_time"] if denied else [])


@pytest.mark.parametrize("purpose", [Purpose.CHARITY, Purpose.POLITICAL, Purpose.SURVEY, Purpose.DEBT])
def test_calls_that_sell_nothing_keep_the_federal_hours_even_on_a_closed_sunday(purpose: Purpose) -> None:
    facts = call("US-PA", purpose=purpose)
    assert [reasons_at(f"{SUNDAY} {time}", facts) for time in ("07:59", "08:00", "20:59", "21:00")] == [
        ["calling_time"],
        [],
        [],
        ["calling_time"],
    ]


@pytest.mark.parametrize(
    ("state", "time", "denied"),
    [
        ("US-CA", f"{TUESDAY} 08:30", True),
        ("US-CA", f"{TUESDAY} 09:00", False),
        ("US-IL", f"{TUESDAY} 08:30", True),
        ("US-IN", f"{TUESDAY} 20:00", True),
        ("US-ME", f"{TUESDAY} 17:00", True),
        ("US-ME", f"{TUESDAY} 16:59", False),
        ("US-ME", f"{SATURDAY} 12:00", True),
        ("US-SD", f"{SATURDAY} 12:00", True),
        ("US-NE", f"{SUNDAY} 12:00", True),
        ("US-NE", f"{SUNDAY} 13:00", False),
        ("US-NE", f"{THANKSGIVING} 12:00", True),
        ("US-NE", f"{TUESDAY} 12:00", False),
        ("US-GA", f"{TUESDAY} 08:00", False),
        ("US-TX", f"{SUNDAY} 11:00", True),
    ],
)
def test_recordings_have_hours_of_their_own(state: str, time: str, denied: bool) -> None:
    zips = {"US-IN": "46201", "US-SD": "57101", "US-NE": "68101", "US-TX": "78701"}
    facts = call(state, dial_mode=DialMode.PRERECORDED, consent=WRITTEN, zip_code=zips.get(state, ""))
    assert reasons_at(time, facts) == (["calling_time"] if denied else [])


def test_hours_reach_business_lines_and_are_not_lifted_by_consent_or_relationship() -> None:
    facts = call("US-TX", subject=Subject.BUSINESS, consent=WRITTEN, zip_code="78701")
    assert reasons_at(f"{SUNDAY} 11:59", facts) == ["calling_time"]


def test_an_unknown_state_gets_the_strictest_row() -> None:
    facts = call("", phone="+12125550123")
    times = ["09:59", "10:00", "17:59", "18:00"]
    assert [bool(reasons_at(f"{TUESDAY} {time}", facts)) for time in times] == [True, False, False, True]
    assert reasons_at(f"{SATURDAY} 17:00", facts) == ["calling_time"]
    assert reasons_at(f"{SUNDAY} 12:00", facts) == ["calling_time"]
    assert reasons_at(f"{THANKSGIVING} 12:00", facts) == ["calling_time"]


def test_the_area_codes_state_binds_besides_the_addresss() -> None:
    facts = call("US-TX", phone="+13055550123", zip_code="78701", line_type=LineType.MOBILE)
    assert reasons_at(f"{TUESDAY} 20:30", facts) == ["calling_time"]


@pytest.mark.parametrize(
    ("country", "phone", "zone", "time", "denied"),
    [
        ("CA", "+14165550123", "America/Toronto", f"{TUESDAY} 21:29", False),
        ("CA", "+14165550123", "America/Toronto", f"{TUESDAY} 21:30", True),
        ("CA", "+14165550123", "America/Toronto", f"{SATURDAY} 17:59", False),
        ("CA", "+14165550123", "America/Toronto", f"{SATURDAY} 18:00", True),
        ("CA", "+14165550123", "America/Toronto", "2026-07-01 21:00", False),
        ("GB", "+442079460123", "Europe/London", f"{SUNDAY} 08:30", True),
        ("GB", "+442079460123", "Europe/London", f"{TUESDAY} 08:30", False),
        ("FR", "+33199000123", "Europe/Paris", f"{TUESDAY} 13:00", True),
        ("FR", "+33199000123", "Europe/Paris", f"{TUESDAY} 14:00", False),
        ("FR", "+33199000123", "Europe/Paris", "2026-11-11 15:00", True),
        ("AU", "+61255500123", "Australia/Sydney", "2026-01-26 12:00", True),
        ("AU", "+61255500123", "Australia/Sydney", f"{TUESDAY} 19:59", False),
        ("SA", "+966000000000", "Asia/Riyadh", "2026-03-01 11:00", True),
        ("SA", "+966000000000", "Asia/Riyadh", f"{TUESDAY} 11:00", False),
        ("AE", "+971000000000", "Asia/Dubai", f"{TUESDAY} 18:00", True),
    ],
)
def test_hours_of_other_countries(country: str, phone: str, zone: str, time: str, denied: bool) -> None:
    facts = call("", phone=phone, region=country, consent=WRITTEN)
    assert reasons(facts, local(time, zone)) == (["calling_time"] if denied else [])


def test_research_in_australia_has_sundays() -> None:
    facts = call("", phone="+61255500123", purpose=Purpose.SURVEY)
    assert reasons(facts, local(f"{SUNDAY} 12:00", "Australia/Sydney")) == []
    assert reasons(call("", phone="+61255500123", consent=WRITTEN), local(f"{SUNDAY} 12:00", "Australia/Sydney")) == [
        "calling_time"
    ]


def test_a_day_before_the_rulebook_begins_is_closed() -> None:
    assert reasons(call("US-VA"), local("2019-06-12 12:00", "America/New_York")) == ["calling_time"]
