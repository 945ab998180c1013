"""Whether a call may be recorded at once, or only after everybody on it has agreed."""

from collections.abc import Collection
from datetime import date

from apps.compliance.domain.rulebook import EVERYWHERE, UNKNOWN_STATE, RecordingRule, Rulebook


def recording_demands(jurisdictions: Collection[str], rulebook: Rulebook, on: date) -> tuple[RecordingRule, ...]:
    """The rows by which everybody must agree before a call to somebody in `jurisdictions` is recorded; none: not needed.

    `jurisdictions` are the candidates of a Place, such as US and US-FL: each state speaks for its country, and every
    candidate must do without for the call to do without. A state without a row has its country's; a country without
    one, a day without one, or a place that is not known at all has the row for everywhere. Law: the cited rows; that
    unknown means yes is the product's policy. The agent's own place is not looked at: agents agree when they are hired.
    """
    everywhere = next(rule for rule in rulebook.recording if rule.jurisdiction == EVERYWHERE)
    in_force = {rule.jurisdiction: rule for rule in rulebook.recording if rule.is_in_force(on)}
    with_states = {code.partition("-")[0] for code in jurisdictions if "-" in code}
    places = [code for code in jurisdictions if code not in with_states] or [EVERYWHERE]
    found = {}
    for code in places:
        # A country whose law is its states', without a state.
        known = UNKNOWN_STATE if code == UNKNOWN_STATE.partition("-")[0] else code
        rule = in_force.get(known) or in_force.get(known.partition("-")[0]) or everywhere
        if rule.is_all_party:
            found[rule.id] = rule
    return tuple(found.values())
