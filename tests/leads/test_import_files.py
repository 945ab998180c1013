import codecs
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from apps.leads.domain.fields import Field
from apps.leads.importing import limits
from apps.leads.importing.columns import name_columns
from apps.leads.importing.errors import FileError
from apps.leads.importing.files import FileFormat, inspect_file, open_rows
from tests.leads.importing_kit import csv_bytes

TEXT = "Phone,Name\r\n212-555-0101,Zoë\r\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "leads.csv"


def read(path: Path, **changes: object) -> list[tuple[int, list[str]]]:
    """All rows, by what `inspect_file` finds."""
    found = inspect_file(path).format
    source = open_rows(path, FileFormat(**{**found.to_json(), **changes}))
    try:
        return list(source)
    finally:
        source.close()


def error_of(path: Path) -> tuple[str, str]:
    with pytest.raises(FileError) as caught:
        read(path)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-32"), "utf-32"),
        (TEXT.encode("cp1252"), "cp1252"),
    ],
)
def test_usual_encodings_are_recognised(file: Path, content: bytes, encoding: str) -> None:
    file.write_bytes(content)
    assert inspect_file(file).format.encoding == encoding
    assert read(file) == [(2, ["212-555-0101", "Zoë"])]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_usual_delimiters_are_recognised(file: Path, delimiter: str) -> None:
    file.write_text(f"Phone{delimiter}Note\n212-555-0101{delimiter}a, b; c\n", encoding="utf-8")
    rows = read(file)
    assert inspect_file(file).format.delimiter == delimiter
    assert rows[0][1][0] == "212-555-0101"


def test_separator_line_of_excel_is_obeyed(file: Path) -> None:
    file.write_text("sep=;\nPhone;Name\n212-555-0101;Ada\n", encoding="utf-8")
    assert read(file) == [(3, ["212-555-0101", "Ada"])]


def test_rows_are_numbered_as_in_a_spreadsheet(file: Path) -> None:
    file.write_text('Phone,Note\n1,"two\nlines"\n\n2,x\n', encoding="utf-8")
    assert [(number, cells[0]) for number, cells in read(file, has_header=True)] == [(2, "1"), (4, "2")]


def test_file_without_header_loses_no_row(file: Path) -> None:
    file.write_text("212-555-0101,Ada\n212-555-0102,Bob\n", encoding="utf-8")
    preview = inspect_file(file)
    assert preview.mapping.headers == ("Column 1", "Column 2")
    assert preview.mapping.fields == (Field.PHONE, Field.CUSTOM)
    assert [number for number, _ in read(file)] == [1, 2]


def test_one_column_is_enough(file: Path) -> None:
    file.write_text("Phone\n212-555-0101\n", encoding="utf-8")
    assert read(file) == [(2, ["212-555-0101"])]


def test_columns_get_names_that_are_never_empty_nor_alike() -> None:
    assert name_columns(["Phone", " ", "Phone", "Phone"], has_header=True) == (
        "Phone",
        "Column 2",
        "Phone (2)",
        "Phone (3)",
    )


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(FileError, match="The file has 257 columns; 256 is the limit"):
        name_columns(["x"] * 257, has_header=True)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "file_empty", "is empty"),
        (b"\n\n", "file_empty", "no rows"),
        (b"Phone,Name\n", "file_empty", "header but no rows"),
        (b"%PDF-1.7 x", "file_not_table", "not a table"),
        (b"\x00\x01\x02 binary" * 9, "file_not_table", "not a table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file_old_excel", "old or a password-protected"),
        (b"PK\x03\x04 cut off", "file_damaged", "damaged"),
        (b"Phone,Name\n1,a\n2,\x81\xff\n", "file_encoding", "Line 3 holds bytes"),
        (b'Phone,Name\n1,"a\n2,b\n', "file_open_quote", "Row 2 opens a quote"),
        (b'Phone,Name\n1,"' + b"a\n" * 250 + b'"\n', "file_open_quote", "Row 2 opens a quote"),
        (b"Phone,Name\n1," + b"a" * 40_000 + b"\n", "file_open_quote", "Row 2 has a cell of more than"),
    ],
)
def test_file_that_cannot_be_read_says_where_and_why(file: Path, content: bytes, code: str, words: str) -> None:
    file.write_bytes(content)
    found, message = error_of(file)
    assert found == code
    assert words in message


def test_quote_inside_an_unquoted_cell_is_just_a_character(file: Path) -> None:
    file.write_text('Phone,Note\n212-555-0101,5" pipe\n', encoding="utf-8")
    assert read(file) == [(2, ["212-555-0101", '5" pipe'])]


def test_row_with_a_zero_byte_is_marked(file: Path) -> None:
    file.write_bytes(b"Phone,Name\n1,a\0b\n2,c\n")
    found = inspect_file(file).format
    source = open_rows(file, found)
    marks = [(number, source.is_damaged) for number, _ in source]
    source.close()
    assert marks == [(2, True), (3, False)]


def test_progress_reaches_the_size_of_the_file(file: Path) -> None:
    file.write_bytes(csv_bytes([("212-555-0101", "Ada", "NY", "10001")] * 50))
    source = open_rows(file, inspect_file(file).format)
    list(source)
    assert source.bytes_done() == file.stat().st_size
    source.close()


def test_too_large_a_file_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(TEXT, encoding="utf-8")
    monkeypatch.setattr("apps.leads.importing.files.MAX_BYTES", 10)
    assert error_of(file)[0] == "file_too_large"


cells = st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)


@settings(max_examples=120)
@given(rows=st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=6))
def test_what_a_csv_writer_wrote_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "leads.csv"
    path.write_bytes(csv_bytes(rows, header=("Phone", "B", "C")))
    source = open_rows(path, FileFormat("csv", encoding="utf-8", delimiter=","))
    assert [found for _, found in source] == rows
    source.close()


def workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Leads"
    for row in rows:
        sheet.append(row)
    hidden = book.create_sheet("Old")
    hidden.sheet_state = "hidden"
    book.create_sheet("More").append(["Tel"])
    book["More"].append(["212-555-0109"])
    book.save(path)
    return path


def test_workbook_gives_its_cells_as_a_person_sees_them(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "leads.xlsx",
        ("Phone", "Born", "Seen", "Score", "VIP"),
        (2125550101, date(1990, 5, 6), datetime(2026, 1, 2, 3, 4), 1.5, True),  # noqa: DTZ001 - Excel knows no zones
        (None, None, None, None, None),
        ("212-555-0102", None, None, 7.0, False),
    )
    assert inspect_file(path).sheets == ("Leads", "More")
    assert read(path) == [
        (2, ["2125550101", "1990-05-06", "2026-01-02 03:04:00", "1.5", "yes"]),
        (4, ["212-555-0102", "", "", "7", "no"]),
    ]


def test_another_sheet_can_be_chosen(tmp_path: Path) -> None:
    path = workbook(tmp_path / "leads.xlsx", ("Phone",), ("212-555-0101",))
    preview = inspect_file(path, sheet="More")
    assert (preview.format.sheet, preview.rows) == ("More", (("212-555-0109",),))
    with pytest.raises(FileError, match="no sheet 'Old'"):
        inspect_file(path, sheet="Old")


def test_workbook_without_rows_is_refused(tmp_path: Path) -> None:
    assert error_of(workbook(tmp_path / "leads.xlsx"))[0] == "file_empty"


def test_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "leads.xlsx", ("Phone",), ("212-555-0101",))
    path.write_bytes(path.read_bytes().replace(b"xl/workbook.xml", b"xl/workbook.xxx"))
    assert error_of(path)[0] == "file_not_table"


def test_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "leads.xlsx", ("Phone",), ("212-555-0101",))
    monkeypatch.setattr("apps.leads.importing.workbook_rows.MAX_UNZIPPED_BYTES", 100)
    assert error_of(path)[0] == "file_too_large"


def test_limits_leave_room_for_a_million_rows() -> None:
    assert limits.MAX_ROWS >= 1_000_000
