"""What a person can do about a refusal of the gate, in plain words."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from apps.compliance.domain.codes import PolicyId, Reason
from apps.compliance.domain.facts import CallFacts, Decision


def remedy(reason: str, decision: Decision, facts: CallFacts) -> str:
    """What would change the answer, for one reason code of a refusal; empty when nothing is known."""
    write = _WRITERS.get(reason)
    return write(decision, facts) if write else ""


def _calling_time(decision: Decision, facts: CallFacts) -> str:
    if len(facts.place.zones) > 1:
        return _("Wait until it opens. A ZIP code or a confirmed time zone would leave fewer zones to wait for.")
    return _("Wait until it opens, or correct the lead's state or time zone if they are wrong.")


def _attempt_cap(decision: Decision, facts: CallFacts) -> str:
    return _("Wait: earlier calls have to lie further back. The campaign tries again by itself.")


def _register(listed: bool | None, decision: Decision) -> str:
    if any(rule.id == PolicyId.REGISTER_AGE for rule in decision.rules):
        return _("Load a newer copy of the register.")
    if listed is None:
        return _("Load a current copy of the register: what has not been asked counts as listed.")
    return _("Record a signed written consent, or a purchase or inquiry that is recent enough.")


def _dnc_national(decision: Decision, facts: CallFacts) -> str:
    return _register(facts.on_national_dnc, decision)


def _dnc_state(decision: Decision, facts: CallFacts) -> str:
    return _register(facts.on_state_dnc, decision)


def _dnc_entity(decision: Decision, facts: CallFacts) -> str:
    return _("Only the person can take the request back: then remove the entry, with the ground.")


def _consent_autodial(decision: Decision, facts: CallFacts) -> str:
    return _(
        "Call in manual or preview mode, where an agent starts each call; or record written consent; "
        "or correct the line type if it is a landline."
    )


def _consent(decision: Decision, facts: CallFacts) -> str:
    return _("Record the person's written consent.")


def _consent_revoked(decision: Decision, facts: CallFacts) -> str:
    return _("Only a new consent, given after the withdrawal, permits calls again.")


def _jurisdiction(decision: Decision, facts: CallFacts) -> str:
    if any(rule.id == PolicyId.STOP for rule in decision.rules):
        return _("An emergency stop is set for this place in the settings: an owner can lift it.")
    return _("Enable the country in the settings, if the rulebook covers it.")


def _mobile_ban(decision: Decision, facts: CallFacts) -> str:
    return _("Record consent or a relationship that lifts the ban, or correct the line type if it is a landline.")


def _number(decision: Decision, facts: CallFacts) -> str:
    return _("Use a number that belongs to a place; toll-free and service numbers cannot be called.")


def _abandonment(decision: Decision, facts: CallFacts) -> str:
    return _("Switch the campaign to progressive or preview mode until its rate is below the limit.")


_WRITERS: dict[str, Callable[[Decision, CallFacts], str]] = {
    Reason.CALLING_TIME: _calling_time,
    Reason.ATTEMPT_CAP: _attempt_cap,
    Reason.DNC_NATIONAL: _dnc_national,
    Reason.DNC_STATE: _dnc_state,
    Reason.DNC_ENTITY: _dnc_entity,
    Reason.CONSENT_AUTODIAL: _consent_autodial,
    Reason.CONSENT_OPTIN: _consent,
    Reason.CONSENT_PRERECORDED: _consent,
    Reason.CONSENT_STATE: _consent,
    Reason.CONSENT_REVOKED: _consent_revoked,
    Reason.JURISDICTION: _jurisdiction,
    Reason.MOBILE_BAN: _mobile_ban,
    Reason.NUMBER: _number,
    Reason.ABANDONMENT: _abandonment,
}
