"""Facts of a decision as JSON, and back: any decision of the ledger can be made again from what is stored with it."""

import dataclasses
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from apps.compliance.domain.codes import Consent, DialMode, EbrKind, LineType, Purpose, Subject
from apps.compliance.domain.facts import CallFacts, Decision, Ebr, Place, WeekHours
from apps.compliance.domain.gate import decide
from apps.compliance.models import Decision as StoredDecision
from apps.compliance.rulebook.loader import load_rulebook


def facts_to_json(facts: CallFacts) -> dict[str, Any]:
    """JSON values only; instants as ISO 8601 in UTC, sets sorted."""
    return {field.name: _plain(getattr(facts, field.name)) for field in dataclasses.fields(facts)}


def _plain(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(_plain(item) for item in value)
    if hasattr(value, "_asdict"):
        return {name: _plain(item) for name, item in value._asdict().items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def facts_from_json(data: dict[str, Any]) -> CallFacts:
    """The facts that `facts_to_json` wrote."""
    values = dict(data)
    for name, kind in (
        ("purpose", Purpose),
        ("subject", Subject),
        ("dial_mode", DialMode),
        ("line_type", LineType),
        ("consent", Consent),
    ):
        values[name] = None if data[name] is None else kind(data[name])
    for name in ("national_register_at", "state_register_at"):
        values[name] = None if data[name] is None else datetime.fromisoformat(data[name])
    for name in ("attempts", "talks"):
        values[name] = None if data[name] is None else tuple(map(datetime.fromisoformat, data[name]))
    values["place"] = Place(tuple(data["place"]["zones"]), tuple(data["place"]["jurisdictions"]))
    values["ebr"] = tuple(Ebr(EbrKind(item["kind"]), item["days"]) for item in data["ebr"])
    values["own_hours"] = tuple(map(_hours, data["own_hours"]))
    values["enabled_countries"] = frozenset(data["enabled_countries"])
    values["stopped"] = frozenset(data["stopped"])
    return CallFacts(**values)


def _hours(item: dict[str, Any]) -> WeekHours:
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = (
        tuple((start, end) for start, end in day) for day in item["days"]
    )
    return WeekHours(
        id=item["id"],
        days=(monday, tuesday, wednesday, thursday, friday, saturday, sunday),
        zone=item["zone"],
        closed_on=frozenset(date.fromisoformat(day) for day in item["closed_on"]),
        source=item["source"],
    )


def replay_decision(stored: StoredDecision) -> Decision:
    """Make a stored decision again, at its own instant, from its stored facts, by today's copy of the rulebook.

    Compare `rulebook` with the stored version before reading anything into a difference.
    """
    return decide(facts_from_json(stored.facts), load_rulebook(), stored.decided_at)
