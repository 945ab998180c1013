"""Open stretches: daylight saving, several zones, tenants' own hours, and the tick table."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.compliance.domain import CallProfile, Place, WeekHours, open_places, window_state
from apps.compliance.domain.codes import Consent, DialMode, LineType, Purpose, Subject
from apps.compliance.domain.hours import DAY_SECONDS, HORIZON_DAYS, closing_rules, epoch_second, instant, schedule_for
from tests.compliance.gate_calls import BOOK, NOON, call, judged, local, reasons

SALE = CallProfile(Purpose.COMMERCIAL, Subject.CONSUMER, DialMode.MANUAL, LineType.LANDLINE)
SURVEY = SALE._replace(purpose=Purpose.SURVEY)
NEW_YORK = Place(("America/New_York",), ("US", "US-VA"))
COAST_TO_COAST = Place(("America/New_York", "America/Los_Angeles"), ("US", "US-VA"))


def everyday(*ranges: tuple[int, int], zone: str | None = None, closed_on: frozenset[date] = frozenset()) -> WeekHours:
    return WeekHours("campaign.hours", (ranges,) * 7, zone, closed_on)


ZONES = st.sampled_from(
    [
        "America/New_York", "America/Chicago", "America/Phoenix", "America/Denver", "America/Adak",
        "Pacific/Honolulu", "America/St_Johns", "America/Vancouver",
    ]
)  # fmt: skip
STATES = st.sampled_from(["US-VA", "US-PA", "US-RI", "US-TX", "US-MS", "US-UT", "US-LA", "US-UNKNOWN", "US-FL"])
PURPOSES = st.sampled_from(list(Purpose))
# Around both clock changes, the holidays of winter, Act 47 in Pennsylvania, and British Columbia's last change.
INSTANTS = st.one_of(
    st.datetimes(datetime(2026, 3, 6), datetime(2026, 3, 10)),  # noqa: DTZ001 - made aware below
    st.datetimes(datetime(2026, 10, 15), datetime(2026, 11, 3)),  # noqa: DTZ001
    st.datetimes(datetime(2026, 11, 24), datetime(2027, 1, 3)),  # noqa: DTZ001
).map(lambda moment: moment.replace(tzinfo=UTC, second=0, microsecond=0))
RANGES = st.lists(st.integers(0, 1440), min_size=2, max_size=4, unique=True).map(sorted)
OWN = st.one_of(
    st.just(()),
    RANGES.map(lambda edges: (everyday(*zip(edges[::2], edges[1::2], strict=False)),)),
    RANGES.map(lambda edges: (everyday((edges[0], edges[1]), zone="Europe/London"),)),
)


def is_open(place: Place, profile: CallProfile, at: datetime, own: tuple[WeekHours, ...] = ()) -> bool:
    return window_state(place, profile, BOOK, at, own).is_open


@settings(max_examples=80)
@given(zones=st.lists(ZONES, min_size=1, max_size=3, unique=True), state=STATES, purpose=PURPOSES, at=INSTANTS, own=OWN)
def test_the_next_opening_is_the_first_open_minute(
    zones: list[str], state: str, purpose: Purpose, at: datetime, own: tuple[WeekHours, ...]
) -> None:
    place, profile = Place(tuple(zones), ("US", state)), SALE._replace(purpose=purpose)
    found = window_state(place, profile, BOOK, at, own)
    schedule, second = schedule_for(BOOK, place, profile, own), epoch_second(at)
    ahead = range(second, second + 3 * DAY_SECONDS, 60)
    first_open = next((minute for minute in ahead if not closing_rules(schedule, minute)), None)
    if found.is_open:
        first_closed = next(minute for minute in ahead if closing_rules(schedule, minute))
        assert (first_open, found.closes_at, found.next_open_at) == (second, instant(first_closed), None)
    elif first_open is not None:
        assert found.next_open_at == instant(first_open)
    else:
        assert found.next_open_at is None or found.next_open_at >= at + timedelta(days=3)


@settings(max_examples=200)
@given(zone=ZONES, at=INSTANTS)
def test_open_means_inside_the_window_on_the_local_clock(zone: str, at: datetime) -> None:
    clock = at.astimezone(ZoneInfo(zone))
    assert is_open(Place((zone,), ("US", "US-VA")), SURVEY, at) == (8 <= clock.hour < 21)


@settings(max_examples=100)
@given(zones=st.lists(ZONES, min_size=1, max_size=3, unique=True), state=STATES, purpose=PURPOSES, at=INSTANTS)
def test_several_zones_are_open_when_each_of_them_is(
    zones: list[str], state: str, purpose: Purpose, at: datetime
) -> None:
    profile = SALE._replace(purpose=purpose)
    each = [is_open(Place((zone,), ("US", state)), profile, at) for zone in zones]
    assert is_open(Place(tuple(zones), ("US", state)), profile, at) == all(each)


@settings(max_examples=100)
@given(at=INSTANTS, state=STATES, purpose=PURPOSES)
def test_the_gate_and_the_tick_table_agree(at: datetime, state: str, purpose: Purpose) -> None:
    place, profile = Place(("America/Chicago",), ("US", state)), SALE._replace(purpose=purpose)
    facts = call(place=place, purpose=purpose, consent=Consent.EXPRESS_WRITTEN)
    state_now = window_state(place, profile, BOOK, at)
    decision = judged(facts, at)
    assert decision.is_allowed == state_now.is_open
    assert decision.next_allowed_at == state_now.next_open_at


def test_clock_changes_move_the_opening_not_the_wall_clock() -> None:
    sunday_before_change = datetime(2026, 3, 8, 2, tzinfo=UTC)
    assert window_state(NEW_YORK, SURVEY, BOOK, sunday_before_change).next_open_at == datetime(
        2026, 3, 8, 12, tzinfo=UTC
    )
    assert window_state(NEW_YORK, SURVEY, BOOK, datetime(2026, 11, 1, 2, tzinfo=UTC)).next_open_at == datetime(
        2026, 11, 1, 13, tzinfo=UTC
    )


def test_hours_on_a_clock_that_skips_or_repeats_them() -> None:
    honolulu = Place(("Pacific/Honolulu",), ("US", "US-HI"))
    from_one_to_two_in_london = (everyday((60, 120), zone="Europe/London"),)
    skipped = window_state(honolulu, SALE, BOOK, datetime(2026, 3, 28, 23, tzinfo=UTC), from_one_to_two_in_london)
    assert skipped.next_open_at == datetime(2026, 3, 30, 0, tzinfo=UTC)
    repeated = window_state(honolulu, SALE, BOOK, datetime(2026, 10, 25, 0, tzinfo=UTC), from_one_to_two_in_london)
    assert (repeated.is_open, repeated.closes_at) == (True, datetime(2026, 10, 25, 2, tzinfo=UTC))


def test_british_columbia_stays_on_utc_minus_7() -> None:
    place = Place(("America/Vancouver",), ("CA", "CA-BC"))
    at = datetime(2026, 12, 1, 16, tzinfo=UTC)
    assert window_state(place, SALE, BOOK, at).is_open
    assert not window_state(place, SALE, BOOK, at - timedelta(seconds=1)).is_open


def test_two_zones_meet_between_the_later_opening_and_the_earlier_closing() -> None:
    state = window_state(COAST_TO_COAST, SALE, BOOK, local("2026-11-24 12:00", "America/New_York"))
    assert state.closes_at == local("2026-11-24 21:00", "America/New_York")
    closed = window_state(COAST_TO_COAST, SALE, BOOK, local("2026-11-24 22:00", "America/New_York"))
    assert closed.next_open_at == local("2026-11-25 08:00", "America/Los_Angeles")
    assert closed.rule_ids == ("US-VA.hours.sales", "US.hours.sales")


def test_own_hours_narrow_the_laws_and_never_widen_them() -> None:
    office = (everyday((600, 1020)), everyday((0, 1440)))
    times = ["09:59", "10:00", "16:59", "17:00", "21:30"]
    found = [is_open(NEW_YORK, SALE, local(f"2026-11-24 {time}", "America/New_York"), office) for time in times]
    assert found == [False, True, True, False, False]


def test_own_hours_may_have_a_clock_and_days_off_of_their_own() -> None:
    chicago_office = everyday((480, 1020), zone="America/Chicago", closed_on=frozenset({date(2026, 11, 27)}))
    facts = call(own_hours=(chicago_office,))
    assert reasons(facts, local("2026-11-24 08:30", "America/New_York")) == ["calling_time"]
    assert reasons(facts, local("2026-11-24 09:00", "America/New_York")) == []
    friday = judged(facts, local("2026-11-27 12:00", "America/New_York"))
    assert [rule.id for rule in friday.rules] == ["campaign.hours"]
    assert friday.rules[0].source == "Tenant or campaign schedule"
    assert friday.next_allowed_at == local("2026-11-28 09:00", "America/New_York")


def test_own_hours_that_never_open_leave_no_next_opening() -> None:
    state = window_state(NEW_YORK, SALE, BOOK, NOON, (everyday(),))
    assert (state.is_open, state.next_open_at) == (False, None)
    assert judged(call(own_hours=(everyday(),))).next_allowed_at is None


def test_a_stretch_over_midnight_utc_is_one_stretch() -> None:
    honolulu = Place(("Pacific/Honolulu",), ("US", "US-HI"))
    state = window_state(honolulu, SALE, BOOK, datetime(2026, 7, 15, 20, tzinfo=UTC))
    assert state.closes_at == datetime(2026, 7, 16, 7, tzinfo=UTC)
    assert state.rule_ids == ("US-HI.hours.sales", "US.hours.sales")


def test_a_place_that_never_closes_is_open_to_the_horizon() -> None:
    always = tuple(replace(rule, days=(((0, 1440),),) * 7) for rule in BOOK.windows)
    state = window_state(NEW_YORK, SALE, replace(BOOK, windows=always), datetime(2026, 1, 1, tzinfo=UTC))
    assert state.closes_at == datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=HORIZON_DAYS)


def test_open_places_is_the_tick_table() -> None:
    honolulu = Place(("Pacific/Honolulu",), ("US", "US-HI"))
    table = open_places([NEW_YORK, honolulu], SALE, BOOK, datetime(2026, 7, 15, 13, tzinfo=UTC))
    assert {place: state.is_open for place, state in table.items()} == {NEW_YORK: True, honolulu: False}


@pytest.mark.parametrize(
    ("place", "rule_ids"),
    [
        (Place((), ("US",)), ("P6.no_zone",)),
        (Place(("America/Jamaica",), ("JM",)), ("P6.no_hours",)),
        (Place(("America/Jamaica",), ()), ("P6.no_hours",)),
    ],
)
def test_a_place_without_zone_or_hours_never_opens(place: Place, rule_ids: tuple[str, ...]) -> None:
    state = window_state(place, SALE, BOOK, NOON)
    assert (state.is_open, state.next_open_at, state.rule_ids) == (False, None, rule_ids)


def test_a_naive_instant_is_refused() -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(ValueError, match="UTC offset"):
        window_state(NEW_YORK, SALE, BOOK, naive)
    with pytest.raises(ValueError, match="UTC offset"):
        judged(call(), naive)
