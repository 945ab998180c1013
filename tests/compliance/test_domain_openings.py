"""When a promised call may be: the gate's own answers, stretch by stretch, whatever clocks and zones do."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.compliance.domain import CallFacts, Place, WeekHours, decide
from apps.compliance.domain.codes import Consent, EbrKind
from apps.compliance.domain.facts import Ebr
from apps.compliance.domain.openings import Opening, facts_later, list_openings
from tests.compliance.gate_calls import BOOK, call, local

MINUTE = timedelta(minutes=1)
FRESH = timedelta(days=3)


def daily(first: int, last: int) -> WeekHours:
    """A campaign's hours, from and until whole hours."""
    return WeekHours("campaign_hours", (((first * 60, last * 60),),) * 7)


def known(at: datetime, **facts: object) -> CallFacts:
    """Facts of `at`, with registers as old as they are in practice and every earlier call known."""
    defaults = {
        "national_register_at": at - FRESH,
        "state_register_at": at - FRESH,
        "attempts": (),
        "talks": (),
        "attempts_last_24h": None,
    }
    return call(**{**defaults, **facts})  # type: ignore[arg-type]  # a mixed bag


def stretches(facts: CallFacts, at: datetime, *, days: int = 3, zone: str = "") -> list[tuple[str, str]]:
    """Openings on the clock of the first zone."""
    clock = ZoneInfo(zone or facts.place.zones[0])
    found = list_openings(facts, BOOK, at=at, since=at, until=at + timedelta(days=days))
    return [tuple(f"{edge.astimezone(clock):%d %H:%M}" for edge in (o.starts_at, o.ends_at)) for o in found]  # type: ignore[misc]  # pairs


NEW_YORK = Place(("America/New_York",), ("US", "US-VA"))
BOTH_COASTS = Place(("America/New_York", "America/Los_Angeles"), ("US", "US-VA"))


@pytest.mark.parametrize(
    ("place", "own", "at", "expected"),
    [
        # The law's 8 to 21, from now on.
        (
            NEW_YORK,
            (),
            "2026-06-16 13:00",
            [("16 13:00", "16 21:00"), ("17 08:00", "17 21:00"), ("18 08:00", "18 13:00")],
        ),
        # The campaign's hours narrow them.
        (NEW_YORK, (daily(9, 18),), "2026-06-16 20:00", [("17 09:00", "17 18:00"), ("18 09:00", "18 18:00")]),
        # The night clocks go forward, and the one they go back, leave the hours on the wall where they are.
        (NEW_YORK, (), "2026-03-07 22:00", [("08 08:00", "08 21:00"), ("09 08:00", "09 21:00")]),
        (NEW_YORK, (), "2026-10-31 22:00", [("01 08:00", "01 21:00"), ("02 08:00", "02 21:00")]),
        # Somebody who may be on either coast is called when both allow it.
        (BOTH_COASTS, (), "2026-06-16 22:00", [("17 11:00", "17 21:00"), ("18 11:00", "18 21:00")]),
        (BOTH_COASTS, (daily(9, 12),), "2026-06-16 22:00", []),
        # No zone, no hour.
        (Place((), ("US", "US-VA")), (), "2026-06-16 13:00", []),
    ],
)
def test_openings_follow_the_hours_of_every_clock(
    place: Place, own: tuple[WeekHours, ...], at: str, expected: list[tuple[str, str]]
) -> None:
    since = local(at, "America/New_York")
    facts = known(since, place=place, own_hours=own)
    assert stretches(facts, since, days=2, zone="America/New_York") == expected


def test_a_holiday_is_closed_where_the_state_says_so() -> None:
    at = local("2026-11-25 22:00", "America/Chicago")
    facts = known(at, place=Place(("America/Chicago",), ("US", "US-LA")), consent=Consent.EXPRESS_WRITTEN)
    # Thursday is Thanksgiving, and Sundays are closed there.
    assert [day[0][:2] for day in stretches(facts, at, days=5)] == ["27", "28", "30"]


def test_a_full_cap_opens_when_the_oldest_call_is_forgotten() -> None:
    at = local("2026-06-16 13:00", "America/New_York")
    attempts = tuple(at - timedelta(hours=hours) for hours in (1, 2, 3))
    place = Place(("America/New_York",), ("US", "US-FL"))
    facts = known(at, place=place, attempts=attempts, consent=Consent.EXPRESS_WRITTEN)
    assert stretches(facts, at, days=1) == [("17 10:00", "17 13:00")]


@pytest.mark.parametrize(
    "facts", [{"on_entity_dnc": True}, {"consent": Consent.REVOKED}, {"on_national_dnc": True}, {"on_state_dnc": None}]
)
def test_whom_nobody_may_call_has_no_hours(facts: dict[str, object]) -> None:
    at = local("2026-06-16 13:00", "America/New_York")
    assert stretches(known(at, place=NEW_YORK, **facts), at, days=28) == []


def test_registers_are_taken_to_be_renewed_but_an_old_copy_stays_old() -> None:
    at = local("2026-06-16 08:00", "America/New_York")
    assert len(stretches(known(at, place=NEW_YORK), at, days=40)) == 40
    old = known(at, place=NEW_YORK, national_register_at=at - timedelta(days=40))
    assert stretches(old, at, days=40) == []


def test_a_relationship_runs_out_on_the_way() -> None:
    at = local("2026-06-16 08:00", "America/New_York")
    bought = known(at, place=NEW_YORK, on_national_dnc=True, ebr=(Ebr(EbrKind.INQUIRY, 85),))
    open_days = stretches(bought, at, days=30)
    assert 0 < len(open_days) < 10
    assert facts_later(bought, at=at, later=at + timedelta(days=2)).ebr == (Ebr(EbrKind.INQUIRY, 87),)


ZONES = st.lists(
    st.sampled_from(["America/New_York", "America/Phoenix", "America/Denver", "Pacific/Honolulu", "America/St_Johns"]),
    min_size=1,
    max_size=3,
    unique=True,
)
STATES = st.sampled_from(["US-VA", "US-TX", "US-LA", "US-FL", "US-RI", "US-UNKNOWN"])
# Around both clock changes and the holidays of winter.
INSTANTS = st.one_of(
    st.datetimes(datetime(2026, 3, 6), datetime(2026, 3, 10)),  # noqa: DTZ001 - made aware below
    st.datetimes(datetime(2026, 10, 29), datetime(2026, 11, 3)),  # noqa: DTZ001
    st.datetimes(datetime(2026, 11, 24), datetime(2027, 1, 3)),  # noqa: DTZ001
).map(lambda moment: moment.replace(tzinfo=UTC))


@settings(max_examples=60)
@given(
    zones=ZONES,
    state=STATES,
    at=INSTANTS,
    ago=st.lists(st.integers(0, 60), max_size=4),
    steps=st.lists(st.integers(0, 3 * 1440), min_size=1, max_size=25),
)
def test_a_time_is_offered_exactly_when_the_gate_would_allow_it(
    zones: list[str], state: str, at: datetime, ago: list[int], steps: list[int]
) -> None:
    attempts = tuple(at - timedelta(hours=hours) for hours in ago)
    place = Place(tuple(zones), ("US", state))
    facts = known(at, place=place, attempts=attempts, own_hours=(daily(9, 20),), consent=Consent.EXPRESS_WRITTEN)
    openings = list_openings(facts, BOOK, at=at, since=at, until=at + timedelta(days=3))
    moments = [at + MINUTE * step + timedelta(seconds=1) for step in steps]
    moments += [edge for opening in openings for edge in (opening.starts_at, opening.ends_at - timedelta(seconds=1))]
    for moment in moments:
        if moment >= at + timedelta(days=3):
            continue
        offered = any(opening.starts_at <= moment < opening.ends_at for opening in openings)
        assert offered is decide(facts_later(facts, at=at, later=moment), BOOK, moment).is_allowed, moment


def test_openings_are_sorted_and_apart() -> None:
    at = local("2026-06-16 13:00", "America/New_York")
    found = list_openings(known(at, place=NEW_YORK), BOOK, at=at, since=at, until=at + timedelta(days=20))
    assert all(isinstance(item, Opening) and item.starts_at < item.ends_at for item in found)
    assert all(one.ends_at < other.starts_at for one, other in pairwise(found))
