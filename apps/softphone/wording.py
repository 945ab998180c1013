"""Words of the desk: why somebody is called, and what to mind while talking to them."""

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.agents.models import LostLine
from apps.calls.enums import KeypadChoice
from apps.compliance.domain.codes import Consent, EbrKind, Purpose
from apps.compliance.models import Decision
from apps.compliance.rulebook.loader import load_rulebook
from apps.compliance.wording import local_times

# Breaks that the platform starts, as desk and floor say it; those of an agent carry their own name.
BREAK_TEXTS: dict[str, Promise] = {
    "LOGIN": gettext_lazy("Shift started: go ready when you are"),
    "WRAP_UP_OVER": gettext_lazy("The wrap-up time was over"),
    "PREVIEW_OVER": gettext_lazy("The preview time was over; the lead went back to the queue"),
    "MOVED": gettext_lazy("Moved to this campaign: go ready when you are"),
    "SUPERVISOR": gettext_lazy("Put on break by a supervisor"),
    "LEG_LOST": gettext_lazy("The line was not connected when a person answered: the call did not come here"),
    "LINE_LOST": gettext_lazy("The line was lost during the call, and the person was offered a call-back"),
    "LAGGED": gettext_lazy("This desk was not heard of for a while"),
}

_PROMPT = "16 CFR 310.4(d); 47 CFR 64.1200(d)(4)"
_PURPOSE = gettext_lazy("Purpose of the campaign")
# What the kind of call obliges an agent to say and not to say, with the source.
_BY_PURPOSE: dict[str, tuple[tuple[Promise, Promise | str], ...]] = {
    Purpose.COMMERCIAL: (
        (gettext_lazy("Say first who you are, for which seller you call, that you sell, and what."), _PROMPT),
        (gettext_lazy("Never call it a survey, a prize or a courtesy call."), _PROMPT),
    ),
    Purpose.CHARITY: (
        (
            gettext_lazy("Say first for which organisation you call, and that you ask for a donation."),
            "16 CFR 310.4(e)",
        ),
        (gettext_lazy("Do not sell anything: a sale would need other permissions."), _PURPOSE),
    ),
    Purpose.SURVEY: (
        (gettext_lazy("Do not sell or ask for money: this call is permitted as a survey only."), _PURPOSE),
    ),
    Purpose.POLITICAL: ((gettext_lazy("Do not sell: this call is permitted as a political one only."), _PURPOSE),),
    Purpose.DEBT: (
        (gettext_lazy("Make sure who is speaking, and tell nobody else about the debt."), "15 USC 1692c(b)"),
    ),
    Purpose.INFORMATIONAL: (
        (gettext_lazy("Do not sell or advertise: this call is permitted as information only."), _PURPOSE),
    ),
}


class Caution(TypedDict):
    """A thing to mind, and where it comes from."""

    text: str
    source: str


def break_text(reason: str) -> str:
    """Why somebody is on break; an agent's own reason as it is."""
    return str(BREAK_TEXTS.get(reason, reason))


def lost_line_text(line: LostLine) -> str:
    """What the person of the call has been told meanwhile."""
    if line.choice == KeypadChoice.NEVER:
        return _("Your line was lost, and the person asked by keypad never to be called again.")
    if line.choice == KeypadChoice.CALLBACK and line.callback_at is not None:
        return _("Your line was lost, and the person asked by keypad to be called back: a colleague or you will.")
    if line.state == LostLine.State.OFFERED:
        return _("Your line was lost for too long: the person is being offered a call-back, and the call ends.")
    if line.state == LostLine.State.BACK:
        return _("Your line is back: the person is being connected to you again.")
    return _("Your line was lost: the person has been asked to hold on and waits for you.")


def grounds(decision: Decision) -> list[str]:
    """Why this person, why now: what the gate found, in short sentences."""
    return list(_grounds(decision, decision.facts))


def _grounds(decision: Decision, facts: Mapping[str, Any]) -> Iterator[str]:
    local = local_times(decision.decided_at, decision.zones)
    yield _("Calling hours were open: %(local)s.") % {"local": local}
    yield from _registers(facts)
    if facts["on_entity_dnc"] is False:
        yield _("Nobody at this number has asked you to stop calling.")
    if facts["consent"] == Consent.EXPRESS_WRITTEN:
        yield _("The person has agreed to calls in writing.")
    elif facts["consent"] == Consent.EXPRESS:
        yield _("The person has agreed to calls, not in writing.")
    for item in facts["ebr"]:
        text = (
            _("Bought from you %(days)s days ago.")
            if item["kind"] == EbrKind.PURCHASE
            else _("Asked you %(days)s days ago.")
        )
        yield text % {"days": item["days"]}
    earlier = len(facts["attempts"] or ())
    yield (
        ngettext("Called once in the last 30 days.", "Called %(n)s times in the last 30 days.", earlier)
        % {"n": earlier}
        if earlier
        else _("Not called in the last 30 days.")
    )


def _registers(facts: Mapping[str, Any]) -> Iterator[str]:
    if facts["on_national_dnc"] or facts["on_state_dnc"]:
        yield _("On a do-not-call register, which does not forbid this call: see the rules.")
    elif facts["on_national_dnc"] is False:
        yield _("Not on the do-not-call registers.")


def cautions(decision: Decision) -> list[Caution]:
    """What must be said, and what must not, in a call of this kind to this person."""
    found = list(_BY_PURPOSE.get(decision.facts["purpose"] or "", ()))
    if decision.facts["consent"] != Consent.EXPRESS_WRITTEN:
        text = gettext_lazy("Do not offer recorded messages or automatic texts: there is no written consent to them.")
        found.append((text, "47 CFR 64.1200(a)(2)-(3)"))
    text = gettext_lazy("Who asks not to be called again is not argued with: record it at once.")
    found.append((text, "16 CFR 310.4(b)(1)(iii)(A); 47 CFR 64.1200(d)(3)"))
    return [{"text": str(text), "source": str(source)} for text, source in found]


def cited_rules(decision: Decision) -> list[dict[str, str]]:
    """The rules that were asked, each with its citation in today's rulebook."""
    sources = load_rulebook().sources
    return [{"id": rule, "source": sources.get(rule, "")} for rule in decision.rules]
