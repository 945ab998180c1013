"""What the gate is told about one call. A fact that is None is unknown, and what is not known means no."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from apps.compliance.domain.codes import Consent, DialMode, EbrKind, LineType, Purpose, Subject

# Sorted, disjoint half-open stretches of a day in minutes since local midnight: ((480, 1260),) is 08:00 to 21:00.
Ranges = tuple[tuple[int, int], ...]


class Place(NamedTuple):
    """Where the person called may be: IANA zones, and the jurisdictions whose rows apply (`US`, `US-FL`)."""

    zones: tuple[str, ...]
    jurisdictions: tuple[str, ...]

    @property
    def countries(self) -> tuple[str, ...]:
        return tuple(code for code in self.jurisdictions if "-" not in code)


class CallProfile(NamedTuple):
    """The facts that choose among the rulebook's rows. An unknown one (None) matches every row."""

    purpose: Purpose | None
    subject: Subject | None
    dial_mode: DialMode | None
    line_type: LineType


@dataclass(frozen=True, slots=True)
class WeekHours:
    """Hours a tenant or a campaign sets for itself; they can only narrow the law's (P7).

    `days` holds the ranges of Monday to Sunday; `closed_on` the tenant's own days off. `zone` None means the local
    time of the person called; an IANA name fixes the clock instead.
    """

    id: str
    days: tuple[Ranges, Ranges, Ranges, Ranges, Ranges, Ranges, Ranges]
    zone: str | None = None
    closed_on: frozenset[date] = frozenset()
    source: str = "Tenant or campaign schedule"


@dataclass(frozen=True, slots=True)
class Ebr:
    """An existing business relationship: whole days from the event to the local day of the call."""

    kind: EbrKind
    days: int

    @classmethod
    def since(cls, kind: EbrKind, occurred_on: date, *, at: datetime, zones: Iterable[str]) -> "Ebr":
        """Counts to the latest local day among `zones`, so that a doubtful relationship is the older one."""
        days = [at.astimezone(ZoneInfo(zone)).date() for zone in zones] or [at.astimezone(UTC).date()]
        return cls(kind, (max(days) - occurred_on).days)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """One call that somebody wants to place.

    `attempts` are instants of placed attempts to the same person about the same subject, from every caller number,
    complete for the last 30 days; `talks` those in which a person was reached. When only `attempts_last_24h` is known
    it is taken for the count of every shorter horizon, and as the least count of every longer one.
    `abandoned_percent` is abandoned over live-answered calls of the campaign in the last 30 days.
    `enabled_countries` are those the tenant may call; `stopped` holds jurisdictions under an emergency stop.
    `register_at` fields date the register copies that answered `on_national_dnc` and `on_state_dnc`.
    """

    phone: str
    is_number_valid: bool | None
    place: Place
    purpose: Purpose | None = None
    subject: Subject | None = None
    dial_mode: DialMode | None = None
    line_type: LineType = LineType.UNKNOWN
    on_national_dnc: bool | None = None
    on_state_dnc: bool | None = None
    on_entity_dnc: bool | None = None
    national_register_at: datetime | None = None
    state_register_at: datetime | None = None
    consent: Consent | None = None
    ebr: tuple[Ebr, ...] = ()
    attempts_last_24h: int | None = None
    attempts: tuple[datetime, ...] | None = None
    talks: tuple[datetime, ...] | None = None
    abandoned_percent: float | None = None
    own_hours: tuple[WeekHours, ...] = ()
    enabled_countries: frozenset[str] = frozenset()
    stopped: frozenset[str] = frozenset()

    @property
    def profile(self) -> CallProfile:
        return CallProfile(self.purpose, self.subject, self.dial_mode, self.line_type)


@dataclass(frozen=True, slots=True)
class RuleRef:
    id: str
    source: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The gate's answer.

    `reasons` are all that fail, sorted by code. `rules` name the rows that denied, or, for an allowed call, every row
    that was asked. `next_allowed_at` (UTC) is set on a denial that time alone heals. `warnings` do not deny.
    """

    is_allowed: bool
    reasons: tuple[str, ...]
    rules: tuple[RuleRef, ...]
    zones: tuple[str, ...]
    next_allowed_at: datetime | None
    rulebook: str
    warnings: tuple[str, ...] = ()
