"""Which rows of the rulebook speak of one kind of call at one place on one day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from apps.compliance.domain.codes import Consent
from apps.compliance.domain.facts import CallFacts, CallProfile, Place
from apps.compliance.domain.rulebook import (
    EVERYWHERE,
    AbandonmentRule,
    CapRule,
    ConsentRule,
    Lift,
    RegisterRule,
    Rule,
    Rulebook,
)

_Kind = TypeVar("_Kind", bound=Rule)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows to ask, all of them in force; `asked` names them all, exempting ones included."""

    caps: tuple[CapRule, ...]
    registers: tuple[RegisterRule, ...]
    consents: tuple[ConsentRule, ...]
    abandonment: tuple[AbandonmentRule, ...]
    asked: tuple[str, ...]


def eras(rulebook: Rulebook, place: Place, at: datetime) -> tuple[date, ...]:
    """Days that stand for the local days of an instant: around midnight a person's may be either of two."""
    days = {rulebook.era_of(at.astimezone(ZoneInfo(zone)).date()) for zone in place.zones}
    return tuple(sorted(days)) or (rulebook.era_of(at.astimezone(UTC).date()),)


@lru_cache(maxsize=65_536)
def rows_for(rulebook: Rulebook, jurisdictions: tuple[str, ...], profile: CallProfile, days: tuple[date, ...]) -> Rows:
    """The rows of those jurisdictions that cover the profile; one in force on any of `days` binds."""
    parts = [_rows_of(rulebook, code, profile, days) for code in (EVERYWHERE, *jurisdictions)]
    return Rows(
        caps=tuple(rule for part in parts for rule in part.caps),
        registers=tuple(rule for part in parts for rule in part.registers),
        consents=tuple(rule for part in parts for rule in part.consents),
        abandonment=tuple(rule for part in parts for rule in part.abandonment),
        asked=tuple(rule_id for part in parts for rule_id in part.asked),
    )


@lru_cache(maxsize=65_536)
def _rows_of(rulebook: Rulebook, jurisdiction: str, profile: CallProfile, days: tuple[date, ...]) -> Rows:
    every = _rows_of_jurisdiction(rulebook, jurisdiction)
    caps, registers = _picked(every.caps, profile, days), _picked(every.registers, profile, days)
    consents, abandonment = _picked(every.consents, profile, days), _picked(every.abandonment, profile, days)
    asked = tuple(rule.id for rule in (*caps, *registers, *consents, *abandonment))
    binding = tuple(rule for rule in registers if not rule.is_exempt)
    return Rows(caps, binding, consents, abandonment, asked)


@lru_cache(maxsize=256)
def _rows_of_jurisdiction(rulebook: Rulebook, jurisdiction: str) -> Rows:
    return Rows(
        caps=tuple(rule for rule in rulebook.caps if rule.jurisdiction == jurisdiction),
        registers=tuple(rule for rule in rulebook.registers if rule.jurisdiction == jurisdiction),
        consents=tuple(rule for rule in rulebook.consents if rule.jurisdiction == jurisdiction),
        abandonment=tuple(rule for rule in rulebook.abandonment if rule.jurisdiction == jurisdiction),
        asked=(),
    )


def _picked(rules: tuple[_Kind, ...], profile: CallProfile, days: tuple[date, ...]) -> tuple[_Kind, ...]:
    return tuple(rule for rule in rules if rule.covers(profile) and any(map(rule.is_in_force, days)))


def is_lifted(lifts: tuple[Lift, ...], facts: CallFacts) -> bool:
    """True when one of the grounds holds. A request not to be called ends a relationship (16 CFR 310.2(q))."""
    return any(_holds(lift, facts) for lift in lifts)


def _holds(lift: Lift, facts: CallFacts) -> bool:
    if lift.consent is Consent.EXPRESS:
        return facts.consent in {Consent.EXPRESS, Consent.EXPRESS_WRITTEN}
    if lift.consent is not None:
        return facts.consent is lift.consent
    if facts.on_entity_dnc:
        return False
    return any(ebr.kind is lift.ebr and 0 <= ebr.days <= lift.max_days for ebr in facts.ebr)
