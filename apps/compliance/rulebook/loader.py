"""Reads the rulebook's files into the domain's types, or says everything that is wrong with them."""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

from apps.compliance.domain.rulebook import EVERYWHERE, UNKNOWN_STATE, Geography, Rulebook
from apps.compliance.rulebook import rows
from apps.compliance.rulebook.checks import find_gaps
from apps.compliance.rulebook.rows import RowReader
from apps.compliance.rulebook.table import Problem, Row, read_table
from apps.core.errors import AppError

DATA = Path(__file__).resolve().parent / "data"
MANIFEST = "manifest.toml"
SCHEMA = 1

_Value = TypeVar("_Value")
_VERSION = re.compile(r"\d{4}\.\d{2}\.\d{2}-\d+")

_SCOPE = "id jurisdiction"
_CALLS = "purposes subjects modes lines"
_PROOF = "effective_from effective_to source confidence note"
_HOLIDAY = "id calendars name day observed years certainty effective_from effective_to source confidence"


class RulebookError(AppError):
    """The rulebook's files are faulty; nothing may be dialled by them."""

    code = "rulebook_invalid"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("The rulebook is faulty:\n" + "\n".join(map(str, problems)))
        self.problems = problems


@cache
def load_rulebook(folder: Path = DATA) -> Rulebook:
    """The rulebook, parsed once a process. Raises RulebookError naming every fault."""
    rulebook, problems = _read(folder)
    if problems:
        raise RulebookError(tuple(problems))
    return rulebook


def validate_rulebook(folder: Path = DATA) -> tuple[Problem, ...]:
    """Every fault of the files, each with file, row, column and fix; empty when the gate may use them."""
    return tuple(_read(folder)[1])


class _Manifest(NamedTuple):
    version: str
    register_age_days: int


class _Files:
    """The tables of one folder; what is wrong with them gathers in `problems`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []

    def table(self, file: str, columns: str, build: Callable[[Row], _Value]) -> tuple[_Value, ...]:
        return read_table(self.folder, file, columns, build, self.problems)


def _read(folder: Path) -> tuple[Rulebook, list[Problem]]:
    files = _Files(folder)
    manifest = _read_manifest(folder, files.problems)
    geography = _read_geography(files)
    reader = RowReader(frozenset({EVERYWHERE, UNKNOWN_STATE, *geography.state_zones, *geography.country_zones}))
    rulebook = Rulebook(
        version=manifest.version,
        windows=files.table("windows.csv", f"{_SCOPE} {_CALLS} basis mon_fri sat sun holiday {_PROOF}", reader.window),
        caps=files.table(
            "caps.csv", f"{_SCOPE} {_CALLS} counts max_calls hours counted_per lifted_by {_PROOF}", reader.cap
        ),
        registers=files.table(
            "registers.csv", f"{_SCOPE} register outcome {_CALLS} lifted_by {_PROOF}", reader.register
        ),
        consents=files.table(
            "consents.csv", f"{_SCOPE} reason {_CALLS} lifted_by free_calls free_hours {_PROOF}", reader.consent
        ),
        abandonment=files.table(
            "abandonment.csv", f"{_SCOPE} outcome max_percent {_CALLS} {_PROOF}", reader.abandonment
        ),
        policies=dict(files.table("policies.csv", f"id {_PROOF}", reader.policy)),
        holidays=files.table("holidays.csv", _HOLIDAY, reader.holiday),
        recording=files.table("recording.csv", f"{_SCOPE} needs {_PROOF}", reader.recording),
        geography=geography,
        register_age_days=manifest.register_age_days,
    )
    return rulebook, [*files.problems, *find_gaps(rulebook)]


def _read_geography(files: _Files) -> Geography:
    return Geography(
        area_codes=dict(files.table("area_codes.csv", "id kind country states zones source", rows.area_code)),
        calling_codes=dict(files.table("calling_codes.csv", "id country zones source", rows.calling_code)),
        state_zones=dict(files.table("states.csv", "id name zones source", rows.named_zones)),
        country_zones=dict(files.table("countries.csv", "id name zones source", rows.named_zones)),
        postal_prefixes=dict(files.table("postal_prefixes.csv", "id states zones source", rows.postal_prefix)),
    )


def _read_manifest(folder: Path, problems: list[Problem]) -> _Manifest:
    """The manifest, or, when it is faulty, an empty one beside the fault."""
    try:
        manifest = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version, schema, age = manifest["version"], manifest["schema"], manifest["limits"]["register_age_days"]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        problems.append(Problem(MANIFEST, 0, "", str(error), "give version, schema and limits.register_age_days"))
        return _Manifest("", 0)
    if schema != SCHEMA:
        problems.append(Problem(MANIFEST, 0, "schema", str(schema), f"this release reads schema {SCHEMA}"))
    if not (isinstance(version, str) and _VERSION.fullmatch(version)):
        problems.append(Problem(MANIFEST, 0, "version", str(version), "write a version such as 2026.11.21-1"))
    if not (isinstance(age, int) and age > 0):
        problems.append(Problem(MANIFEST, 0, "limits.register_age_days", str(age), "write a number of days"))
    return _Manifest(str(version), age if isinstance(age, int) else 0)
