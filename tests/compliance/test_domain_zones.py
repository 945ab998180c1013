"""From number and address to candidate zones and jurisdictions, and what has no place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.compliance.domain import candidate_zones, resolve_place
from apps.compliance.domain.codes import LineType
from apps.compliance.domain.zones import locate_number, locating_digits
from apps.compliance.rulebook import find_zip
from tests.compliance.gate_calls import BOOK, GEOGRAPHY, call, judged, place_of, reasons

MOBILE, LANDLINE = LineType.MOBILE, LineType.LANDLINE
EASTERN, CENTRAL, MOUNTAIN, PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
BC = ("America/Vancouver", "America/Edmonton", "America/Fort_Nelson")


@pytest.mark.parametrize(
    ("phone", "address", "line", "zones"),
    [
        ("+12125550123", {"zone": "America/Boise", "zip_code": "10001"}, MOBILE, ("America/Boise",)),
        ("+12125550123", {"zip_code": "90001"}, MOBILE, (PACIFIC,)),
        ("+12125550123", {"zip_code": "90001-1234"}, MOBILE, (PACIFIC,)),
        ("+17755550123", {"zip_code": "89883"}, MOBILE, (MOUNTAIN,)),
        ("+19075550123", {"zip_code": "99634"}, MOBILE, ("America/Anchorage", "America/Adak")),
        ("+12125550123", {"zip_code": "00000"}, MOBILE, (EASTERN,)),
        ("+12125550123", {"zip_code": "09012"}, MOBILE, (EASTERN,)),
        ("+12125550123", {"state": "FL", "zip_code": "10001"}, MOBILE, (EASTERN, CENTRAL)),
        ("+16025550123", {"state": "AZ"}, MOBILE, ("America/Phoenix",)),
        ("+19285550123", {"state": "AZ"}, MOBILE, ("America/Phoenix", MOUNTAIN)),
        ("+12125550123", {"state": "TX"}, MOBILE, (CENTRAL, MOUNTAIN, EASTERN)),
        ("+12125550123", {"state": "TX"}, LineType.UNKNOWN, (CENTRAL, MOUNTAIN, EASTERN)),
        ("+12125550123", {"state": "TX"}, LineType.VOIP, (CENTRAL, MOUNTAIN, EASTERN)),
        ("+12125550123", {"state": "TX"}, LANDLINE, (CENTRAL, MOUNTAIN)),
        ("+12125550123", {"state": "us-tx", "region": "us"}, LANDLINE, (CENTRAL, MOUNTAIN)),
        ("+16895550123", {}, MOBILE, (EASTERN,)),
        ("+14235550123", {}, MOBILE, (EASTERN, CENTRAL)),
        ("+12705550123", {}, LANDLINE, (CENTRAL, EASTERN)),
        ("+12365550123", {}, LANDLINE, BC),
        ("+12365550123", {"zip_code": "V5K 0A1"}, LANDLINE, ("America/Vancouver",)),
        ("+12365550123", {"zip_code": "V1C 4H6"}, LANDLINE, BC),
        ("+14165550123", {"state": "BC"}, LANDLINE, BC),
        ("+14745550123", {}, MOBILE, ("America/Regina",)),
        ("+12125550123", {"state": "XX"}, MOBILE, (EASTERN,)),
        ("+17875550123", {"region": "PR"}, MOBILE, ("America/Puerto_Rico",)),
        ("+18005550123", {"state": "TX"}, LANDLINE, (CENTRAL, MOUNTAIN)),
        ("+18005550123", {}, LANDLINE, ()),
        ("+18005550123", {"region": "US"}, LANDLINE, ()),
        ("+18765550123", {}, LANDLINE, ()),
        ("+442079460123", {"region": "UK"}, LANDLINE, ("Europe/London",)),
        ("+442079460123", {"region": "FR"}, MOBILE, ("Europe/Paris", "Europe/London")),
        ("+442079460123", {"region": "FR"}, LANDLINE, ("Europe/Paris",)),
        ("+61255500123", {}, MOBILE, ("Australia/Sydney", "Australia/Lord_Howe")),
        ("+61255500123", {"state": "WA"}, LANDLINE, ("Australia/Perth", "Australia/Eucla")),
        ("+550000000000", {}, MOBILE, ()),
        ("", {}, MOBILE, ()),
    ],
)
def test_candidate_zones(phone: str, address: dict[str, str], line: LineType, zones: tuple[str, ...]) -> None:
    place = place_of(phone, line=line, **address)
    assert place.zones == zones


@pytest.mark.parametrize(
    ("phone", "address", "jurisdictions"),
    [
        ("+12125550123", {"state": "NY"}, ("US", "US-NY")),
        ("+13055550123", {"state": "TX"}, ("US", "US-TX", "US-FL")),
        ("+13055550123", {"zip_code": "78701"}, ("US", "US-TX", "US-FL")),
        ("+13055550123", {"state": "FL", "zip_code": "78701"}, ("US", "US-FL", "US-TX")),
        ("+12125550123", {}, ("US", "US-UNKNOWN", "US-NY")),
        ("+12125550123", {"state": "XX"}, ("US", "US-UNKNOWN", "US-NY")),
        ("+12125550123", {"zip_code": "09012"}, ("US", "US-UNKNOWN", "US-NY")),
        ("+17875550123", {"region": "PR"}, ("US", "US-PR")),
        ("+14165550123", {}, ("CA", "CA-ON")),
        ("+14165550123", {"region": "US"}, ("US", "CA", "US-UNKNOWN", "CA-ON")),
        ("+14165550123", {"state": "NY"}, ("US", "CA", "US-NY", "CA-ON")),
        ("+18765550123", {}, ("JM",)),
        ("+442079460123", {"region": "GB", "state": "England"}, ("GB",)),
        ("+441534000000", {}, ("JE",)),
        ("+18005550123", {}, ()),
    ],
)
def test_jurisdictions(phone: str, address: dict[str, str], jurisdictions: tuple[str, ...]) -> None:
    assert place_of(phone, line=MOBILE, **address).jurisdictions == jurisdictions


def test_candidate_zones_are_those_of_the_place() -> None:
    told = ("+12125550123", "US", "TX", "", LANDLINE, "", GEOGRAPHY, find_zip)
    assert candidate_zones(*told) == (CENTRAL, MOUNTAIN)
    place = resolve_place(
        phone=told[0],
        region=told[1],
        state=told[2],
        postal_code=told[3],
        line_type=told[4],
        confirmed_zone=told[5],
        geography=told[6],
        find_zip=told[7],
    )
    assert place.zones == (CENTRAL, MOUNTAIN)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (call(is_number_valid=False), ["number"]),
        (call(is_number_valid=None), ["number"]),
        (call("", phone="+18005550123", is_number_valid=True), ["jurisdiction", "number"]),
        (call("", phone="+18005550123", is_number_valid=False), ["number"]),
        (call("", phone="+15005550123", is_number_valid=False), ["number"]),
        (call("", phone="+18005550123", region="US", is_number_valid=False), ["number"]),
        (call("US-TX", phone="+18005550123", region="US"), ["number"]),
        (call("", phone="+18765550123", region="JM"), ["jurisdiction"]),
        (call("", phone="+550000000000", region="BR"), ["jurisdiction"]),
        (call("", phone="+550000000000"), ["jurisdiction"]),
        (call("", phone="+441534000000"), ["jurisdiction"]),
        (call(enabled_countries=frozenset({"CA"})), ["jurisdiction"]),
        (call("US-LA", stopped=frozenset({"US-LA"})), ["jurisdiction"]),
        (call("US-TX", stopped=frozenset({"US-LA"})), []),
        (call(region="BR"), ["jurisdiction"]),
    ],
)
def test_numbers_and_countries_that_may_not_be_called(facts: object, expected: list[str]) -> None:
    assert reasons(facts) == expected


def test_a_covered_country_without_a_zone_is_denied() -> None:
    place = call().place._replace(zones=())
    decision = judged(call(place=place))
    assert (decision.reasons, [rule.id for rule in decision.rules]) == (("number",), ["P6.no_zone"])


def test_every_reason_is_returned_with_its_rules_and_the_version() -> None:
    decision = judged(call("US-FL", on_national_dnc=True, on_entity_dnc=True, attempts_last_24h=5))
    assert decision.reasons == ("attempt_cap", "dnc_entity", "dnc_national")
    assert [rule.id for rule in decision.rules] == ["P1.dnc_entity", "US-FL.cap.sales", "US.dnc_national.consumer"]
    assert decision.rules[1].source == "Fla. Stat. 501.616(6)(b)"
    assert decision.rulebook == BOOK.version


def test_an_allowed_call_names_every_row_that_was_asked() -> None:
    decision = judged(call("US-FL", zip_code="33101"))
    assert [rule.id for rule in decision.rules] == [
        "P1.dnc_entity",
        "US-FL.cap.sales",
        "US-FL.dnc_state",
        "US-FL.hours.sales",
        "US.dnc_national.consumer",
        "US.hours.sales",
    ]
    assert (decision.zones, decision.next_allowed_at) == ((EASTERN,), None)


@given(number=st.integers(1_000, 10**15 - 1) | st.integers(12 * 10**9, 10**11 // 5 - 1))
def test_first_digits_of_a_number_tell_its_place(number: int) -> None:
    phone = f"+{number}"

    assert locate_number(locating_digits(phone), GEOGRAPHY) == locate_number(phone, GEOGRAPHY)


def test_numbers_of_one_area_share_their_digits_and_others_do_not() -> None:
    assert locating_digits("+12125550123") == locating_digits("+12125550199") != locating_digits("+16465550123")
    assert locating_digits("+441534555012") != locating_digits("+441481555012")
