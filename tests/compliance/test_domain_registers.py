"""Do-not-call registers, their exemptions and grounds that lift them, policies P1, P4 and P6."""

from datetime import timedelta

import pytest

from apps.compliance.domain import Ebr
from apps.compliance.domain.codes import Consent, DialMode, EbrKind, LineType, Purpose, Subject
from tests.compliance.gate_calls import NOON, call, reasons

SELLS_NOTHING = [purpose for purpose in Purpose if purpose is not Purpose.COMMERCIAL]
CANADIAN = {"phone": "+14165550123", "region": "CA"}
BRITISH = {"phone": "+442079460123", "region": "GB"}
NOON_IN_LONDON = NOON.replace(hour=11)


def purchase(days: int) -> tuple[Ebr, ...]:
    return (Ebr(EbrKind.PURCHASE, days),)


def inquiry(days: int) -> tuple[Ebr, ...]:
    return (Ebr(EbrKind.INQUIRY, days),)


@pytest.mark.parametrize(
    ("grounds", "denied"),
    [
        ({}, True),
        ({"consent": Consent.EXPRESS}, True),
        ({"consent": Consent.EXPRESS_WRITTEN}, False),
        ({"ebr": purchase(540)}, False),
        ({"ebr": purchase(541)}, True),
        ({"ebr": inquiry(90)}, False),
        ({"ebr": inquiry(91)}, True),
        ({"ebr": purchase(-1)}, True),
        ({"ebr": (*purchase(600), *inquiry(10))}, False),
    ],
)
def test_the_national_register_is_lifted_by_written_consent_or_a_fresh_relationship(
    grounds: dict[str, object], denied: bool
) -> None:
    assert reasons(call(on_national_dnc=True, **grounds)) == (["dnc_national"] if denied else [])


@pytest.mark.parametrize(
    ("grounds", "denied"),
    [
        ({}, True),
        ({"consent": Consent.EXPRESS}, False),
        ({"ebr": purchase(540)}, False),
        ({"ebr": purchase(541)}, True),
        ({"ebr": inquiry(180)}, False),
        ({"ebr": inquiry(181)}, True),
        ({"subject": Subject.BUSINESS}, False),
    ],
)
def test_the_canadian_register_has_its_own_grounds(grounds: dict[str, object], denied: bool) -> None:
    facts = call("", on_national_dnc=True, **CANADIAN, **grounds)
    assert reasons(facts) == (["dnc_national"] if denied else [])


@pytest.mark.parametrize(
    ("facts", "denied"),
    [
        ({}, True),
        ({"ebr": purchase(10)}, True),
        ({"consent": Consent.EXPRESS}, False),
        ({"subject": Subject.BUSINESS}, True),
        ({"purpose": Purpose.POLITICAL}, True),
        ({"purpose": Purpose.SURVEY}, False),
    ],
)
def test_the_british_register_yields_to_consent_only(facts: dict[str, object], denied: bool) -> None:
    assert reasons(call("", on_national_dnc=True, **BRITISH, **facts), NOON_IN_LONDON) == (
        ["dnc_national"] if denied else []
    )


@pytest.mark.parametrize("purpose", SELLS_NOTHING)
def test_calls_that_sell_nothing_are_exempt_from_the_national_register(purpose: Purpose) -> None:
    assert reasons(call(purpose=purpose, on_national_dnc=True)) == []


@pytest.mark.parametrize(
    ("line", "denied"),
    [
        (LineType.LANDLINE, False),
        (LineType.MOBILE, True),
        (LineType.VOIP, True),
        (LineType.UNKNOWN, True),
    ],
)
def test_a_business_is_exempt_on_a_landline_only(line: LineType, denied: bool) -> None:
    facts = call(subject=Subject.BUSINESS, line_type=line, on_national_dnc=True)
    assert reasons(facts) == (["dnc_national"] if denied else [])


@pytest.mark.parametrize(
    ("state", "facts", "denied"),
    [
        ("US-VA", {}, True),
        ("US-VA", {"ebr": purchase(1), "consent": Consent.EXPRESS_WRITTEN}, True),
        ("US-VA", {"purpose": Purpose.CHARITY}, True),
        ("US-VA", {"purpose": Purpose.POLITICAL}, False),
        ("US-VA", {"purpose": Purpose.DEBT}, False),
        ("US-VA", {"subject": Subject.BUSINESS}, True),
        ("US-PA", {"ebr": purchase(365)}, False),
        ("US-PA", {"ebr": purchase(366)}, True),
        ("US-PA", {"ebr": purchase(10), "subject": Subject.BUSINESS}, True),
        ("US-OR", {"ebr": purchase(540)}, False),
        ("US-OR", {"ebr": purchase(541)}, True),
    ],
)
def test_state_registers(state: str, facts: dict[str, object], denied: bool) -> None:
    assert reasons(call(state, on_state_dnc=True, **facts)) == (["dnc_state"] if denied else [])


def test_canada_has_no_provincial_registers() -> None:
    assert reasons(call("", on_state_dnc=True, **CANADIAN)) == []


@pytest.mark.parametrize("purpose", [Purpose.COMMERCIAL, Purpose.CHARITY, Purpose.POLITICAL, Purpose.SURVEY])
def test_p1_an_entity_entry_beats_consent_and_relationship(purpose: Purpose) -> None:
    facts = call(purpose=purpose, on_entity_dnc=True, consent=Consent.EXPRESS_WRITTEN, ebr=purchase(1))
    assert reasons(facts) == ["dnc_entity"]


@pytest.mark.parametrize("purpose", [Purpose.DEBT, Purpose.INFORMATIONAL])
def test_p1_an_entity_entry_does_not_stop_debt_and_service_calls(purpose: Purpose) -> None:
    assert reasons(call(purpose=purpose, on_entity_dnc=True)) == []


def test_an_entity_entry_stops_recorded_service_messages() -> None:
    facts = call(purpose=Purpose.INFORMATIONAL, dial_mode=DialMode.PRERECORDED, on_entity_dnc=True)
    assert reasons(facts) == ["dnc_entity"]


def test_an_entity_entry_ends_the_relationship_that_lifted_the_national_register() -> None:
    assert reasons(call(on_national_dnc=True, on_entity_dnc=True, ebr=purchase(1))) == ["dnc_entity", "dnc_national"]


@pytest.mark.parametrize(
    ("unknown", "reason"),
    [("on_national_dnc", "dnc_national"), ("on_state_dnc", "dnc_state"), ("on_entity_dnc", "dnc_entity")],
)
def test_an_unknown_listing_denies(unknown: str, reason: str) -> None:
    assert reasons(call(**{unknown: None})) == [reason]


def test_an_unknown_listing_is_lifted_as_a_known_one_is() -> None:
    assert reasons(call(on_national_dnc=None, national_register_at=None, ebr=purchase(1))) == []


@pytest.mark.parametrize(
    ("field", "reason"), [("national_register_at", "dnc_national"), ("state_register_at", "dnc_state")]
)
def test_p6_a_register_copy_counts_for_31_days(field: str, reason: str) -> None:
    assert reasons(call(**{field: NOON - timedelta(days=31)})) == []
    assert reasons(call(**{field: NOON - timedelta(days=31, seconds=1)})) == [reason]
    assert reasons(call(**{field: None})) == [reason]


def test_p6_an_old_copy_denies_sales_whatever_consent_says_and_other_calls_not_at_all() -> None:
    old = {"national_register_at": NOON - timedelta(days=40)}
    assert reasons(call(consent=Consent.EXPRESS_WRITTEN, **old)) == ["dnc_national"]
    assert reasons(call(purpose=Purpose.SURVEY, **old)) == []
    assert reasons(call(purpose=None, **old)) == ["dnc_national"]


def test_an_unknown_subject_is_taken_for_a_consumer() -> None:
    assert reasons(call(subject=None, on_national_dnc=True)) == ["dnc_national"]


def test_ebr_since_counts_to_the_latest_local_day() -> None:
    at = NOON.replace(hour=2)
    zones = ("America/Los_Angeles", "Asia/Tokyo")
    occurred_on = NOON.date() - timedelta(days=10)
    assert Ebr.since(EbrKind.PURCHASE, occurred_on, at=at, zones=zones).days == 10
    assert Ebr.since(EbrKind.PURCHASE, occurred_on, at=at, zones=zones[:1]).days == 9
    assert Ebr.since(EbrKind.PURCHASE, occurred_on, at=at, zones=()).days == 10
