"""`manage.py decide`: JSON lines in and out, faults in their place, exit codes."""

import json
import os
import subprocess
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.compliance.management.commands import decide as command

LAWFUL = {
    "now_utc": "2026-07-15T20:00:00Z",
    "phone": "+12125550123",
    "region": "US",
    "state": "NY",
    "zip": "10001",
    "line_type": "landline",
    "dial_mode": "manual",
    "purpose": "commercial",
    "subject_type": "consumer",
    "on_national_dnc": False,
    "on_state_dnc": False,
    "on_entity_dnc": False,
    "consent": "none",
    "ebr": "none",
    "attempts_last_24h": 0,
    "abandoned_rate_30d": 0,
}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command on lines; gives its answers and exit code."""

    def decide(*lines: object) -> tuple[list[dict[str, Any]], int]:
        sent = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"\n".join(sent))))
        out, code = StringIO(), 0
        try:
            call_command("decide", stdout=out)
        except CommandError as error:
            code = error.returncode
        return [json.loads(line) for line in out.getvalue().encode().splitlines()], code

    return decide


def test_a_line_gives_a_decision_with_exactly_the_promised_keys(run: Any) -> None:
    answers, code = run(LAWFUL)
    assert code == 0
    assert answers[0] == {
        "allowed": True,
        "reasons": [],
        "rules": answers[0]["rules"],
        "zones": ["America/New_York"],
        "next_allowed_at": None,
        "rulebook": "2026.11.22-1",
    }
    assert {"id": "US-NY.hours.sales", "source": "N.Y. Gen. Bus. Law 399-z(2),(5-a)"} in answers[0]["rules"]


def test_a_denial_is_no_failure_and_says_when(run: Any) -> None:
    answers, code = run({**LAWFUL, "id": 7, "now_utc": "2026-07-15T23:30:00-04:00"})
    assert code == 0
    assert (answers[0]["id"], answers[0]["allowed"], answers[0]["reasons"]) == (7, False, ["calling_time"])
    assert answers[0]["next_allowed_at"] == "2026-07-16T12:00:00Z"


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({"on_national_dnc": ""}, ["dnc_national"]),
        ({"on_national_dnc": None}, ["dnc_national"]),
        ({"on_national_dnc": "true", "ebr": "purchase:540"}, []),
        ({"on_national_dnc": True, "ebr": "INQUIRY:91"}, ["dnc_national"]),
        ({"on_entity_dnc": "False"}, []),
        ({"consent": "", "dial_mode": "predictive", "line_type": ""}, ["consent_autodial"]),
        ({"dial_mode": "predictive", "abandoned_rate_30d": "3.0"}, []),
        ({"dial_mode": "predictive", "abandoned_rate_30d": 3.1}, ["abandonment"]),
        ({"dial_mode": "predictive", "abandoned_rate_30d": ""}, ["abandonment"]),
        ({"state": "FL", "zip": "33101", "attempts_last_24h": "3"}, ["attempt_cap"]),
        ({"state": "FL", "zip": "33101", "attempts_last_24h": ""}, ["attempt_cap"]),
        ({"attempts_last_24h": ""}, []),
        ({"state": "XX", "zip": "", "now_utc": "2026-07-15T22:30:00Z"}, ["calling_time"]),
        ({"phone": ""}, ["number"]),
        ({"phone": "+1212555"}, ["number"]),
        ({"phone": "+18005550123"}, ["number"]),
        ({"phone": "(212) 555-0123"}, []),
        ({"phone": "2125550123", "region": ""}, ["number"]),
        ({"phone": "+18765550123", "region": "JM", "state": "", "zip": ""}, ["jurisdiction"]),
        ({"phone": "+442079460123", "region": "UK", "state": "England", "zip": "SW1A 1AA"}, ["calling_time"]),
        ({"phone": "+14165550123", "region": "CA", "state": "ON", "zip": "M5V 2T6"}, []),
        ({"purpose": "charity", "on_national_dnc": True}, []),
    ],
)
def test_values_are_read_as_written_and_empty_means_unknown(
    run: Any, change: dict[str, Any], reasons: list[str]
) -> None:
    answers, code = run({**LAWFUL, **change})
    assert (answers[0]["reasons"], code) == (reasons, 0)


def test_an_absent_key_means_unknown(run: Any) -> None:
    answers, code = run({"now_utc": LAWFUL["now_utc"], "phone": LAWFUL["phone"]})
    assert (answers[0]["allowed"], code) == (False, 0)
    assert {"dnc_entity", "dnc_national", "dnc_state", "consent_prerecorded"} <= set(answers[0]["reasons"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("now_utc", ""),
        ("now_utc", "today"),
        ("now_utc", "2026-07-15T20:00:00"),
        ("now_utc", "1999-07-15T20:00:00Z"),
        ("now_utc", 1784145600),
        ("phone", 12125550123),
        ("region", "USA"),
        ("state", "New York"),
        ("zip", "1234"),
        ("zip", 10001),
        ("line_type", "fax"),
        ("dial_mode", "ratio"),
        ("purpose", "sales"),
        ("subject_type", "person"),
        ("on_national_dnc", "maybe"),
        ("on_state_dnc", 1),
        ("consent", "oral"),
        ("ebr", "purchase"),
        ("attempts_last_24h", -1),
        ("attempts_last_24h", 1.5),
        ("attempts_last_24h", True),
        ("abandoned_rate_30d", 101),
        ("abandoned_rate_30d", "nan"),
        ("abandoned_rate_30d", "much"),
        ("caller", "x"),
    ],
)
def test_a_bad_value_gives_an_error_in_its_place_and_exit_code_2(run: Any, field: str, value: object) -> None:
    answers, code = run(LAWFUL, {**LAWFUL, "id": "b", field: value}, LAWFUL)
    assert [answer.get("allowed") for answer in answers] == [True, None, True]
    error = answers[1]["error"]
    assert (answers[1]["id"], error["line"], error["field"], code) == ("b", 2, field, 2)
    assert error["value"] == (value if field != "abandoned_rate_30d" or value != 101 else 101.0)
    assert error["fix"]


@pytest.mark.parametrize("line", [b"", b"{", b"[1]", b"\xff{}", b'"x"', b"[" * 100_000])
def test_a_line_that_is_no_object_gives_an_error_in_its_place(run: Any, line: bytes) -> None:
    answers, code = run(line, LAWFUL)
    assert ("error" in answers[0], answers[0]["error"]["line"], answers[1]["allowed"], code) == (True, 1, True, 2)


def test_an_id_that_is_no_text_is_echoed_as_it_came(run: Any) -> None:
    answers, code = run({**LAWFUL, "id": "a\ud800"}, {**LAWFUL, "id": "é"})
    assert ([answer["id"] for answer in answers], code) == (["a\ud800", "é"], 0)


def test_stale_zone_data_stops_the_command(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "check_tzdata", lambda: "stale")
    assert run(LAWFUL) == ([], 2)


def test_it_runs_by_itself_without_any_configuration() -> None:
    root = Path(__file__).resolve().parents[2]
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings.base"}
    done = subprocess.run(
        [sys.executable, "manage.py", "decide"],
        input=json.dumps(LAWFUL) + "\nnonsense\n",
        capture_output=True,
        text=True,
        cwd=root,
        env=environment,
        check=False,
    )
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["allowed"], second["error"]["line"], done.returncode) == (True, 2, 2)
