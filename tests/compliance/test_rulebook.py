"""The rulebook's files: complete, cited, dated; and a broken one says where and what to do."""

import csv
import shutil
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from apps.compliance.domain.codes import Purpose
from apps.compliance.rulebook import (
    Problem,
    RulebookError,
    check_tzdata,
    find_zip,
    load_rulebook,
    tzdata,
    validate_rulebook,
)
from apps.compliance.rulebook.loader import DATA

RULE_FILES = [
    "abandonment.csv",
    "caps.csv",
    "consents.csv",
    "holidays.csv",
    "policies.csv",
    "recording.csv",
    "registers.csv",
    "windows.csv",
]
GEOGRAPHY_FILES = ["area_codes.csv", "calling_codes.csv", "countries.csv", "postal_prefixes.csv", "states.csv"]


def rows(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def edit(folder: Path, file: str, row: int, column: str, value: str) -> None:
    lines = list(csv.reader((folder / file).read_text(encoding="utf-8").splitlines()))
    lines[row - 1][lines[0].index(column)] = value
    with (folder / file).open("w", encoding="utf-8", newline="") as target:
        csv.writer(target, lineterminator="\n").writerows(lines)


def test_the_shipped_rulebook_has_no_fault() -> None:
    assert validate_rulebook() == ()
    assert load_rulebook() is load_rulebook()


def test_every_file_is_read() -> None:
    assert sorted(path.name for path in DATA.iterdir()) == sorted([*RULE_FILES, *GEOGRAPHY_FILES, "manifest.toml"])


@pytest.mark.parametrize("file", RULE_FILES)
def test_every_rule_is_cited_dated_and_graded(file: str) -> None:
    for row in rows(file):
        assert row["id"]
        assert len(row["source"]) > 5
        assert date.fromisoformat(row["effective_from"]) >= date(2020, 1, 1)
        assert row["confidence"] in {"high", "medium", "low"}


def test_rule_ids_are_unique_over_all_files() -> None:
    ids = [row["id"] for file in RULE_FILES for row in rows(file)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("file", GEOGRAPHY_FILES)
def test_every_place_is_cited_and_its_zones_exist(file: str) -> None:
    for row in rows(file):
        assert row["id"]
        assert row["source"]
        for zone in filter(None, row["zones"].split("|")):
            assert ZoneInfo(zone).key == zone


def test_every_country_and_state_has_hours_for_every_purpose() -> None:
    book = load_rulebook()
    assert len([code for code in book.geography.state_zones if code.startswith("US-")]) == 56
    assert len(book.countries) == 13
    today = date(2026, 11, 21)
    for country in book.countries:
        for purpose in Purpose:
            assert any(
                rule.jurisdiction == country and purpose in rule.purposes and rule.is_in_force(today)
                for rule in book.windows
            )


@pytest.mark.parametrize(
    ("file", "column", "value", "fix"),
    [
        ("windows.csv", "mon_fri", "8-21", "write closed, or hours such as 08:00-21:00"),
        ("windows.csv", "sat", "21:00-08:00", "hours must run forward within one day and not overlap"),
        ("windows.csv", "sun", "08:00-12:00 11:00-13:00", "hours must run forward within one day and not overlap"),
        ("windows.csv", "mon_fri", "08:00-24:30", "hours must run forward within one day and not overlap"),
        ("windows.csv", "basis", "Mars/Olympus", "write IANA time zone names"),
        ("windows.csv", "jurisdiction", "US-ZZ", "write *, or a country or state of countries.csv and states.csv"),
        ("windows.csv", "purposes", "sales", "write one of commercial, charity, political, survey, debt, informational"),
        ("windows.csv", "effective_from", "soon", "write a date such as 2026-10-18"),
        ("windows.csv", "effective_to", "2019-01-01", "must not be before 2020-01-01"),
        ("windows.csv", "source", "", "cite the statute, rule or policy this row rests on"),
        ("windows.csv", "confidence", "sure", "write one of high, low, medium"),
        ("caps.csv", "max_calls", "0", "write a whole number above zero"),
        ("caps.csv", "counted_per", "moon", "write one of caller, debt, number, person_subject"),
        ("registers.csv", "outcome", "maybe", "write exempt or deny"),
        ("registers.csv", "lifted_by", "sale<=x", "write express, express_written, purchase<=DAYS or inquiry<=DAYS, joined by |"),
        ("consents.csv", "reason", "number", "write one of consent_autodial, consent_optin, consent_prerecorded, consent_state, mobile_ban"),
        ("abandonment.csv", "max_percent", "three", "write a percentage such as 3.0"),
        ("holidays.csv", "day", "nth 13 1 mon", "write fixed MM-DD, date YYYY-MM-DD, easter N, nth MM N day or last MM day"),
        ("holidays.csv", "day", "moon 1", "write fixed MM-DD, date YYYY-MM-DD, easter N, nth MM N day or last MM day"),
        ("holidays.csv", "calendars", "US-ZZ", "write *, or a country or state of countries.csv and states.csv"),
        ("area_codes.csv", "kind", "mobile", "write one of geographic, other, personal, premium, toll_free"),
        ("area_codes.csv", "country", "", "only geographic codes have a country"),
        ("states.csv", "zones", "", "must not be empty"),
        ("calling_codes.csv", "country", "", "must not be empty"),
        ("policies.csv", "id", "", "give every row an id of its own"),
        ("recording.csv", "needs", "some", "write all or one"),
        ("recording.csv", "source", "", "cite the statute, rule or policy this row rests on"),
    ],
)  # fmt: skip
def test_a_broken_cell_is_named_with_its_fix(folder: Path, file: str, column: str, value: str, fix: str) -> None:
    edit(folder, file, 2, column, value)
    assert Problem(file, 2, column, value, fix) in validate_rulebook(folder)
    with pytest.raises(RulebookError, match=f"{file}, row 2, column {column}"):
        load_rulebook(folder)


@pytest.mark.parametrize(
    ("file", "find", "replace", "problem"),
    [
        ("policies.csv", "P.stop,", "P.halt,", Problem("policies.csv", 0, "id", "P.stop", "add the row the gate cites")),
        ("windows.csv", "US-WY.hours", "US-WV.hours", Problem("windows.csv", 74, "id", "US-WV.hours.sales", "give every row an id of its own")),
        ("windows.csv", "IT.hours.all,IT,any", "IT.hours.all,IT,debt", Problem("windows.csv", 0, "purposes", "IT survey", "add the country's hours for it")),
        ("registers.csv", "US-WY.dnc_state,US-WY", "US-WY.dnc_state,US-WV", Problem("registers.csv", 0, "jurisdiction", "US-WY", "add a row for the state's register")),
        ("windows.csv", "US-WY.hours.sales,US-WY", "US-WY.hours.sales,US-WV", Problem("windows.csv", 0, "jurisdiction", "US-WY", "add the state's sales hours")),
        ("area_codes.csv", "212,geographic,US,US-NY", "212,geographic,US,US-ZZ", Problem("area_codes.csv", 0, "states", "212", "give the area code known states and zones")),
        ("recording.csv", "P.recording.all,*,all", "P.recording.all,*,one", Problem("recording.csv", 0, "needs", "*", "add the row that asks everybody")),
        ("recording.csv", "US-WA,all", "US-CA,all", Problem("recording.csv", 0, "jurisdiction", "US-CA", "end one of its rows")),
        ("caps.csv", "US.cap.debt,", "US.hours.debt,", Problem("rule files", 0, "id", "US.hours.debt", "use an id in one file only")),
        ("manifest.toml", "schema = 1", "schema = 2", Problem("manifest.toml", 0, "schema", "2", "this release reads schema 1")),
        ("manifest.toml", '"2026.11.22-1"', '"latest"', Problem("manifest.toml", 0, "version", "latest", "write a version such as 2026.11.21-1")),
        ("manifest.toml", "= 31", '= "x"', Problem("manifest.toml", 0, "limits.register_age_days", "x", "write a number of days")),
    ],
)  # fmt: skip
def test_what_is_missing_across_rows_is_named(
    folder: Path, file: str, find: str, replace: str, problem: Problem
) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert find in text
    (folder / file).write_text(text.replace(find, replace), encoding="utf-8")
    assert problem in validate_rulebook(folder)


def test_holidays_a_window_closes_on_must_exist(folder: Path) -> None:
    text = (folder / "holidays.csv").read_text(encoding="utf-8")
    (folder / "holidays.csv").write_text(text.replace("US-UT", "US-NE"), encoding="utf-8")
    assert Problem("holidays.csv", 0, "calendars", "US-UT", "add the holidays US-UT.hours.sales closes on") in (
        validate_rulebook(folder)
    )


def test_a_missing_file_and_a_bent_table_are_named(folder: Path) -> None:
    (folder / "caps.csv").unlink()
    (folder / "manifest.toml").write_text("version =", encoding="utf-8")
    with (folder / "consents.csv").open("a", encoding="utf-8") as table:
        table.write("short,row\n")
    (folder / "abandonment.csv").write_text("id,percent\n", encoding="utf-8")
    (folder / "policies.csv").write_text("", encoding="utf-8")
    found = {(problem.file, problem.row) for problem in validate_rulebook(folder)}
    last = len(rows("consents.csv")) + 2
    assert found >= {
        ("caps.csv", 0),
        ("manifest.toml", 0),
        ("consents.csv", last),
        ("abandonment.csv", 1),
        ("policies.csv", 1),
    }


def test_zone_data_is_current_and_stale_data_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_tzdata() is None
    monkeypatch.setattr(tzdata, "_PROBE_ZONE", "America/Los_Angeles")
    assert "PYTHONTZPATH" in str(check_tzdata())


@pytest.mark.parametrize(
    ("code", "zones"),
    [
        ("10001", ("America/New_York",)),
        ("79901", ("America/Denver",)),
        ("89883", ("America/Denver",)),
        ("99634", ()),
    ],
)
def test_find_zip(code: str, zones: tuple[str, ...]) -> None:
    area = find_zip(code)
    assert area is not None
    assert area.zones == zones


@pytest.mark.parametrize("code", ["00000", "09012", "96941"])
def test_find_zip_knows_no_military_or_foreign_code(code: str) -> None:
    assert find_zip(code) is None
