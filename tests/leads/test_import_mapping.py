import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.leads.domain.fields import LABELS, Field, find_field
from apps.leads.domain.mapping import ColumnMapping, MappingError, guess_mapping, looks_like_data
from apps.leads.domain.values import DateOrder

ROW = ("212-555-0101", "Ada", "Byron", "ada@example.com", "NY", "10001")


def guess(headers: list[str], *rows: list[str], has_header: bool = True) -> list[str]:
    return [field.value for field in guess_mapping(headers, rows, has_header=has_header).fields]


@pytest.mark.parametrize(
    ("product", "headers", "fields"),
    [
        (
            "VICIdial",
            "vendor_lead_code source_id list_id phone_code phone_number title first_name middle_initial last_name "
            "address1 address2 address3 city state province postal_code country_code gender date_of_birth alt_phone "
            "email security_phrase comments rank owner",
            "external_id source custom custom phone custom first_name custom last_name address address address city "
            "state custom postal_code country custom custom alt_phone email custom notes rank custom",
        ),
        (
            "Five9",
            "number1 number2 number3 first_name last_name company street city state zip",
            "phone alt_phone alt_phone first_name last_name company address city state postal_code",
        ),
        (
            "CXone",
            "externalId PhoneNumber FirstName LastName timeZone",
            "external_id phone first_name last_name custom",
        ),
        (
            "HubSpot",
            "Record ID|First Name|Last Name|Email|Mobile Phone Number|Phone Number|Associated Company|Lead Status",
            "external_id first_name last_name email phone alt_phone company custom",
        ),
        (
            "consented",
            "phone consent consent_date consent_text ip xxTrustedFormCertUrl dnc on_national_dnc last_purchase",
            "phone consent consent_at consent_text consent_ip consent_certificate dnc national_dnc purchase_on",
        ),
        ("German", "Telefon Vorname Nachname PLZ Ort Firma", "phone first_name last_name postal_code city company"),
        ("Spanish", "Teléfono Nombre Apellido Código_Postal", "phone first_name last_name postal_code"),
    ],
)
def test_usual_headers_are_understood(product: str, headers: str, fields: str) -> None:
    names = headers.split("|") if "|" in headers else headers.split()
    assert guess(names) == fields.split()


def test_every_field_is_found_by_its_own_name() -> None:
    assert {find_field(field.value) for field in Field} == set(Field)
    assert set(LABELS) == set(Field)


def test_name_is_not_believed_when_the_content_contradicts() -> None:
    assert guess(["Phone", "Region", "Mobile"], ["212-555-0101", "North-East", "yes"]) == ["phone", "custom", "custom"]


def test_fullest_of_several_phone_columns_is_the_phone() -> None:
    rows = [["", "212-555-0101"], ["212-555-0102", "212-555-0103"]]
    assert guess(["Home Phone", "Cell Phone"], *rows) == ["alt_phone", "phone"]


def test_columns_without_header_are_told_by_their_content() -> None:
    headers = [f"Column {number}" for number in range(1, 7)]
    assert guess(headers, list(ROW), has_header=False) == ["phone", "custom", "custom", "email", "state", "postal_code"]


def test_unnamed_phone_column_is_found_by_its_content() -> None:
    assert guess(["Wert", "Kunde"], ["212-555-0101", "Ada"]) == ["phone", "custom"]


def test_second_column_of_one_meaning_becomes_custom() -> None:
    assert guess(["Phone", "State", "Province"], ["212-555-0101", "NY", ""]) == ["phone", "state", "custom"]


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["03/14/2026", "03/04/2026"], DateOrder.MONTH_FIRST),
        (["14.03.2026"], DateOrder.DAY_FIRST),
        (["03/04/2026"], DateOrder.UNKNOWN),
        (["03/14/2026", "14/03/2026"], DateOrder.UNKNOWN),
        (["2026-03-14"], DateOrder.UNKNOWN),
    ],
)
def test_date_order_is_told_by_a_date_that_has_only_one_reading(dates: list[str], order: DateOrder) -> None:
    rows = [["212-555-0101", day] for day in dates]
    assert guess_mapping(["Phone", "Consent Date"], rows).date_order is order


@pytest.mark.parametrize(
    ("row", "expected"),
    [(ROW, True), (("Phone", "Name"), False), (("", "ada@example.com"), True), ((), False)],
)
def test_first_row_is_told_from_a_header(row: tuple[str, ...], expected: bool) -> None:
    assert looks_like_data(row) is expected


def test_mapping_survives_storage() -> None:
    mapping = ColumnMapping(("Phone", "X", "Y"), (Field.PHONE, Field.CUSTOM, Field.IGNORE), DateOrder.DAY_FIRST)
    assert ColumnMapping.from_json(mapping.to_json(), mapping.headers) == mapping


def test_header_unknown_to_a_stored_mapping_is_kept_as_custom_field() -> None:
    assert ColumnMapping.from_json({"columns": {"A": "phone"}}, ["A", "B"]).fields == (Field.PHONE, Field.CUSTOM)


def test_stored_mapping_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(MappingError, match="cannot be read"):
        ColumnMapping.from_json({"columns": {"A": "shoe_size"}}, ["A"])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ((Field.CUSTOM, Field.CUSTOM), "No column holds the phone number"),
        ((Field.PHONE, Field.PHONE), "'A' and 'B' cannot both be 'Phone'"),
    ],
)
def test_mapping_that_cannot_work_is_refused(fields: tuple[Field, ...], message: str) -> None:
    with pytest.raises(MappingError, match=message):
        ColumnMapping(("A", "B"), fields).check()


@settings(max_examples=150)
@given(
    headers=st.lists(st.sampled_from(["Phone", "Mobile", "State", "Zip", "Name", "DNC", "?"]), min_size=1, max_size=6),
    cells=st.lists(st.lists(st.text(max_size=12), max_size=7), max_size=4),
)
def test_guess_takes_no_meaning_twice(headers: list[str], cells: list[list[str]]) -> None:
    names = [f"{header}{' ' * index}" for index, header in enumerate(headers)]
    mapping = guess_mapping(names, cells)
    assert len(mapping.fields) == len(headers)
    if Field.PHONE in mapping.fields:
        mapping.check()
