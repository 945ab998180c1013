"""A refusal of the gate told with its facts, and what a person can do about it."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from apps.compliance.domain.codes import PolicyId, Reason
from apps.compliance.domain.facts import CallFacts, Decision
from apps.compliance.wording import reason_text


def refusal(reason: str, decision: Decision, facts: CallFacts) -> str:
    """One reason code of a refusal as a sentence; of a register it says whether the number is on it."""
    if reason == Reason.DNC_NATIONAL:
        return _register_refusal(_("the national do-not-call register"), reason, decision, facts.on_national_dnc)
    if reason == Reason.DNC_STATE:
        return _register_refusal(_("the state's do-not-call register"), reason, decision, facts.on_state_dnc)
    clause = reason_text(reason)
    return clause[:1].upper() + clause[1:] + "."


def _register_refusal(register: str, reason: str, decision: Decision, is_listed: bool | None) -> str:
    if _is_too_old(reason, decision):
        return _("Your copy of %(register)s is too old.") % {"register": register}
    if is_listed is None:
        return _("You have no copy of %(register)s.") % {"register": register}
    return _("The number is on %(register)s.") % {"register": register}


def _is_too_old(reason: str, decision: Decision) -> bool:
    """Whether a register refuses by its age alone: then no row of the register itself is among the rules."""
    return not any(reason in rule.id for rule in decision.rules)


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


def _register(reason: str, decision: Decision, is_listed: bool | None) -> str:
    if _is_too_old(reason, decision):
        return _("Load a newer copy of the register.")
    if is_listed is None:
        return _("Load a current one: what has not been asked counts as listed.")
    return _("Record a signed written consent, or a purchase or inquiry that is recent enough.")


def _dnc_national(decision: Decision, facts: CallFacts) -> str:
    return _register(Reason.DNC_NATIONAL, decision, facts.on_national_dnc)


def _dnc_state(decision: Decision, facts: CallFacts) -> str:
    return _register(Reason.DNC_STATE, decision, facts.on_state_dnc)


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
