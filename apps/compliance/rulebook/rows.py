"""From one parsed row to one of the domain's types."""

from datetime import date
from typing import TypedDict

from apps.compliance.domain.codes import Counted, DialMode, LineType, Purpose, Reason, Register, Subject
from apps.compliance.domain.rulebook import (
    AbandonmentRule,
    AreaCode,
    CallingCode,
    CapRule,
    ConsentRule,
    HolidayRule,
    PostalArea,
    RecordingRule,
    RegisterRule,
    WindowRule,
)
from apps.compliance.rulebook import cells
from apps.compliance.rulebook.table import CellError, Problem, Row

_GEOGRAPHIC = "geographic"
_KINDS = (_GEOGRAPHIC, "toll_free", "premium", "personal", "other")
_COUNTED_PER = ("person_subject", "number", "debt", "caller")
_CONFIDENCES = ("high", "medium", "low")
_CERTAINTIES = ("certain", "unsure")
_YEARS = ("all", "even")
_CONSENT_REASONS = tuple(
    reason.value
    for reason in (
        Reason.CONSENT_AUTODIAL,
        Reason.CONSENT_OPTIN,
        Reason.CONSENT_PRERECORDED,
        Reason.CONSENT_STATE,
        Reason.MOBILE_BAN,
    )
)


class _Proof(TypedDict):
    source: str
    effective_from: date
    effective_to: date | None


class _Common(_Proof):
    id: str
    jurisdiction: str
    purposes: frozenset[Purpose]
    subjects: frozenset[Subject]
    modes: frozenset[DialMode]
    lines: frozenset[LineType]


class RowReader:
    """Builds rules; `jurisdictions` are the codes a row may name."""

    def __init__(self, jurisdictions: frozenset[str]) -> None:
        self.jurisdictions = jurisdictions

    def window(self, row: Row) -> WindowRule:
        weekday, sat, sun = (row.get(column, cells.ranges) for column in ("mon_fri", "sat", "sun"))
        return WindowRule(
            **self._common(row),
            days=(weekday,) * 5 + (sat, sun),
            holiday=row.get("holiday", cells.holiday_ranges),
            zone=row.get("basis", cells.clock),
        )

    def cap(self, row: Row) -> CapRule:
        row.get("counted_per", cells.word_of(_COUNTED_PER))
        return CapRule(
            **self._common(row),
            counts=row.get("counts", cells.one_of(Counted)),
            max_calls=row.get("max_calls", cells.whole_number),
            hours=row.get("hours", cells.whole_number),
            lifts=row.get("lifted_by", cells.lifts),
        )

    def register(self, row: Row) -> RegisterRule:
        return RegisterRule(
            **self._common(row),
            register=row.get("register", cells.one_of(Register)),
            is_exempt=row.get("outcome", cells.yes_no("exempt", "deny")),
            lifts=row.get("lifted_by", cells.lifts),
        )

    def consent(self, row: Row) -> ConsentRule:
        return ConsentRule(
            **self._common(row),
            reason=Reason(row.get("reason", cells.word_of(_CONSENT_REASONS))),
            lifts=row.get("lifted_by", cells.lifts),
            free_calls=row.get("free_calls", cells.optional_number),
            free_hours=row.get("free_hours", cells.optional_number),
        )

    def abandonment(self, row: Row) -> AbandonmentRule:
        return AbandonmentRule(
            **self._common(row),
            max_percent=row.get("max_percent", cells.percent),
            is_warning=row.get("outcome", cells.yes_no("warn", "deny")),
        )

    def policy(self, row: Row) -> tuple[str, str]:
        return row.cells["id"], _proof(row)["source"]

    def holiday(self, row: Row) -> HolidayRule:
        proof = _proof(row)
        row.get("certainty", cells.word_of(_CERTAINTIES))
        return HolidayRule(
            id=row.cells["id"],
            calendars=frozenset(row.get("calendars", self._jurisdictions)),
            day=row.get("day", cells.holiday_recipe),
            is_observed=row.get("observed", cells.yes_no("yes", "no")),
            years=row.get("years", cells.word_of(_YEARS)),
            effective_from=proof["effective_from"],
            effective_to=proof["effective_to"],
        )

    def recording(self, row: Row) -> RecordingRule:
        return RecordingRule(
            id=row.cells["id"],
            jurisdiction=row.get("jurisdiction", self._jurisdiction),
            is_all_party=row.get("needs", cells.yes_no("all", "one")),
            **_proof(row),
        )

    def _common(self, row: Row) -> _Common:
        return {
            "id": row.cells["id"],
            "jurisdiction": row.get("jurisdiction", self._jurisdiction),
            "purposes": row.get("purposes", cells.set_of(Purpose)),
            "subjects": row.get("subjects", cells.set_of(Subject)),
            "modes": row.get("modes", cells.set_of(DialMode)),
            "lines": row.get("lines", cells.set_of(LineType)),
            **_proof(row),
        }

    def _jurisdiction(self, cell: str) -> str:
        if cell not in self.jurisdictions:
            raise ValueError("write *, or a country or state of countries.csv and states.csv")
        return cell

    def _jurisdictions(self, cell: str) -> tuple[str, ...]:
        return tuple(self._jurisdiction(code) for code in cell.split("|"))


def area_code(row: Row) -> tuple[str, AreaCode]:
    is_geographic = row.get("kind", cells.word_of(_KINDS)) == _GEOGRAPHIC
    country = row.cells["country"]
    if bool(country) is not is_geographic:
        raise CellError(Problem(row.file, row.number, "country", country, "only geographic codes have a country"))
    return row.cells["id"], AreaCode(country, row.get("states", cells.names), row.get("zones", cells.zones))


def calling_code(row: Row) -> tuple[str, CallingCode]:
    return row.cells["id"], CallingCode(row.get("country", cells.text), row.get("zones", cells.zones))


def named_zones(row: Row) -> tuple[str, tuple[str, ...]]:
    row.get("zones", cells.text)
    return row.cells["id"], row.get("zones", cells.zones)


def postal_prefix(row: Row) -> tuple[str, PostalArea]:
    row.get("states", cells.text)
    return row.cells["id"], PostalArea(row.get("states", cells.names), row.get("zones", cells.zones))


def _proof(row: Row) -> _Proof:
    starts, ends = row.get("effective_from", cells.day), row.get("effective_to", cells.optional_day)
    if ends is not None and ends < starts:
        raise CellError(Problem(row.file, row.number, "effective_to", str(ends), f"must not be before {starts}"))
    row.get("confidence", cells.word_of(_CONFIDENCES))
    return {"source": row.get("source", cells.citation), "effective_from": starts, "effective_to": ends}
