import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.leads.domain.fields import Field
from apps.leads.domain.legal import NO_FACTS
from apps.leads.domain.mapping import ColumnMapping
from apps.leads.domain.refusals import RowReject
from apps.leads.domain.rows import LeadRow, RowParser
from apps.leads.domain.values import DateOrder

AT = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)
PHONE = "212-555-0101"


def parse(order: DateOrder = DateOrder.UNKNOWN, region: str = "US", **cells: str) -> LeadRow | RowReject:
    """One row whose columns are named after their fields; `x_...` are custom columns."""
    fields = tuple(Field.CUSTOM if name.startswith("x_") else Field(name.rstrip("0123456789")) for name in cells)
    mapping = ColumnMapping(tuple(cells), fields, order)
    return RowParser(mapping, region=region, at=AT, zones={"America/Chicago"}).parse(7, list(cells.values()))


def lead(**cells: str) -> LeadRow:
    row = parse(**{"phone": PHONE, **cells})
    assert isinstance(row, LeadRow), row
    return row


def custom(**cells: str) -> dict[str, str]:
    return dict(json.loads(lead(**cells).custom))


def test_row_becomes_a_lead() -> None:
    row = lead(
        first_name=" Ada ", last_name="Byron", state="new york", postal_code="10001", email="Ada@Example.COM", rank="7"
    )
    assert row == LeadRow(
        phone="+12125550101", region="US", line_type="unknown", state="NY", postal_code="10001", confirmed_zone="",
        subject_type="consumer", first_name="Ada", last_name="Byron", company="", email="ada@example.com",
        external_id="", source="", language="", rank=7, custom="{}", facts=NO_FACTS,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language"), [("Portuguese", "pt"), ("Español", "es"), ("es-MX", "es-mx"), ("yue", "yue"), ("", "")]
)
def test_a_language_written_out_becomes_its_tag(text: str, language: str) -> None:
    row = lead(language=text)
    assert (row.language, row.custom) == (language, "{}")


def test_a_language_too_long_to_be_a_tag_is_kept_as_it_was_written() -> None:
    assert (lead(language="Klingon (tlhIngan)").language, custom(language="Klingon (tlhIngan)")) == (
        "",
        {"language": "Klingon (tlhIngan)"},
    )


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"phone": "555-0101"}, "phone", "phone_no_area_code"),
        ({"phone": "800-555-0101"}, "phone", "phone_toll_free"),
        ({"phone": PHONE, "state": "Calfornia"}, "state", "state_unknown"),
        ({"phone": PHONE, "postal_code": "ABCDE"}, "postal_code", "postal_code_unreadable"),
        ({"phone": PHONE, "country": "Narnia"}, "country", "country_unknown"),
        ({"phone": PHONE, "confirmed_zone": "EST"}, "confirmed_zone", "zone_unknown"),
        ({"phone": PHONE, "dnc": "perhaps"}, "dnc", "flag_unreadable"),
        ({"phone": PHONE, "national_dnc": "perhaps"}, "national_dnc", "flag_unreadable"),
        ({"phone": PHONE, "state": "", "state_dnc": "yes"}, "state", "state_missing"),
        ({"phone": PHONE, "consent": "implied"}, "consent", "consent_unreadable"),
        ({"phone": PHONE, "consent": "express"}, "", "consent_undated"),
        ({"phone": PHONE, "consent": "express", "consent_at": "soon"}, "consent_at", "date_unreadable"),
        ({"phone": PHONE, "consent": "express", "consent_at": "03/04/2026"}, "consent_at", "date_ambiguous"),
        ({"phone": PHONE, "consent": "express", "consent_at": "2026-06-17"}, "consent_at", "date_in_future"),
        ({"phone": PHONE, "consent_ip": "1.2.3"}, "consent_ip", "ip_unreadable"),
        ({"phone": PHONE, "consent_url": "example.com"}, "consent_url", "url_unreadable"),
        ({"phone": PHONE, "consent_seller": "x" * 121}, "consent_seller", "text_too_long"),
        ({"phone": PHONE, "ebr_kind": "friend"}, "ebr_kind", "ebr_kind_unreadable"),
        ({"phone": PHONE, "ebr_kind": "purchase"}, "ebr_kind", "relationship_undated"),
        ({"phone": PHONE, "purchase_on": "03/04/2026"}, "purchase_on", "date_ambiguous"),
        ({"phone": PHONE, "purchase_on": "2026-06-19"}, "purchase_on", "date_in_future"),
        ({"phone": PHONE, "inquiry_on": "x"}, "inquiry_on", "date_unreadable"),
    ],
)
def test_refused_row_names_column_value_reason_and_fix(cells: dict[str, str], column: str, code: str) -> None:
    refused = parse(**cells)
    assert isinstance(refused, RowReject)
    assert (refused.row, refused.column, refused.code) == (7, column, code)
    assert refused.value == cells.get(column, "")
    assert refused.reason.endswith(".")
    assert refused.fix.endswith(".")


def test_row_with_too_many_cells_is_refused() -> None:
    mapping = ColumnMapping(("Phone",), (Field.PHONE,))
    parser = RowParser(mapping, region="US", at=AT, zones=())
    refused = parser.parse(3, [PHONE, "stray"])
    assert isinstance(refused, RowReject)
    assert (refused.code, refused.value) == ("row_too_wide", "stray")
    assert isinstance(parser.parse(3, [PHONE, "", " "]), LeadRow)


def test_row_that_lacks_its_last_cells_is_taken() -> None:
    mapping = ColumnMapping(("Phone", "State"), (Field.PHONE, Field.STATE))
    row = RowParser(mapping, region="US", at=AT, zones=()).parse(3, [PHONE])
    assert isinstance(row, LeadRow)


def test_country_follows_column_then_state_then_number() -> None:
    assert [lead(**cells).region for cells in ({"country": "Canada"}, {"state": "ON"}, {"state": "NY"}, {})] == [
        "CA", "CA", "US", "US",
    ]  # fmt: skip
    assert lead(phone="416-555-0101").region == "CA"


def test_country_column_says_where_a_number_without_country_code_is_at_home() -> None:
    row = lead(phone="020 7946 0123", country="UK")
    assert (row.phone, row.region) == ("+442079460123", "GB")


def test_state_of_a_country_without_known_states_is_kept_as_custom_field() -> None:
    assert custom(phone="+44 20 7946 0123", state="Kent") == {"state": "Kent"}


def test_alternate_number_steps_in_for_an_empty_one() -> None:
    row = lead(phone="", alt_phone="646-555-0102", alt_phone2="917-555-0103")
    assert row.phone == "+16465550102"
    assert json.loads(row.custom) == {"alt_phones": "+19175550103"}


def test_row_without_any_number_blames_the_column_of_the_phone() -> None:
    row = parse(phone="", alt_phone="", alt_phone2="")
    assert isinstance(row, RowReject)
    assert (row.column, row.value) == ("phone", "")


def test_bad_alternate_number_in_place_of_an_empty_one_is_named_where_it_stands() -> None:
    row = parse(phone="", alt_phone="555-0102", alt_phone2="")
    assert isinstance(row, RowReject)
    assert (row.column, row.value) == ("alt_phone", "555-0102")


def test_alternate_number_that_is_none_is_kept_as_written() -> None:
    assert custom(alt_phone="ask Bob") == {"alt_phones": "ask Bob"}


def test_extension_is_kept() -> None:
    assert custom(phone="212-555-0101 x45") == {"extension": "45"}


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Ada Byron", "Ada", "Byron"),
        ("Byron, Ada", "Ada", "Byron"),
        ("Cher", "Cher", ""),
        ("Ada King Byron", "Ada", "King Byron"),
    ],
)
def test_full_name_is_split(name: str, first: str, last: str) -> None:
    row = lead(full_name=name)
    assert (row.first_name, row.last_name) == (first, last)


def test_full_name_yields_to_names_of_their_own() -> None:
    row = lead(full_name="The Byrons", first_name="Ada")
    assert (row.first_name, row.last_name) == ("Ada", "")


def test_what_does_not_fit_its_column_is_kept_under_its_header() -> None:
    assert custom(rank="high") == {"rank": "high"}
    assert custom(rank="99999") == {"rank": "99999"}
    assert custom(line_type="satellite") == {"line_type": "satellite"}
    assert custom(subject_type="alien") == {"subject_type": "alien"}
    assert custom(company="x" * 121) == {"company": "x" * 121}
    assert custom(full_name="x" * 200) == {"full_name": "x" * 200}
    assert custom(email="ask Bob") == {"email": "ask Bob"}
    assert lead(email="ask Bob").email == ""
    assert lead(line_type="satellite", subject_type="alien").line_type == "unknown"


def test_strict_parser_names_every_column_at_fault_once() -> None:
    cells = {
        "phone": "555-0101", "state": "Calfornia", "email": "ada", "rank": "high", "line_type": "satellite",
        "company": "x" * 121, "consent": "express", "consent_at": "soon", "consent_ip": "1.2.3", "purchase_on": "x",
    }  # fmt: skip
    mapping = ColumnMapping(tuple(cells), tuple(map(Field, cells)))
    parser = RowParser(mapping, region="US", at=AT, zones=(), is_strict=True)

    faults = parser.read(7, list(cells.values()))

    assert not isinstance(faults, LeadRow)
    assert sorted(fault.column for fault in faults) == sorted(cells.keys() - {"consent"})
    assert {fault.row for fault in faults} == {7}
    assert isinstance(parser.read(8, [PHONE, "NY", "ada@example.com", "1", "voip", "", "", "", "", ""]), LeadRow)


@pytest.mark.parametrize(
    "text",
    ["ada@example.com", "a.b+c@sub.example.co.uk", "o'neil_x-1@example-1.org", "用户@例え.jp", "a@xn--fsq.xn--p1ai"],
)
def test_address_is_kept_as_e_mail(text: str) -> None:
    assert lead(email=text).email == text


@pytest.mark.parametrize(
    "text",
    [
        "x", "@", "a@b", "a@", "@example.com", "a b@example.com", "a@exa mple.com", "a@@example.com", ".a@example.com",
        "a..b@example.com", "a.@example.com", "a@example..com", "a@-example.com", "a@example-.com", "a@example.com.",
        "a@example.com,b@example.com", "Ada <a@example.com>", "a@[203.0.113.7]", "a@ex_a.com",
    ],
)  # fmt: skip
def test_what_is_no_address_is_kept_under_its_header(text: str) -> None:
    assert custom(email=text) == {"email": text}


def test_word_for_nothing_is_no_address() -> None:
    assert (lead(email="n/a").email, custom(email="n/a")) == ("", {})


def test_columns_without_a_place_on_a_lead_are_kept() -> None:
    kept = custom(
        city="Albany", notes='say "hi"\n', address="1 Elm St", address2="Apt 2", x_roof="12", consent_source="web"
    )
    assert kept == {
        "x_roof": "12", "city": "Albany", "notes": 'say "hi"', "consent_source": "web", "address": "1 Elm St",
        "address2": "Apt 2",
    }  # fmt: skip


def test_words_for_nothing_are_no_values() -> None:
    row = lead(state="N/A", postal_code="-", country="null", dnc="n/a", consent="none", line_type="unknown")
    assert (row.state, row.postal_code, row.region, row.facts, row.custom) == ("", "", "US", NO_FACTS, "{}")


def test_facts_of_a_row() -> None:
    facts = lead(
        consent="written", consent_at="2026-05-01", consent_text="I agree", consent_seller="Acme",
        consent_url="https://example.com/p", consent_certificate="abc", consent_ip="203.0.113.7", ebr_kind="inquiry",
        ebr_on="2026-05-02", purchase_on="May 3, 2026", dnc="no", national_dnc="yes", state_dnc="y", state="NY",
    ).facts  # fmt: skip
    assert (facts.consent, facts.consent_at) == ("express_written", datetime(2026, 5, 1, tzinfo=UTC))
    assert (facts.consent_text, facts.consent_seller, facts.consent_url) == ("I agree", "Acme", "https://example.com/p")
    assert (facts.consent_certificate, facts.consent_ip) == ("abc", "203.0.113.7")
    assert facts.relationships == (("purchase", date(2026, 5, 3)), ("inquiry", date(2026, 5, 2)))
    assert (facts.dnc, facts.national_dnc, facts.state_dnc) == (False, True, True)


def test_evidence_without_consent_is_kept_as_custom_fields() -> None:
    assert custom(consent_text="I agree", consent_ip="203.0.113.7") == {
        "consent_text": "I agree",
        "consent_ip": "203.0.113.7",
    }


def test_withdrawal_needs_no_date() -> None:
    assert lead(consent="opt out").facts.consent == "revoked"


def test_date_order_of_the_file_settles_ambiguous_dates() -> None:
    row = parse(DateOrder.DAY_FIRST, phone=PHONE, purchase_on="04/03/2026")
    assert isinstance(row, LeadRow)
    assert row.facts.relationships == (("purchase", date(2026, 3, 4)),)


anything = st.one_of(st.text(max_size=15), st.sampled_from(["", "yes", "NY", "10001", "2026-01-02", "US", PHONE, "1"]))


@settings(max_examples=400)
@given(cells=st.dictionaries(st.sampled_from([field.value for field in Field]), anything, max_size=12))
def test_any_row_is_a_lead_that_fits_the_table_or_a_reject(cells: dict[str, str]) -> None:
    row = parse(**{"phone": PHONE, **cells})
    if isinstance(row, RowReject):
        assert row.code
        assert row.fix
        return
    limits = (16, 2, 8, 3, 12, 40, 8, 80, 80, 120, 254, 80, 80, 8)
    assert all(len(text) <= limit for text, limit in zip(row, limits, strict=False) if isinstance(text, str))
    assert isinstance(json.loads(row.custom), dict)
