"""The gate: may this call be placed at this instant?

Every check runs and every failing reason is returned. Strict readings taken where law or facts leave room:

- An unknown fact matches every row it could match, so the strictest one decides; an unknown line may be a mobile, a
  landline or anything else, an unknown purpose a sales call, an unknown mode a recording.
- A VoIP line counts as wireless for consent and for business callees; only landlines are landlines. Mobile bans reach
  mobile and unknown lines.
- Calling hours are not lifted by consent or relationship, and reach businesses as they reach consumers.
- A revocation denies every call until new consent is recorded.
- A denial by more than time has no next allowed instant, nor has a cap whose attempts are known by number only.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from apps.compliance.domain.caps import free_from, has_free_calls, is_capped
from apps.compliance.domain.codes import Consent, PolicyId, Purpose, Reason, Register
from apps.compliance.domain.facts import CallFacts, Decision, RuleRef
from apps.compliance.domain.hours import (
    Schedule,
    closing_rules,
    epoch_second,
    instant,
    next_opening,
    rules_in_force,
    schedule_for,
)
from apps.compliance.domain.rows import Rows, eras, is_lifted, rows_for
from apps.compliance.domain.rulebook import CapRule, RegisterRule, Rulebook
from apps.compliance.domain.zones import locate_number

_HEALED_BY_TIME = frozenset({Reason.CALLING_TIME, Reason.ATTEMPT_CAP})


class _Finding(NamedTuple):
    reason: Reason
    rule_id: str


def decide(facts: CallFacts, rulebook: Rulebook, at: datetime) -> Decision:
    """Whether the call may be placed at `at` (aware), with all reasons, the rows that decided, and when to ask again.

    Pure: the same arguments give the same answer. Raises ValueError for a naive instant.
    """
    second = epoch_second(at)
    place, profile = facts.place, facts.profile
    rows = rows_for(rulebook, place.jurisdictions, profile, eras(rulebook, place, at))
    schedule = schedule_for(rulebook, place, profile, facts.own_hours)
    findings = [
        *_number(facts, rulebook),
        *_jurisdiction(facts, rulebook, schedule),
        *_hours(schedule, second),
        *(_Finding(Reason.ATTEMPT_CAP, cap.id) for cap in _binding_caps(rows, facts) if is_capped(cap, facts, at)),
        *_registers(rows, facts, rulebook, at),
        *_consents(rows, facts, at),
        *_abandonment(rows, facts, is_warning=False),
    ]
    reasons = {finding.reason for finding in findings}
    ids = {finding.rule_id for finding in findings} or {*rows.asked, *rules_in_force(schedule, second)}
    heals = bool(reasons) and reasons <= _HEALED_BY_TIME
    return Decision(
        is_allowed=not findings,
        reasons=tuple(sorted(reason.value for reason in reasons)),
        rules=_cite(ids, facts, rulebook),
        zones=place.zones,
        next_allowed_at=_next_allowed(rulebook, schedule, facts, second) if heals else None,
        rulebook=rulebook.version,
        warnings=tuple(sorted({finding.reason.value for finding in _abandonment(rows, facts, is_warning=True)})),
    )


def _number(facts: CallFacts, rulebook: Rulebook) -> Iterator[_Finding]:
    """Invalid numbers, and those of the +1 plan whose area code stands for no place."""
    if not facts.is_number_valid or (
        facts.phone.startswith("+1") and not locate_number(facts.phone, rulebook.geography).country
    ):
        yield _Finding(Reason.NUMBER, PolicyId.NUMBER)


def _jurisdiction(facts: CallFacts, rulebook: Rulebook, schedule: Schedule) -> Iterator[_Finding]:
    countries = schedule.countries
    callable_here = rulebook.countries & facts.enabled_countries
    # A number of no known country is foreign when it is valid; an invalid one is denied for what it is.
    if not callable_here.issuperset(countries) or (not countries and facts.is_number_valid):
        yield _Finding(Reason.JURISDICTION, PolicyId.COUNTRY)
    if not facts.stopped.isdisjoint(facts.place.jurisdictions):
        yield _Finding(Reason.JURISDICTION, PolicyId.STOP)


def _hours(schedule: Schedule, second: int) -> Iterator[_Finding]:
    """Closed hours; a covered country without a zone. Where the rulebook has no hours, the jurisdiction denies."""
    if not schedule.countries or not schedule.rulebook.countries.issuperset(schedule.countries):
        return
    if not schedule.clocks:
        yield _Finding(Reason.NUMBER, PolicyId.NO_ZONE)
    else:
        for rule_id in closing_rules(schedule, second):
            yield _Finding(Reason.CALLING_TIME, rule_id)


def _binding_caps(rows: Rows, facts: CallFacts) -> tuple[CapRule, ...]:
    return tuple(cap for cap in rows.caps if not is_lifted(cap.lifts, facts))


def _registers(rows: Rows, facts: CallFacts, rulebook: Rulebook, at: datetime) -> Iterator[_Finding]:
    for rule in rows.registers:
        flag, dated, reason = _listing(rule, facts)
        oldest = at - timedelta(days=rulebook.register_age_days)
        is_sale = facts.purpose in {None, Purpose.COMMERCIAL}
        if rule.register is not Register.ENTITY and is_sale and dated is not None and dated < oldest:
            yield _Finding(reason, PolicyId.REGISTER_AGE)
        elif flag is not False and not is_lifted(rule.lifts, facts):
            yield _Finding(reason, rule.id)


def _listing(rule: RegisterRule, facts: CallFacts) -> tuple[bool | None, datetime | None, Reason]:
    """Whether the number is listed, the copy's date, and the reason a listing gives. No date, no answer."""
    if rule.register is Register.ENTITY:
        return facts.on_entity_dnc, None, Reason.DNC_ENTITY
    if rule.register is Register.NATIONAL:
        flag, dated, reason = facts.on_national_dnc, facts.national_register_at, Reason.DNC_NATIONAL
    else:
        flag, dated, reason = facts.on_state_dnc, facts.state_register_at, Reason.DNC_STATE
    return (None if dated is None else flag), dated, reason


def _consents(rows: Rows, facts: CallFacts, at: datetime) -> Iterator[_Finding]:
    if facts.consent is Consent.REVOKED:
        yield _Finding(Reason.CONSENT_REVOKED, PolicyId.REVOKED)
    for rule in rows.consents:
        if not is_lifted(rule.lifts, facts) and not has_free_calls(rule.free_calls, rule.free_hours, facts, at):
            yield _Finding(rule.reason, rule.id)


def _abandonment(rows: Rows, facts: CallFacts, *, is_warning: bool) -> Iterator[_Finding]:
    """Exactly the limit complies; an unknown rate does not."""
    percent = facts.abandoned_percent
    for rule in rows.abandonment:
        if rule.is_warning is is_warning and (percent is None or percent > rule.max_percent):
            yield _Finding(Reason.ABANDONMENT, rule.id)


def _next_allowed(rulebook: Rulebook, schedule: Schedule, facts: CallFacts, second: int) -> datetime | None:
    """The first instant inside all hours at which every cap has room, no further call made meanwhile."""
    opening = next_opening(schedule, second)
    while opening is not None:
        rows = rows_for(
            rulebook, facts.place.jurisdictions, facts.profile, eras(rulebook, facts.place, instant(opening))
        )
        free = [free_from(cap, facts) for cap in _binding_caps(rows, facts) if is_capped(cap, facts, instant(opening))]
        known = [moment for moment in free if moment is not None]
        if len(known) < len(free):
            return None
        if not known:
            return instant(opening)
        opening = next_opening(schedule, max(known))
    return None


def _cite(ids: set[str], facts: CallFacts, rulebook: Rulebook) -> tuple[RuleRef, ...]:
    own = {hours.id: hours.source for hours in facts.own_hours}
    return tuple(RuleRef(rule_id, own.get(rule_id) or rulebook.sources[rule_id]) for rule_id in sorted(ids))
