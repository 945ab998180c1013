"""From JSON to checked leads, and from rows to JSON. The rules for values are those of file import, `leads.domain`."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from json.encoder import encode_basestring
from math import isfinite
from typing import Any, Final

from apps.api.domain.errors import FieldProblem, invalid
from apps.api.domain.ids import Kind, PublicIds
from apps.api.domain.shape import (
    LEAD,
    MAX_CUSTOM_FIELDS,
    MAX_CUSTOM_NAME,
    MAX_CUSTOM_TEXT,
    OBJECTS,
    Property,
)
from apps.api.services.posting import Posted
from apps.calls.enums import AttemptState
from apps.calls.models import Attempt
from apps.campaigns.models import CampaignLead, QueueState
from apps.compliance.domain.facts import Decision
from apps.leads.domain.mapping import ColumnMapping
from apps.leads.domain.rows import LeadRow, RowParser
from apps.leads.models import Lead
from apps.leads.services.intake import Incoming

_TYPE_NAMES: Final = {str: "a string", int: "a whole number", bool: "true or false"}
# Stands for a value of the wrong shape: no rule can read it, so none takes the field for empty.
_UNREADABLE: Final = "\0"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# The JSON of one lead is laid out as a row of a file whose headers are the paths of its properties.
_PROPERTIES: Final[dict[str, Property]] = LEAD | {
    f"{name}.{part}": prop for name, parts in OBJECTS.items() for part, prop in parts.items()
}
_INDEX: Final = {path: index for index, path in enumerate(_PROPERTIES)}
# Most leads come without legal facts, and then their dozen columns need not be looked at.
_PLAIN: Final = tuple(path for path in LEAD if path != "dnc")
_LEGAL: Final = frozenset({"dnc", *OBJECTS})
# Nearly everything that is sent, for the short way.
_TEXTS: Final = {path: _INDEX[path] for path, prop in LEAD.items() if prop.type is str}
_WORDS: Final = {True: "true", False: "false", None: "null"}


class LeadReader:
    """Reads the leads of one request. `region`: where numbers without country code are at home."""

    def __init__(self, *, at: datetime, region: str) -> None:
        self._at = at
        self._region = region

    # Most requests need one of the two.
    @cached_property
    def _plain(self) -> RowParser:
        return _parser(_PLAIN, self._at, self._region)

    @cached_property
    def _full(self) -> RowParser:
        return _parser(tuple(_PROPERTIES), self._at, self._region)

    def read(self, body: Mapping[str, Any], problems: Sequence[FieldProblem] = ()) -> Incoming:
        """The lead of a JSON object.

        `problems` are those found around it. Raises UnprocessableError that names every field at fault, once each.
        """
        custom: dict[str, Any] = {}
        found = list(problems)
        given = {name: value for name, value in body.items() if value is not None}
        parser = self._plain if given.keys().isdisjoint(_LEGAL) else self._full
        cells = [""] * parser.width
        for name, value in given.items():
            index = _TEXTS.get(name)
            if index is not None and type(value) is str and _is_text(value):
                cells[index] = value
            elif name in LEAD:
                _put(cells, name, value, found)
            elif name in OBJECTS:
                _put_object(cells, name, value, found)
            elif name == "custom":
                custom = _read_custom(value, found)
            else:
                found.append(unknown_field(name))
        row = parser.read(0, cells)
        if not isinstance(row, LeadRow):
            found += [FieldProblem(fault.column, fault.code, fault.reason, fault.fix) for fault in row]
            raise invalid(*found)
        if found:
            raise invalid(*found)
        if custom:
            merged = custom if row.custom == "{}" else {**json.loads(row.custom), **custom}
            row = row._replace(custom=_write_custom(merged))
        return Incoming(row, frozenset(given) | {"region"} if "country" in given else frozenset(given))


def read_flag(body: dict[str, Any], name: str, problems: list[FieldProblem]) -> bool:
    """Take the switch `name` out of a request; what is no boolean is added to `problems`."""
    value = body.pop(name, None)
    if value is None or isinstance(value, bool):
        return bool(value)
    problems.append(_wrong_type(name, bool))
    return False


def unknown_field(path: str, fix: str = "Correct its name, or put it into custom.") -> FieldProblem:
    """The problem of a field that does not exist."""
    shown = (path if _is_text(path) else ascii(path))[:120]
    return FieldProblem(shown, "unknown_field", f"There is no field {shown}.", fix)


def lead_json(lead: Lead, queue: Sequence[CampaignLead], ids: PublicIds) -> dict[str, Any]:
    """A lead as its source sees it, with where it stands in each campaign."""
    return {
        "id": ids.write(Kind.LEAD, lead.id),
        "phone": lead.phone,
        "country": lead.region,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "company": lead.company,
        "email": lead.email,
        "state": lead.state,
        "postal_code": lead.postal_code,
        "external_id": lead.external_id,
        "line_type": lead.line_type,
        "subject_type": lead.subject_type,
        "language": lead.language,
        "rank": lead.rank,
        "custom": lead.custom,
        "created_at": _instant(lead.created_at),
        "campaigns": [
            {
                "id": ids.write(Kind.CAMPAIGN, row.campaign_id),
                "state": QueueState(row.state).name.lower(),
                "reason": row.reason,
                "attempts": row.attempt_count,
                "next_attempt_at": _instant(row.next_attempt_at),
            }
            for row in queue
        ],
    }


def attempt_json(attempt: Attempt, ids: PublicIds) -> dict[str, Any]:
    """An attempt as the source of its lead sees it: what came of it, not what was said."""
    disposition = attempt.disposition
    return {
        "id": str(attempt.id),
        "campaign": ids.write(Kind.CAMPAIGN, attempt.campaign_id),
        "state": AttemptState(attempt.state).name.lower(),
        "outcome": attempt.outcome,
        "disposition": {"code": disposition.code, "label": disposition.label} if disposition else None,
        "reserved_at": _instant(attempt.reserved_at),
        "placed_at": _instant(attempt.placed_at),
        "answered_at": _instant(attempt.answered_at),
        "ended_at": _instant(attempt.ended_at),
        "talk_seconds": attempt.talk_seconds,
    }


def posted_json(posted: Posted, row: LeadRow, ids: PublicIds, *, is_dry_run: bool) -> dict[str, Any]:
    """The verdict on a lead that was taken; `row` is what was sent."""
    lead_id = posted.outcome.lead_id
    return {
        "result": posted.outcome.result,
        "lead": {
            "id": None if is_dry_run or lead_id is None else ids.write(Kind.LEAD, lead_id),
            "phone": row.phone,
            "external_id": row.external_id,
        },
        "callable": _callable(posted.decision) if posted.decision else None,
        "call_now": posted.call_now,
    }


def _callable(decision: Decision) -> dict[str, Any]:
    return {
        "now": decision.is_allowed,
        "reasons": list(decision.reasons),
        "next_allowed_at": _instant(decision.next_allowed_at),
        "zones": list(decision.zones),
        "rulebook": decision.rulebook,
    }


def _parser(paths: tuple[str, ...], at: datetime, region: str) -> RowParser:
    mapping = ColumnMapping(paths, tuple(_PROPERTIES[path].field for path in paths))
    return RowParser(mapping, region=region, at=at, zones=(), is_strict=True)


def _put(cells: list[str], path: str, value: object, problems: list[FieldProblem]) -> None:
    wanted = _PROPERTIES[path].type
    if type(value) is not wanted:
        cells[_INDEX[path]] = _UNREADABLE
        problems.append(_wrong_type(path, wanted))
    elif isinstance(value, str):
        cells[_INDEX[path]] = value
        if not _is_text(value):
            cells[_INDEX[path]] = _UNREADABLE
            problems.append(_no_text(path))
    elif wanted is bool:
        cells[_INDEX[path]] = "yes" if value else "no"
    else:
        cells[_INDEX[path]] = str(value)


def _put_object(cells: list[str], name: str, value: object, problems: list[FieldProblem]) -> None:
    if not isinstance(value, dict):
        problems.append(FieldProblem(name, "wrong_type", f"{name} is no object.", "Send an object, in braces."))
        return
    for part, item in value.items():
        if part not in OBJECTS[name]:
            problems.append(unknown_field(f"{name}.{part}", f"Send only {', '.join(OBJECTS[name])}."))
        elif item is not None:
            _put(cells, f"{name}.{part}", item, problems)


def _read_custom(value: object, problems: list[FieldProblem]) -> dict[str, Any]:
    if not isinstance(value, dict) or len(value) > MAX_CUSTOM_FIELDS:
        fix = f"Send an object with at most {MAX_CUSTOM_FIELDS} names."
        problems.append(FieldProblem("custom", "wrong_type", "custom is no object, or too large.", fix))
        return {}
    for name, item in value.items():
        if not _is_text(name) or len(name) > MAX_CUSTOM_NAME:
            fix = f"Use at most {MAX_CUSTOM_NAME} ordinary characters."
            problems.append(FieldProblem("custom", "name_too_long", "A name in custom cannot be kept.", fix))
        elif not _is_custom_value(item):
            fix = f"Send a string of at most {MAX_CUSTOM_TEXT} characters, a number, true, false or null."
            problems.append(FieldProblem(f"custom.{name}", "wrong_type", "This value cannot be kept.", fix))
    return value


def _write_custom(custom: Mapping[str, Any]) -> str:
    """The JSON of names and single values; quicker than an encoder for anything."""
    parts = [
        f"{encode_basestring(name)}: {encode_basestring(value) if type(value) is str else _write_plain(value)}"
        for name, value in custom.items()
    ]
    return "{" + ", ".join(parts) + "}"


def _write_plain(value: float | bool | None) -> str:
    return _WORDS[value] if value is None or isinstance(value, bool) else repr(value)


def _is_custom_value(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_CUSTOM_TEXT and _is_text(value)
    if isinstance(value, float):
        return isfinite(value)
    return value is None or isinstance(value, bool | int)


def _is_text(value: str) -> bool:
    return "\0" not in value and (value.isascii() or _SURROGATE.search(value) is None)


def _wrong_type(path: str, wanted: type) -> FieldProblem:
    name = _TYPE_NAMES[wanted]
    return FieldProblem(path, "wrong_type", f"{path} is not {name}.", f"Send {name}.")


def _no_text(path: str) -> FieldProblem:
    return FieldProblem(
        path, "not_text", f"{path} has characters that no text has.", "Remove NUL and lone surrogate characters."
    )


def _instant(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None
