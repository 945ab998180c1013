"""Statutory frequency caps: calls in rolling hours before the attempt."""

from datetime import datetime, timedelta

from apps.compliance.domain.codes import Counted
from apps.compliance.domain.facts import CallFacts
from apps.compliance.domain.hours import epoch_second
from apps.compliance.domain.rulebook import CapRule


def is_capped(rule: CapRule, facts: CallFacts, at: datetime) -> bool:
    """True when the cap is used up, or may be. A call exactly `hours` ago no longer counts.

    Without instants, the count of the last 24 hours stands for every horizon: too many for shorter ones, and the least
    there can have been for longer ones. No count at all is a full cap. Unknown talks count as none: a talk is an attempt,
    and attempts have caps of their own.
    """
    known = _instants(rule, facts)
    if known is not None:
        return _count_since(known, at - timedelta(hours=rule.hours)) >= rule.max_calls
    if rule.counts is Counted.TALKS:
        return False
    return facts.attempts_last_24h is None or facts.attempts_last_24h >= rule.max_calls


def free_from(rule: CapRule, facts: CallFacts) -> int | None:
    """The epoch second from which a full cap has room, no further call made; None if not known."""
    known = _instants(rule, facts)
    if known is None:
        return None
    last_to_go = sorted(known, reverse=True)[rule.max_calls - 1]
    return epoch_second(last_to_go + timedelta(hours=rule.hours, microseconds=999_999))


def has_free_calls(free_calls: int, free_hours: int, facts: CallFacts, at: datetime) -> bool:
    """True when the calls a rule leaves free of consent are known not to be used up."""
    if not free_calls:
        return False
    if facts.attempts is not None:
        return _count_since(facts.attempts, at - timedelta(hours=free_hours)) < free_calls
    return facts.attempts_last_24h is not None and facts.attempts_last_24h < free_calls


def _instants(rule: CapRule, facts: CallFacts) -> tuple[datetime, ...] | None:
    return facts.talks if rule.counts is Counted.TALKS else facts.attempts


def _count_since(instants: tuple[datetime, ...], since: datetime) -> int:
    return sum(1 for instant in instants if instant > since)
