"""Whether a call is lawful, as pure functions: facts, a rulebook and an instant in, a decision out."""

from apps.compliance.domain.facts import CallFacts, CallProfile, Decision, Ebr, Place, RuleRef, WeekHours
from apps.compliance.domain.gate import decide
from apps.compliance.domain.hours import WindowState, open_places, window_state
from apps.compliance.domain.zones import candidate_zones, resolve_place

__all__ = [
    "CallFacts",
    "CallProfile",
    "Decision",
    "Ebr",
    "Place",
    "RuleRef",
    "WeekHours",
    "WindowState",
    "candidate_zones",
    "decide",
    "open_places",
    "resolve_place",
    "window_state",
]
