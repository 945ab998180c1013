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
    """The rows to ask, all of them in force; `asked` names them in a fixed order, exempting ones included."""

    caps: tuple[CapRule, ...]
    registers: tuple[RegisterRule, ...]
    consents: tuple[ConsentRule, ...]
    abandonment: tuple[AbandonmentRule, ...]
    asked: tuple[str, ...]


def local_days(place: Place, at: datetime) -> tuple[date, ...]:
    """The local days of an instant, earliest first; around midnight a person's may be either."""
    days = {at.astimezone(ZoneInfo(zone)).date() for zone in place.zones}
    return tuple(sorted(days)) or (at.astimezone(UTC).date(),)


@lru_cache(maxsize=16_384)
def rows_for(rulebook: Rulebook, jurisdictions: tuple[str, ...], profile: CallProfile, days: tuple[date, ...]) -> Rows:
    """The rows of those jurisdictions that cover the profile; one in force on any of `days` binds."""
    caps, registers, consents, abandonment = (
        _picked(rulebook.caps, jurisdictions, profile, days),
        _picked(rulebook.registers, jurisdictions, profile, days),
        _picked(rulebook.consents, jurisdictions, profile, days),
        _picked(rulebook.abandonment, jurisdictions, profile, days),
    )
    asked = sorted(rule.id for rule in (*caps, *registers, *consents, *abandonment))
    binding = tuple(rule for rule in registers if not rule.is_exempt)
    return Rows(caps, binding, consents, abandonment, tuple(asked))


def _picked(
    rules: tuple[_Kind, ...], jurisdictions: tuple[str, ...], profile: CallProfile, days: tuple[date, ...]
) -> tuple[_Kind, ...]:
    wanted = {EVERYWHERE, *jurisdictions}
    return tuple(
        rule
        for rule in rules
        if rule.jurisdiction in wanted and rule.covers(profile) and any(rule.is_in_force(day) for day in days)
    )


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
