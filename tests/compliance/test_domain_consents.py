"""The consent ladder, mobile bans, opt-in countries, revocation and abandonment; policies P3, P4 and P5."""

from datetime import timedelta

import pytest

from apps.compliance.domain import Ebr
from apps.compliance.domain.codes import Consent, DialMode, EbrKind, LineType, Purpose, Subject
from tests.compliance.gate_calls import NOON, call, judged, reasons

NONE, EXPRESS, WRITTEN = Consent.NONE, Consent.EXPRESS, Consent.EXPRESS_WRITTEN
MOBILE, LANDLINE = LineType.MOBILE, LineType.LANDLINE
BY_HAND = (DialMode.MANUAL, DialMode.PREVIEW)
BY_MACHINE = (DialMode.PROGRESSIVE, DialMode.PREDICTIVE)
RECORDED = DialMode.PRERECORDED
EUROPEAN_NOON = NOON.replace(hour=9)


def least_consent(**facts: object) -> Consent | None:
    """The weakest consent with which the call is allowed."""
    return next((consent for consent in (NONE, EXPRESS, WRITTEN) if not reasons(call(consent=consent, **facts))), None)


@pytest.mark.parametrize("line", list(LineType))
@pytest.mark.parametrize("mode", BY_HAND)
@pytest.mark.parametrize("purpose", list(Purpose))
def test_calls_by_hand_need_no_consent(purpose: Purpose, mode: DialMode, line: LineType) -> None:
    assert least_consent(purpose=purpose, dial_mode=mode, line_type=line) is NONE


@pytest.mark.parametrize("line", [MOBILE, LineType.VOIP, LineType.UNKNOWN])
@pytest.mark.parametrize("mode", BY_MACHINE)
def test_p3_p4_machines_need_written_consent_to_sell_to_what_may_be_wireless(mode: DialMode, line: LineType) -> None:
    assert least_consent(dial_mode=mode, line_type=line) is WRITTEN
    assert reasons(call(dial_mode=mode, line_type=line)) == ["consent_autodial"]
    assert least_consent(dial_mode=mode, line_type=line, subject=Subject.BUSINESS) is WRITTEN


@pytest.mark.parametrize("mode", BY_MACHINE)
@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose is not Purpose.COMMERCIAL])
def test_machines_need_express_consent_for_other_calls_to_wireless(purpose: Purpose, mode: DialMode) -> None:
    assert least_consent(dial_mode=mode, line_type=MOBILE, purpose=purpose) is EXPRESS
    assert least_consent(dial_mode=mode, line_type=LANDLINE, purpose=purpose) is NONE


@pytest.mark.parametrize(
    ("state", "least"), [("US-VA", NONE), ("US-FL", WRITTEN), ("US-OK", WRITTEN), ("US-MD", WRITTEN), ("US-OR", NONE)]
)
@pytest.mark.parametrize("subject", list(Subject))
def test_three_states_need_written_consent_for_machines_on_landlines_too(
    state: str, least: Consent, subject: Subject
) -> None:
    assert least_consent(state=state, dial_mode=DialMode.PREDICTIVE, subject=subject) is least


@pytest.mark.parametrize("line", list(LineType))
def test_recorded_sales_need_written_consent(line: LineType) -> None:
    assert least_consent(dial_mode=RECORDED, line_type=line) is WRITTEN
    assert reasons(call(dial_mode=RECORDED, line_type=line)) == ["consent_prerecorded"]


@pytest.mark.parametrize("purpose", [Purpose.POLITICAL, Purpose.SURVEY, Purpose.DEBT, Purpose.INFORMATIONAL])
@pytest.mark.parametrize(("line", "least"), [(MOBILE, EXPRESS), (LineType.UNKNOWN, EXPRESS), (LANDLINE, NONE)])
def test_other_recordings_need_express_consent_on_wireless(purpose: Purpose, line: LineType, least: Consent) -> None:
    assert least_consent(dial_mode=RECORDED, line_type=line, purpose=purpose) is least


@pytest.mark.parametrize(("count", "least"), [(0, NONE), (2, NONE), (3, EXPRESS), (None, EXPRESS)])
def test_three_recordings_to_a_landline_in_30_days_are_free_of_consent(count: int | None, least: Consent) -> None:
    assert least_consent(dial_mode=RECORDED, purpose=Purpose.SURVEY, attempts_last_24h=count) is least


def test_free_recordings_are_counted_over_30_days_when_instants_are_known() -> None:
    recent = tuple(NOON - timedelta(days=days) for days in (1, 10, 29))
    older = (*recent[:2], NOON - timedelta(days=30))
    recorded = {"dial_mode": RECORDED, "purpose": Purpose.SURVEY}
    assert reasons(call(attempts=recent, **recorded)) == ["consent_prerecorded"]
    assert reasons(call(attempts=older, **recorded)) == []


def test_charity_recordings_reach_previous_donors_or_the_consenting_only() -> None:
    recorded = {"dial_mode": RECORDED, "purpose": Purpose.CHARITY}
    assert reasons(call(**recorded)) == ["consent_prerecorded"]
    assert reasons(call(ebr=(Ebr(EbrKind.PURCHASE, 730),), **recorded)) == []
    assert reasons(call(ebr=(Ebr(EbrKind.PURCHASE, 731),), **recorded)) == ["consent_prerecorded"]
    assert reasons(call(consent=EXPRESS, **recorded)) == []


def test_indiana_wants_consent_for_recorded_political_calls() -> None:
    facts = {"state": "US-IN", "dial_mode": RECORDED, "purpose": Purpose.POLITICAL}
    assert least_consent(**facts) is EXPRESS


@pytest.mark.parametrize("mode", [DialMode.MANUAL, DialMode.PREDICTIVE])
@pytest.mark.parametrize(("line", "least"), [(LANDLINE, NONE), (MOBILE, WRITTEN)])
def test_connecticut_wants_written_consent_for_sales(mode: DialMode, line: LineType, least: Consent) -> None:
    assert least_consent(state="US-CT", dial_mode=mode, line_type=line) is WRITTEN
    assert least_consent(state="US-CT", dial_mode=mode, line_type=line, subject=Subject.BUSINESS) is least
    assert reasons(call("US-CT")) == ["consent_state"]
    assert least_consent(state="US-CT", purpose=Purpose.SURVEY) is NONE


@pytest.mark.parametrize(
    ("state", "grounds", "denied"),
    [
        ("US-AZ", {}, True),
        ("US-AZ", {"consent": EXPRESS}, False),
        ("US-AZ", {"ebr": (Ebr(EbrKind.INQUIRY, 90),)}, False),
        ("US-AZ", {"subject": Subject.BUSINESS}, True),
        ("US-AZ", {"line_type": LineType.UNKNOWN}, True),
        ("US-AZ", {"line_type": LineType.VOIP}, False),
        ("US-AZ", {"line_type": LANDLINE}, False),
        ("US-AZ", {"purpose": Purpose.POLITICAL}, False),
        ("US-NJ", {"consent": EXPRESS}, True),
        ("US-NJ", {"consent": WRITTEN}, False),
        ("US-NJ", {"ebr": (Ebr(EbrKind.PURCHASE, 540),)}, False),
        ("US-NJ", {"ebr": (Ebr(EbrKind.INQUIRY, 1),)}, True),
        ("US-LA", {}, True),
        ("US-LA", {"consent": EXPRESS}, False),
        ("US-LA", {"ebr": (Ebr(EbrKind.PURCHASE, 1),)}, True),
        ("US-WY", {}, True),
        ("US-WY", {"consent": EXPRESS}, False),
        ("US-VA", {}, False),
    ],
)
def test_mobile_bans(state: str, grounds: dict[str, object], denied: bool) -> None:
    facts = call(state, **{"line_type": MOBILE, **grounds})
    assert reasons(facts) == (["mobile_ban"] if denied else [])


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("mode", BY_HAND)
def test_a_revocation_denies_every_call(purpose: Purpose, mode: DialMode) -> None:
    assert reasons(call(purpose=purpose, dial_mode=mode, consent=Consent.REVOKED)) == ["consent_revoked"]


def test_a_revoked_consent_is_no_consent() -> None:
    facts = call(dial_mode=DialMode.PREDICTIVE, line_type=MOBILE, consent=Consent.REVOKED)
    assert reasons(facts) == ["consent_autodial", "consent_revoked"]


def test_unknown_consent_is_none() -> None:
    assert reasons(call(dial_mode=DialMode.PREDICTIVE, line_type=MOBILE, consent=None)) == ["consent_autodial"]


def test_an_unknown_mode_may_be_any_machine() -> None:
    facts = call(dial_mode=None, line_type=MOBILE, abandoned_percent=3.1)
    assert reasons(facts) == ["abandonment", "consent_autodial", "consent_prerecorded"]


@pytest.mark.parametrize(
    ("phone", "region", "facts", "expected"),
    [
        ("+493023125000", "DE", {}, ["consent_optin"]),
        ("+493023125000", "DE", {"consent": EXPRESS}, []),
        ("+900000000000", "TR", {}, ["consent_optin"]),
        ("+900000000000", "TR", {"subject": Subject.BUSINESS}, []),
        ("+966000000000", "SA", {}, ["consent_optin"]),
        ("+34000000000", "ES", {}, ["consent_optin"]),
        ("+33199000123", "FR", {}, []),
        ("+442079460123", "GB", {"dial_mode": DialMode.PREDICTIVE, "line_type": MOBILE}, []),
        ("+442079460123", "GB", {"dial_mode": RECORDED, "consent": EXPRESS}, ["consent_prerecorded"]),
        ("+442079460123", "GB", {"dial_mode": RECORDED, "consent": WRITTEN}, []),
        ("+442079460123", "GB", {"dial_mode": RECORDED, "purpose": Purpose.SURVEY}, []),
    ],
)
def test_consent_in_other_countries(phone: str, region: str, facts: dict[str, object], expected: list[str]) -> None:
    assert reasons(call("", phone=phone, region=region, **facts), EUROPEAN_NOON) == expected


def test_russia_bans_machines_whatever_consent_says() -> None:
    moscow = call("", phone="+70000000000", region="RU", consent=WRITTEN, dial_mode=DialMode.PREDICTIVE)
    assert reasons(moscow, NOON.replace(hour=7)) == ["consent_autodial"]


def test_france_is_opt_in_from_11_august_2026() -> None:
    facts = call("", phone="+33199000123", region="FR")
    tuesday_before = EUROPEAN_NOON.replace(month=8, day=10)
    assert reasons(facts, tuesday_before) == []
    assert reasons(facts, tuesday_before + timedelta(days=1)) == ["consent_optin"]


@pytest.mark.parametrize(("consent", "expected"), [(NONE, ["consent_prerecorded"]), (EXPRESS, [])])
def test_canada_needs_consent_for_recorded_solicitation_only(consent: Consent, expected: list[str]) -> None:
    canadian = {"phone": "+14165550123", "region": "CA", "consent": consent}
    assert reasons(call("", dial_mode=RECORDED, **canadian)) == expected
    assert reasons(call("", dial_mode=DialMode.PREDICTIVE, line_type=MOBILE, **canadian)) == []
    assert reasons(call("", dial_mode=RECORDED, purpose=Purpose.SURVEY, **canadian)) == []


@pytest.mark.parametrize(("percent", "denied"), [(0.0, False), (3.0, False), (3.01, True), (None, True)])
def test_p5_abandonment_stops_predictive_only_and_exactly_three_percent_complies(
    percent: float | None, denied: bool
) -> None:
    for mode in DialMode:
        facts = call(dial_mode=mode, abandoned_percent=percent, consent=WRITTEN)
        assert reasons(facts) == (["abandonment"] if denied and mode is DialMode.PREDICTIVE else [])


def test_abandonment_warns_on_calls_that_are_no_telemarketing() -> None:
    decision = judged(call(dial_mode=DialMode.PREDICTIVE, abandoned_percent=4.0, purpose=Purpose.SURVEY))
    assert (decision.is_allowed, decision.warnings) == (True, ("abandonment",))
    assert judged(call(abandoned_percent=4.0)).warnings == ()


def test_canada_allows_five_percent() -> None:
    canadian = {"phone": "+14165550123", "region": "CA", "dial_mode": DialMode.PREDICTIVE}
    assert reasons(call("", abandoned_percent=5.0, **canadian)) == []
    assert reasons(call("", abandoned_percent=5.1, **canadian)) == ["abandonment"]
