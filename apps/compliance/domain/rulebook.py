"""The rulebook as the gate reads it: dated, cited rows. Loading them from files is not done here."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from apps.compliance.domain.codes import (
    Consent,
    Counted,
    DialMode,
    EbrKind,
    LineType,
    Purpose,
    Reason,
    Register,
    Subject,
)
from apps.compliance.domain.facts import CallProfile, Ranges

EVERYWHERE = "*"
UNKNOWN_STATE = "US-UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """What every row has: identity, citation, dates (inclusive, local), and the calls it speaks of.

    Rows compare by identity: they are keys of the gate's memos.
    """

    id: str
    source: str
    effective_from: date
    effective_to: date | None
    jurisdiction: str
    purposes: frozenset[Purpose]
    subjects: frozenset[Subject]
    modes: frozenset[DialMode]
    lines: frozenset[LineType]

    def covers(self, profile: CallProfile) -> bool:
        """An unknown fact is covered by every row: it may turn out to be any value."""
        return (
            (profile.purpose is None or profile.purpose in self.purposes)
            and (profile.subject is None or profile.subject in self.subjects)
            and (profile.dial_mode is None or profile.dial_mode in self.modes)
            and profile.line_type in self.lines
        )

    def is_in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True)
class Lift:
    """A ground that lifts a row: a consent at least this strong, or a relationship at most this many days old."""

    consent: Consent | None = None
    ebr: EbrKind | None = None
    max_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WindowRule(Rule):
    """Calling hours. `days` are Monday to Sunday; on a holiday `holiday` narrows the day's (None: no effect)."""

    days: tuple[Ranges, ...]
    holiday: Ranges | None
    # None: the local time of the person called; else the zone the statute names.
    zone: str | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CapRule(Rule):
    """At most `max_calls` in any rolling `hours`."""

    counts: Counted
    max_calls: int
    hours: int
    lifts: tuple[Lift, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegisterRule(Rule):
    """A do-not-call register binds these calls, or (`is_exempt`) is cited as not binding them."""

    register: Register
    is_exempt: bool
    lifts: tuple[Lift, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConsentRule(Rule):
    """These calls need one of `lifts`; `free_calls` in `free_hours` need none."""

    reason: Reason
    lifts: tuple[Lift, ...]
    free_calls: int
    free_hours: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AbandonmentRule(Rule):
    """Above `max_percent` the call is denied, or (`is_warning`) the manager warned."""

    max_percent: float
    is_warning: bool


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """A holiday of one or more calendars; `day` is the recipe `holidays.days_in_year` reads."""

    id: str
    calendars: frozenset[str]
    day: str
    is_observed: bool
    years: str
    effective_from: date
    effective_to: date | None


@dataclass(frozen=True, slots=True)
class RecordingRule:
    """Whose agreement a recording of a call needs in a place: everybody's, or (not `is_all_party`) one party's."""

    id: str
    source: str
    effective_from: date
    effective_to: date | None
    jurisdiction: str
    is_all_party: bool

    def is_in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True)
class AreaCode:
    """An area code of the +1 plan. `country` is empty for codes without a place (toll-free, personal, premium)."""

    country: str
    states: tuple[str, ...]
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallingCode:
    """A prefix of an E.164 number outside +1; the longest that fits tells country and zones."""

    country: str
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PostalArea:
    """What a postal code tells: states as `US-FL`, and zones."""

    states: tuple[str, ...]
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Geography:
    """Tables that lead from a number and an address to zones and jurisdictions."""

    area_codes: Mapping[str, AreaCode]
    calling_codes: Mapping[str, CallingCode]
    # `US-FL` -> zones; `US` -> every zone of a country, for an address known no better.
    state_zones: Mapping[str, tuple[str, ...]]
    country_zones: Mapping[str, tuple[str, ...]]
    # `CA-V5` -> what the start of a Canadian postal code tells.
    postal_prefixes: Mapping[str, PostalArea]


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """One version of all rules. Never change one: the gate keeps memos by its identity."""

    version: str
    windows: tuple[WindowRule, ...]
    caps: tuple[CapRule, ...]
    registers: tuple[RegisterRule, ...]
    consents: tuple[ConsentRule, ...]
    abandonment: tuple[AbandonmentRule, ...]
    policies: Mapping[str, str]
    holidays: tuple[HolidayRule, ...]
    recording: tuple[RecordingRule, ...]
    geography: Geography
    register_age_days: int
    countries: frozenset[str] = field(init=False)
    # Citation of every rule and policy by its id.
    sources: Mapping[str, str] = field(init=False)
    # Days on which some row starts or has ended, sorted; between two of them the same rows are in force.
    turning_days: tuple[date, ...] = field(init=False)

    def __post_init__(self) -> None:
        codes = {rule.jurisdiction for rule in self.windows if "-" not in rule.jurisdiction}
        object.__setattr__(self, "countries", frozenset(codes - {EVERYWHERE}))
        rules = (*self.windows, *self.caps, *self.registers, *self.consents, *self.abandonment)
        cited = {rule.id: rule.source for rule in rules} | {rule.id: rule.source for rule in self.recording}
        object.__setattr__(self, "sources", cited | dict(self.policies))
        starts = {rule.effective_from for rule in rules}
        ends = {rule.effective_to + timedelta(days=1) for rule in rules if rule.effective_to is not None}
        object.__setattr__(self, "turning_days", tuple(sorted(starts | ends)))

    def era_of(self, day: date) -> date:
        """A day on which the same rows are in force as on `day`: the last turning day up to it."""
        index = bisect_right(self.turning_days, day)
        return self.turning_days[index - 1] if index else date.min
