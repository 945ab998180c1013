"""Frequency caps and the next allowed instant they leave."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.compliance.domain import Ebr
from apps.compliance.domain.codes import Consent, DialMode, EbrKind, Purpose, Subject
from tests.compliance.gate_calls import NOON, call, judged, reasons

WRITTEN = Consent.EXPRESS_WRITTEN


def hours_ago(*hours: float) -> tuple[datetime, ...]:
    return tuple(NOON - timedelta(hours=age) for age in hours)


@pytest.mark.parametrize("state", ["US-FL", "US-OK", "US-MD", "US-OR"])
def test_capped_states_allow_three_sales_attempts_in_24_hours(state: str) -> None:
    assert [reasons(call(state, attempts_last_24h=count)) for count in (2, 3, 4)] == [
        [],
        ["attempt_cap"],
        ["attempt_cap"],
    ]


@pytest.mark.parametrize(
    ("state", "facts", "denied"),
    [
        ("US-VA", {}, False),
        ("US-VA", {"attempts_last_24h": None}, False),
        ("US-FL", {"attempts_last_24h": None}, True),
        ("US-FL", {"purpose": Purpose.POLITICAL}, False),
        ("US-FL", {"subject": Subject.BUSINESS}, True),
        ("US-FL", {"ebr": (Ebr(EbrKind.PURCHASE, 10),)}, True),
        ("US-OR", {"ebr": (Ebr(EbrKind.PURCHASE, 540),)}, False),
        ("US-OR", {"ebr": (Ebr(EbrKind.PURCHASE, 541),)}, True),
        ("US-OR", {"subject": Subject.BUSINESS}, False),
        ("US-ME", {}, False),
        ("US-ME", {"dial_mode": DialMode.PRERECORDED, "consent": WRITTEN}, True),
    ],
)
def test_who_is_capped(state: str, facts: dict[str, object], denied: bool) -> None:
    assert reasons(call(state, **{"attempts_last_24h": 9, **facts})) == (["attempt_cap"] if denied else [])


def test_oregon_has_no_cap_before_2026() -> None:
    facts = call("US-OR", attempts_last_24h=9)
    assert reasons(facts, datetime(2025, 12, 30, 20, tzinfo=UTC)) == []
    assert reasons(facts, datetime(2026, 1, 1, 20, tzinfo=UTC)) == ["attempt_cap"]


def test_an_unknown_state_is_capped() -> None:
    assert reasons(call("", phone="+12125550123", attempts_last_24h=3)) == ["attempt_cap"]


def test_instants_count_in_the_caps_own_horizon() -> None:
    assert reasons(call("US-FL", attempts=hours_ago(1, 2, 24), attempts_last_24h=9)) == []
    assert reasons(call("US-FL", attempts=hours_ago(1, 2, 23.99))) == ["attempt_cap"]
    recorded = {"dial_mode": DialMode.PRERECORDED, "consent": WRITTEN}
    assert reasons(call("US-ME", attempts=hours_ago(8), **recorded)) == []
    assert reasons(call("US-ME", attempts=hours_ago(7.9), **recorded)) == ["attempt_cap"]


def test_debt_calls_are_capped_at_seven_a_week_and_rest_a_week_after_a_talk() -> None:
    debt = {"purpose": Purpose.DEBT}
    week = hours_ago(1, 30, 50, 70, 90, 110, 167)
    assert reasons(call(attempts=week, **debt)) == ["attempt_cap"]
    assert reasons(call(attempts=week[:6], **debt)) == []
    assert reasons(call(attempts=week[:1], talks=hours_ago(100), **debt)) == ["attempt_cap"]
    assert reasons(call(attempts=week[:1], talks=hours_ago(168), **debt)) == []
    assert reasons(call(attempts_last_24h=6, **debt)) == []
    assert reasons(call(attempts_last_24h=7, **debt)) == ["attempt_cap"]


def test_the_next_instant_is_when_the_oldest_counted_attempt_leaves_the_horizon() -> None:
    decision = judged(call("US-FL", attempts=hours_ago(1, 2, 23)))
    assert decision.next_allowed_at == NOON + timedelta(hours=1)


def test_the_next_instant_after_a_cap_lies_inside_the_hours() -> None:
    # Room at 20:00 New York time, when Florida has closed: the next day at 08:00.
    facts = call("US-FL", attempts=hours_ago(1, 2, 20), zip_code="33101")
    assert judged(facts).next_allowed_at == datetime(2026, 7, 16, 12, tzinfo=UTC)


def test_the_next_instant_outside_hours_waits_for_the_cap_as_well() -> None:
    night = datetime(2026, 7, 16, 3, tzinfo=UTC)
    attempts = tuple(datetime(2026, 7, 15, hour, 30, tzinfo=UTC) for hour in (14, 15, 16))
    decision = judged(call("US-FL", attempts=attempts, zip_code="33101"), night)
    assert decision.reasons == ("attempt_cap", "calling_time")
    assert decision.next_allowed_at == datetime(2026, 7, 16, 14, 30, tzinfo=UTC)


def test_a_fraction_of_a_second_is_waited_out() -> None:
    attempts = tuple(instant + timedelta(microseconds=1) for instant in hours_ago(1, 2, 23))
    assert judged(call("US-FL", attempts=attempts)).next_allowed_at == NOON + timedelta(hours=1, seconds=1)


def test_a_cap_known_by_number_only_has_no_next_instant() -> None:
    assert judged(call("US-FL", attempts_last_24h=3)).next_allowed_at is None


def test_a_cap_that_fills_after_opening_is_seen() -> None:
    # Closed now and the cap has room; nothing else is placed meanwhile, so the opening stands.
    night = datetime(2026, 7, 16, 3, tzinfo=UTC)
    facts = call("US-FL", attempts=hours_ago(1, 2), zip_code="33101")
    assert judged(facts, night).next_allowed_at == datetime(2026, 7, 16, 12, tzinfo=UTC)


def test_other_reasons_leave_no_next_instant() -> None:
    night = datetime(2026, 7, 16, 3, tzinfo=UTC)
    decision = judged(call("US-FL", on_entity_dnc=True), night)
    assert (decision.reasons, decision.next_allowed_at) == (("calling_time", "dnc_entity"), None)
    assert judged(call("US-FL")).next_allowed_at is None
