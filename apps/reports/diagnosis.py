"""Why a campaign is not dialling, in one sentence with counts; None while nothing stands in its way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.campaigns.models import Campaign
from apps.campaigns.wording import queue_reason_text
from apps.core.templatetags.ui import number

State = Campaign.State


@dataclass(frozen=True, slots=True, kw_only=True)
class DialFacts:
    """What the sentence is made from. `waiting` counts leads by reason code, `agents` sessions by state.

    `ready_closed` are ready leads where it is outside calling hours; the first of their places opens at `opens_at`.
    Of the others the gate was asked about the `judged` next ones; `refused` are its refusals by reason code.
    `labels` names the campaign's dispositions by code.
    """

    state: str
    state_reason: str
    starts_at: datetime | None
    blockers: Sequence[str]
    is_taking_in: bool
    is_manual: bool
    ready_open: int
    ready_closed: int
    opens_at: datetime | None
    judged: int
    refused: Mapping[str, int]
    labels: Mapping[str, str]
    being_called: int
    waiting: Mapping[str, int]
    done: int
    agents: Mapping[str, int]
    is_dialler_silent: bool

    @property
    def left(self) -> int:
        return self.ready_open + self.ready_closed + self.being_called + sum(self.waiting.values())


def diagnose(facts: DialFacts) -> str | None:
    """The first thing that would have to change for the campaign to dial."""
    if facts.state != State.RUNNING:
        return _not_running(facts)
    if facts.blockers:
        return " ".join(facts.blockers)
    if not facts.left:
        return _taking_in(facts) if facts.is_taking_in else _all_done(facts)
    if facts.being_called:
        return None
    if not facts.ready_open:
        return _nobody_callable(facts)
    if facts.is_dialler_silent:
        return _("The dialler has not looked at this campaign for a while: the worker of the dial queue may be down.")
    if facts.judged and facts.judged == sum(facts.refused.values()):
        return _next_refused(facts)
    return _no_agent(facts)


def _not_running(facts: DialFacts) -> str:
    if facts.state == State.PAUSED:
        return facts.state_reason or _("It is paused: no new calls are placed, live calls finish.")
    if facts.state == State.SCHEDULED and facts.starts_at:
        start = date_format(localtime(facts.starts_at), "D j M, H:i")
        return _("It starts on its own on %(start)s.") % {"start": start}
    if facts.state == State.COMPLETED:
        return _("It is completed. %(left)s leads were left.") % {"left": number(facts.left)}
    if facts.state == State.ARCHIVED:
        return _("It is archived.")
    return " ".join([_("It has not been started."), *facts.blockers])


def _taking_in(facts: DialFacts) -> str:
    text = _("Its leads are being taken into the queue; calls start when that is done.")
    if facts.is_dialler_silent:
        return f"{text} " + _("If this lasts for minutes, the worker of the dial queue may be down.")
    return text


def _all_done(facts: DialFacts) -> str:
    if not facts.done:
        return _("Its lists have no leads that can be called: upload a file or choose another list.")
    done = ngettext("Its only lead is done.", "All its %(count)s leads are done.", facts.done) % {
        "count": number(facts.done)
    }
    return f"{done} " + _("Add a list or complete the campaign.")


def _nobody_callable(facts: DialFacts) -> str:
    waiting = {code: count for code, count in facts.waiting.items() if code != "calling_time"}
    groups = [(count, queue_reason_text(code, facts.labels)) for code, count in waiting.items()]
    closed = facts.ready_closed + facts.waiting.get("calling_time", 0)
    if closed:
        groups.append((closed, _closed_text(facts.opens_at)))
    values = {"left": number(facts.left), "parts": _join_groups(groups)}
    return _("None of the %(left)s leads left may be called now: %(parts)s.") % values


def _next_refused(facts: DialFacts) -> str:
    groups = [(count, queue_reason_text(code)) for code, count in facts.refused.items()]
    values = {"ready": _ready(facts), "judged": number(facts.judged), "parts": _join_groups(groups)}
    return _("%(ready)s, but none of the next %(judged)s may be called: %(parts)s.") % values


def _ready(facts: DialFacts) -> str:
    count = facts.ready_open
    return ngettext("%(count)s lead is ready in open hours", "%(count)s leads are ready in open hours", count) % {
        "count": number(count)
    }


def _join_groups(groups: Sequence[tuple[int, str]]) -> str:
    largest = sorted(groups, reverse=True)
    parts = ", ".join(f"{number(count)} {text}" for count, text in largest[:4])
    more = sum(count for count, _text in largest[4:])
    return _("%(parts)s, %(more)s for other reasons") % {"parts": parts, "more": number(more)} if more else parts


def _closed_text(opens_at: datetime | None) -> str:
    if opens_at is None:
        return _("outside calling hours")
    opening = date_format(localtime(opens_at), "D H:i")
    return _("outside calling hours (the first open %(opening)s your time)") % {"opening": opening}


def _no_agent(facts: DialFacts) -> str | None:
    agents = facts.agents
    if agents.get("READY", 0) or agents.get("PREVIEW", 0) or agents.get("RESERVED", 0) or facts.is_manual:
        return None
    if not sum(agents.values()):
        return _("%(ready)s, but no agent is signed in.") % {"ready": _ready(facts)}
    busy = agents.get("ON_CALL", 0) + agents.get("WRAP_UP", 0)
    if busy:
        return None
    return _("%(ready)s, but all %(agents)s agents are on a break.") % {
        "ready": _ready(facts),
        "agents": sum(agents.values()),
    }
