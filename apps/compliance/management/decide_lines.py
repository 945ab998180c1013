"""The lines of `manage.py decide`: JSON text to facts, a decision to JSON text.

Empty texts, nulls and absent keys mean unknown. Nothing is guessed: a value that cannot be read is a fault that names
the field and how to write it.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from apps.compliance.domain import CallFacts, Decision, Ebr, Place, RuleRef, resolve_place
from apps.compliance.domain.codes import Consent, DialMode, EbrKind, LineType, Purpose, Subject
from apps.compliance.domain.rulebook import Rulebook
from apps.compliance.rulebook import find_zip
from apps.core.domain.phones import PhoneStatus, normalise_phone

_Code = TypeVar("_Code", bound=StrEnum)

FIELDS = frozenset(
    [
        "now_utc",
        "phone",
        "region",
        "state",
        "zip",
        "line_type",
        "dial_mode",
        "purpose",
        "subject_type",
        "on_national_dnc",
        "on_state_dnc",
        "on_entity_dnc",
        "consent",
        "ebr",
        "attempts_last_24h",
        "abandoned_rate_30d",
    ]
)
_PASSED_THROUGH = "id"

_SURROGATE = re.compile("[\ud800-\udfff]")
_REGION = re.compile(r"[A-Za-z]{2}")
_STATE = re.compile(r"([A-Za-z]{2}-)?[A-Za-z]{2,3}")
_ZIP = re.compile(r"\d{5}(-?\d{4})?")
_CANADIAN = re.compile(r"[A-Za-z]\d[A-Za-z]( ?\d[A-Za-z]\d)?")
_EBR = re.compile(r"(purchase|inquiry):(\d{1,5})")
_WITH_STATES = frozenset({"US", "CA", "AU"})
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_MAX_PERCENT = 100.0
# Enough of a number to place it: country and area code, or the longest calling code.
_PREFIX_LENGTH = 8


class LineFault(Exception):  # noqa: N818 - a fault of the input, reported and not raised further
    """A line that cannot be decided; `fix` tells its author what to write."""

    def __init__(self, field: str, value: object, fix: str) -> None:
        super().__init__(fix)
        self.field = field
        self.value = value
        self.fix = fix


def read_line(text: str) -> dict[str, Any]:
    """The line's object. Raises LineFault when it is not one."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LineFault("", text[:200].strip(), f"write one JSON object a line: {error}") from error
    if not isinstance(fields, dict):
        raise LineFault("", text[:200].strip(), "write one JSON object a line")
    return fields


def check_keys(fields: dict[str, Any]) -> None:
    """Raises LineFault for a key nobody knows: a misspelt fact must not pass for an unknown one."""
    for key in sorted(fields.keys() - FIELDS - {_PASSED_THROUGH}):
        raise LineFault(key, fields[key], f"remove the key or use one of {', '.join(sorted(FIELDS))}")


def read_instant(fields: dict[str, Any]) -> datetime:
    text = _text(fields, "now_utc")
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise LineFault("now_utc", text, "write an instant such as 2026-11-21T15:00:00Z") from error
    if at.tzinfo is None:
        raise LineFault("now_utc", text, "add the offset from UTC, such as Z")
    if not _FIRST_YEAR <= at.year < _LAST_YEAR:
        raise LineFault("now_utc", text, f"write an instant from {_FIRST_YEAR} to {_LAST_YEAR}")
    return at.astimezone(UTC)


def read_facts(fields: dict[str, Any], rulebook: Rulebook, at: datetime) -> CallFacts:
    """The facts of one line: no tenant is asked, so every country of the rulebook is enabled, no stop is thrown, and
    the register answers count as fresh."""
    region = _region(fields)
    raw = _text(fields, "phone")
    number = normalise_phone(raw, region) if raw.startswith("+") or region else None
    phone = (number.e164 if number else "") or raw
    line_type = _code(fields, "line_type", LineType) or LineType.UNKNOWN
    state, zip_code = _state(fields, region, phone), _zip(fields, region, phone)
    return CallFacts(
        phone=phone,
        is_number_valid=number is not None and number.status is PhoneStatus.CALLABLE,
        place=_place(rulebook, phone[:_PREFIX_LENGTH], region, state, zip_code, line_type),
        purpose=_code(fields, "purpose", Purpose),
        subject=_code(fields, "subject_type", Subject),
        dial_mode=_code(fields, "dial_mode", DialMode),
        line_type=line_type,
        on_national_dnc=_flag(fields, "on_national_dnc"),
        on_state_dnc=_flag(fields, "on_state_dnc"),
        on_entity_dnc=_flag(fields, "on_entity_dnc"),
        national_register_at=at,
        state_register_at=at,
        consent=_code(fields, "consent", Consent),
        ebr=_ebr(fields),
        attempts_last_24h=_count(fields),
        abandoned_percent=_percent(fields),
        enabled_countries=rulebook.countries,
    )


def write_decision(decision: Decision, fields: dict[str, Any]) -> str:
    opening = decision.next_allowed_at
    return _dump(
        fields,
        {
            "allowed": decision.is_allowed,
            "reasons": decision.reasons,
            "rules": _rules(decision.rules),
            "zones": decision.zones,
            "next_allowed_at": None if opening is None else f"{opening:%Y-%m-%dT%H:%M:%SZ}",
            "rulebook": decision.rulebook,
        },
    )


def write_fault(fault: LineFault, line: int, fields: dict[str, Any]) -> str:
    return _dump(fields, {"error": {"line": line, "field": fault.field, "value": fault.value, "fix": fault.fix}})


def _dump(fields: dict[str, Any], answer: dict[str, Any]) -> str:
    if _PASSED_THROUGH in fields:
        answer = {_PASSED_THROUGH: fields[_PASSED_THROUGH], **answer}
    text = json.dumps(answer, ensure_ascii=False)
    # Half of a surrogate pair has no UTF-8; escaped it is the same JSON.
    return json.dumps(answer) if _SURROGATE.search(text) else text


@lru_cache(maxsize=4_096)
def _rules(rules: tuple[RuleRef, ...]) -> list[dict[str, str]]:
    return [{"id": rule.id, "source": rule.source} for rule in rules]


@lru_cache(maxsize=65_536)
def _place(rulebook: Rulebook, prefix: str, region: str, state: str, zip_code: str, line_type: LineType) -> Place:
    return resolve_place(
        phone=prefix,
        region=region,
        state=state,
        postal_code=zip_code,
        line_type=line_type,
        confirmed_zone="",
        geography=rulebook.geography,
        find_zip=find_zip,
    )


def _text(fields: dict[str, Any], field: str) -> str:
    value = fields.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise LineFault(field, value, "write the value in quotes")
    return value.strip()


def _region(fields: dict[str, Any]) -> str:
    region = _text(fields, "region")
    if region and not _REGION.fullmatch(region):
        raise LineFault("region", region, "write a country code of two letters such as US, or leave it empty")
    return region.upper()


def _state(fields: dict[str, Any], region: str, phone: str) -> str:
    """A code of no state there is stays: it is an unknown state, which the strictest row answers."""
    state = _text(fields, "state")
    is_needed = region in _WITH_STATES or (not region and phone.startswith("+1"))
    if state and is_needed and not _STATE.fullmatch(state):
        raise LineFault("state", state, "write a state or province code such as FL, or leave it empty")
    return state.upper()


def _zip(fields: dict[str, Any], region: str, phone: str) -> str:
    code = _text(fields, "zip")
    is_american = region in {"", "US"} and bool(_ZIP.fullmatch(code))
    is_canadian = region in {"", "CA"} and bool(_CANADIAN.fullmatch(code))
    is_needed = region in {"US", "CA"} or (not region and phone.startswith("+1"))
    if code and is_needed and not (is_american or is_canadian):
        raise LineFault("zip", code, "write a postal code such as 33101 or K1A 0B1, or leave it empty")
    return code.upper()


def _code(fields: dict[str, Any], field: str, codes: type[_Code]) -> _Code | None:
    text = _text(fields, field)
    if not text:
        return None
    try:
        return codes(text.lower())
    except ValueError as error:
        raise LineFault(field, text, f"write one of {', '.join(codes)}, or leave it empty") from error


def _flag(fields: dict[str, Any], field: str) -> bool | None:
    value = fields.get(field)
    if isinstance(value, bool):
        return value
    text = _text(fields, field).lower()
    if text not in {"", "true", "false"}:
        raise LineFault(field, value, "write true or false, or leave it empty")
    return text == "true" if text else None


def _ebr(fields: dict[str, Any]) -> tuple[Ebr, ...]:
    text = _text(fields, "ebr").lower()
    if text in {"", "none"}:
        return ()
    match = _EBR.fullmatch(text)
    if match is None:
        raise LineFault("ebr", text, "write none, purchase:<days> or inquiry:<days>, or leave it empty")
    return (Ebr(EbrKind(match[1]), int(match[2])),)


def _count(fields: dict[str, Any]) -> int | None:
    number = _number(fields, "attempts_last_24h", int, "write a whole number from 0 up, or leave it empty")
    return None if number is None else int(number)


def _percent(fields: dict[str, Any]) -> float | None:
    fix = "write a percentage from 0 to 100, or leave it empty"
    number = _number(fields, "abandoned_rate_30d", float, fix)
    if number is not None and number > _MAX_PERCENT:
        raise LineFault("abandoned_rate_30d", number, fix)
    return number


def _number(fields: dict[str, Any], field: str, parse: Callable[[str], float], fix: str) -> float | None:
    value = fields.get(field)
    if value is None or value == "":
        return None
    try:
        number = parse(str(value))
    except ValueError as error:
        raise LineFault(field, value, fix) from error
    if isinstance(value, bool) or not number >= 0:
        raise LineFault(field, value, fix)
    return number
