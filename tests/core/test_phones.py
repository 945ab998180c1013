import random
import re
import sys

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.domain.digit_language import UnsupportedPatternError, count_members, parse_language
from apps.core.domain.nanp import FIRST_CLASS, MIXED, prefix_table
from apps.core.domain.phone_faults import FAULTS, PhoneReason
from apps.core.domain.phones import PhoneResult, PhoneStatus, area_code, normalise_phone
from bench.import_corpus import area_codes, messy_phone

Verdict = tuple[bool, str, str]


def library_verdict(raw: str, region: str) -> Verdict:
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return False, "", ""
    if not phonenumbers.is_valid_number(number):
        return False, "", ""
    return True, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), number.extension or ""


def our_verdict(raw: str, region: str) -> Verdict:
    result = normalise_phone(raw, region)
    return result.is_valid, result.e164, result.extension


regions = st.sampled_from(["US", "CA", "PR", "AG", "GB"])
junk = st.text(
    alphabet="0123456789 ()-./+x#,;~*eExXtThome\t\n_[]\\:\u0661\uff12\uff0b\uff0d\uff08\uff09\u00a0\u2011²", max_size=24
)
digits = st.text(alphabet="0123456789", min_size=2, max_size=18)
ends = [
    "",
    " x12",
    " ext. 345",
    "#55",
    " - 503#",
    ";ext=7",
    ",12",
    "/x33",
    " extension 1234567",
    " x",
    " (home)",
    " c",
    "\n",
]
starts = ["", "+1", "1", "+", "011", "01144", " +1 (", "Tel: ", "tel:+1", "+1-", "11"]


@st.composite
def almost_numbers(draw: st.DrawFn) -> str:
    area, exchange = draw(st.integers(200, 999)), draw(st.integers(100, 999))
    line = f"{draw(st.integers(0, 9999)):04}"
    shape = draw(st.sampled_from(["{}{}{}", "({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "{} {} {}", "{}/{}-{}"]))
    text = draw(st.sampled_from(starts)) + shape.format(area, exchange, line) + draw(st.sampled_from(ends))
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from(["", "", " ", "1", "x", "+", "-", ".", "a"])) + text[at:]


@settings(max_examples=1500)
@given(raw=st.one_of(almost_numbers(), junk, digits, st.text(max_size=20)), region=regions)
def test_verdict_is_that_of_the_library(raw: str, region: str) -> None:
    assert our_verdict(raw, region) == library_verdict(raw, region)


def test_verdict_on_a_messy_list_is_that_of_the_library() -> None:
    chance = random.Random(11)
    areas = area_codes()
    for _ in range(4000):
        raw = messy_phone(chance, chance.choice(areas), f"{chance.randrange(10_000):04}")
        assert our_verdict(raw, "US") == library_verdict(raw, "US"), raw


def test_every_unicode_digit_reads_as_the_library_reads_it() -> None:
    sets = [chr(code) for code in range(sys.maxunicode) if chr(code).isdecimal() and int(chr(code)) == 2]
    assert len(sets) > 50
    for two in sets:
        raw = f"{two}1{two}-555-0123"
        assert our_verdict(raw, "US") == library_verdict(raw, "US"), raw


def test_prefix_table_agrees_with_the_library_on_random_prefixes() -> None:
    chance = random.Random(5)
    codes = prefix_table().codes
    by_hundred = range(200_000, 1_000_000, 97)
    for prefix in chance.sample(by_hundred, 2500):
        number = phonenumbers.parse(f"+1{prefix}{chance.randrange(10_000):04}")
        if codes[prefix] != MIXED:
            assert (codes[prefix] >= FIRST_CLASS) == phonenumbers.is_valid_number(number), prefix


def test_only_a_handful_of_prefixes_is_left_to_the_library() -> None:
    assert prefix_table().codes.count(MIXED) < 20


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("(212) 555-0123", PhoneResult(PhoneStatus.CALLABLE, "+12125550123", "", "US")),
        ("+1 604.555.0123", PhoneResult(PhoneStatus.CALLABLE, "+16045550123", "", "CA")),
        ("212-555-0123 ext. 45", PhoneResult(PhoneStatus.CALLABLE, "+12125550123", "45", "US")),
        ("+44 20 7946 0123", PhoneResult(PhoneStatus.CALLABLE, "+442079460123", "", "GB")),
        ("246-555-0123", PhoneResult(PhoneStatus.INVALID, reason=PhoneReason.UNASSIGNED)),
        ("876-606-0123", PhoneResult(PhoneStatus.CALLABLE, "+18766060123", "", "JM")),
    ],
)
def test_number_is_read_in_its_usual_writings(raw: str, expected: PhoneResult) -> None:
    result = normalise_phone(raw)
    assert result._replace(fix="", kind=expected.kind) == expected


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", PhoneReason.EMPTY),
        ("  ", PhoneReason.EMPTY),
        ("unknown", PhoneReason.NOT_A_NUMBER),
        ("xxx-xxx-0123", PhoneReason.MASKED),
        ("212-555-****", PhoneReason.MASKED),
        ("2125550123.0", PhoneReason.SPREADSHEET_DECIMAL),
        ("2.12555E+09", PhoneReason.SPREADSHEET_EXPONENT),
        ("212-555-0123 / 212-555-0199", PhoneReason.TWO_NUMBERS),
        ("212-555-0123, 212-555-0199", PhoneReason.TWO_NUMBERS),
        ("212-555-0123 or 555-0199", PhoneReason.TWO_NUMBERS),
        ("212-555-0123 (home)", PhoneReason.WITH_WORDS),
        ("call me", PhoneReason.NOT_A_NUMBER),
        ("212-555", PhoneReason.TOO_SHORT),
        ("212-555-01234", PhoneReason.TOO_LONG),
        ("555-0123", PhoneReason.NO_AREA_CODE),
        ("211-555-0123", PhoneReason.UNASSIGNED),
        ("000-000-0000", PhoneReason.UNASSIGNED),
        ("+999 1234 5678", PhoneReason.UNASSIGNED),
        ("+44 12", PhoneReason.TOO_SHORT),
        ("1-555-0123", PhoneReason.NO_AREA_CODE),
    ],
)
def test_refused_cell_names_its_fault_and_the_fix(raw: str, reason: PhoneReason) -> None:
    result = normalise_phone(raw)
    assert (result.status, result.e164, result.reason) == (PhoneStatus.INVALID, "", reason)
    assert result.message == FAULTS[reason].message
    assert result.fix.startswith(FAULTS[reason].fix)


def test_spreadsheet_decimal_suggests_the_number_but_does_not_use_it() -> None:
    result = normalise_phone("2125550123.0")
    assert result.e164 == ""
    assert result.fix.endswith("The number was probably 2125550123.")


@pytest.mark.parametrize(
    ("raw", "e164", "reason"),
    [
        ("212-911-1234", "+12129111234", PhoneReason.SERVICE),
        ("212-555-1212", "+12125551212", PhoneReason.SERVICE),
        ("310-8804", "+13108804", PhoneReason.LOCAL_ONLY),
        ("800-555-0123", "+18005550123", PhoneReason.TOLL_FREE),
        ("900-555-0123", "+19005550123", PhoneReason.PREMIUM_RATE),
        ("500-555-0123", "+15005550123", PhoneReason.PERSONAL),
        ("600-555-0123", "+16005550123", PhoneReason.NON_GEOGRAPHIC),
        ("2125550123;2125550199", "+12125550123", PhoneReason.TWO_NUMBERS),
    ],
)
def test_valid_number_that_must_not_be_dialled_is_reported_apart(raw: str, e164: str, reason: PhoneReason) -> None:
    result = normalise_phone(raw)
    assert (result.status, result.is_valid, result.e164, result.reason) == (
        PhoneStatus.NOT_CALLABLE,
        True,
        e164,
        reason,
    )


def test_every_reason_has_words() -> None:
    assert set(FAULTS) == set(PhoneReason)


def test_area_code_is_known_for_plus_one_only() -> None:
    assert [area_code(e164) for e164 in ("+12125550123", "+442079460123", "+13108804")] == ["212", "", ""]


patterns = ["[2-9]\\d{3}|3\\d", "(?:2(?:0[1-3]|[46]9)|5)\\d{1,2}", "1?2[\\d]", "", "(1|2){2}0?"]


@settings(max_examples=30)
@given(pattern=st.sampled_from(patterns), length=st.integers(0, 4))
def test_language_counts_what_the_expression_matches(pattern: str, length: int) -> None:
    strings = [f"{value:0{length}}" for value in range(10**length)] if length else [""]
    matching = sum(re.fullmatch(pattern, text) is not None for text in strings)
    assert count_members(parse_language(pattern), length) == matching


@pytest.mark.parametrize("pattern", ["a", "[2-", "(?:2", "2)", "2*", "2{1"])
def test_language_refuses_what_it_cannot_count(pattern: str) -> None:
    with pytest.raises(UnsupportedPatternError):
        parse_language(pattern)
