"""`manage.py rehearse`: what it refuses before anything is started, and what it says when nobody was called."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.demo.management.commands import rehearse

LEADS = "phone,first_name\n+12125550142,Ada\n"
SUMMARY: dict[str, Any] = {
    "file": "leads.csv",
    "mode": "preview",
    "purpose": "commercial",
    "agents": 1,
    "assumed": "nothing",
    "rows": {"accepted": 1, "duplicates": 0, "rejected": 0, "rejected_by_reason": {}},
    "at_start": {"callable_now": 0, "later_by_reason": {}, "not_by_reason": {"dnc_entity": 1}},
    "at_end": {"callable_now": 0, "later_by_reason": {}, "done_by_reason": {"dnc_entity": 1}},
    "dials": 0,
    "why_no_dials": "None of the 1 leads may be called: 1 on your own do-not-call list.",
    "answers": 0,
    "contacts": 0,
    "abandoned": 0,
    "dispositions": {},
    "attempts_per_lead": {"0": 1},
    "invariants": [],
    "is_sound": True,
    "simulated_hours": 1.0,
}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What has been started instead of a stack; the rehearsal within it ends with SUMMARY."""
    starts: list[str] = []

    @contextmanager
    def stack(**_: object) -> Iterator[SimpleNamespace]:
        starts.append("stack")
        yield SimpleNamespace(environment={})

    def run(command: list[str], **_: object) -> SimpleNamespace:
        return SimpleNamespace(returncode=0, stdout=json.dumps(SUMMARY))

    monkeypatch.setattr(rehearse, "throwaway_stack", stack)
    monkeypatch.setattr(rehearse, "subprocess", SimpleNamespace(run=run, PIPE=subprocess.PIPE))
    return starts


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "There is no file "),
        (b"", "The file is empty."),
        (b"phone,name\n", "no rows"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "This is not a table."),
        (b"%PDF-1.7\n", "This is not a table."),
        (b"PK\x03\x04junk", "damaged"),
        (b"first_name,city\nAda,Albany\n", "No column holds the phone number."),
    ],
)
def test_unusable_file_is_refused_before_anything_is_started(
    tmp_path: Path, started: list[str], capsys: pytest.CaptureFixture[str], content: bytes | None, message: str
) -> None:
    file = tmp_path / "leads.csv"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(CommandError) as refused:
        call_command("rehearse", file, "--json")

    assert refused.value.returncode == 2
    assert message in str(refused.value)
    assert json.loads(capsys.readouterr().out) == {"error": str(refused.value)}
    assert started == []


def test_folder_is_refused(tmp_path: Path, started: list[str]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("rehearse", tmp_path)

    assert (refused.value.returncode, started) == (2, [])


def test_refusal_names_the_columns_that_are_there(tmp_path: Path, started: list[str]) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("first_name,city\nAda,Albany\n")

    with pytest.raises(CommandError, match=r"Its columns: first_name, city. Correct the header."):
        call_command("rehearse", file)


@pytest.mark.parametrize("as_json", [True, False])
def test_rehearsal_without_a_call_says_why_and_ends_with_1(
    tmp_path: Path, started: list[str], capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(LEADS)

    with pytest.raises(SystemExit) as ended:
        call_command("rehearse", file, *(["--json"] if as_json else []))

    output = capsys.readouterr().out
    assert ended.value.code == 1
    assert started == ["stack"]
    if as_json:
        assert json.loads(output)["why_no_dials"] == SUMMARY["why_no_dials"]
    else:
        assert f"No call was placed: {SUMMARY['why_no_dials']}" in output


def test_rehearsal_with_a_call_ends_well(
    tmp_path: Path, started: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SUMMARY, "dials", 1)
    monkeypatch.setitem(SUMMARY, "why_no_dials", None)
    file = tmp_path / "leads.csv"
    file.write_text(LEADS)

    call_command("rehearse", file)

    assert "No call was placed" not in capsys.readouterr().out
