"""Promised calls: when they may be, who keeps them, and what becomes of those that nobody has kept."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.calls.models import Attempt, Callback
from apps.calls.selectors import requests_for
from apps.campaigns.models import Campaign, CampaignLead, DialMode, QueueState
from apps.campaigns.services import queue
from apps.compliance.domain.facts import Decision
from apps.compliance.domain.openings import Opening
from apps.compliance.services.gate import check_ahead
from apps.compliance.wording import local_times, reason_text
from apps.core.errors import ConflictError, InvalidError
from apps.leads.models import Lead

# A personal call-back overdue by this goes to whoever is free.
GRACE = timedelta(minutes=30)
# How far ahead a call may be promised, and how far beyond a refused time another one is looked for.
AHEAD = timedelta(days=60)
LOOK = timedelta(days=14)
# What a lead whose call-back was cancelled waits before it is called like any other.
REST = timedelta(hours=24)


class CallbackNotLawfulError(InvalidError):
    """Nobody may be called then; `next_at` is the next instant at which this person may, None if none was found."""

    code = "callback_not_lawful"

    def __init__(self, message: str, *, next_at: datetime | None) -> None:
        super().__init__(message, field="callback")
        self.next_at = next_at


class CallbackClosedError(ConflictError):
    """The call-back is kept or cancelled, or is being kept at this moment."""

    code = "callback_closed"


@dataclass(frozen=True, slots=True)
class Promised:
    """Whom somebody promises a call in a campaign; `talk_at` is when the talk was dialled in which it is promised.

    A personal call-back is dialled by its agent's hand, one for the pool in the campaign's own mode.
    """

    campaign: Campaign
    lead: Lead
    is_personal: bool
    talk_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a lead may be called; `reasons` are the gate's codes for now when there is no such time at all."""

    openings: tuple[Opening, ...]
    reasons: tuple[str, ...]


def open_calendar(*, promised: Promised, at: datetime, until: datetime) -> Calendar:
    """The times from `at` to `until` at which the promised call would be allowed, by what is known at `at`."""
    decision, openings = _ask(promised, at=at, since=at, until=until)
    return Calendar(openings, () if openings else decision.reasons)


def next_lawful(*, promised: Promised, at: datetime, after: datetime) -> datetime | None:
    """The first instant from `after` on at which the promised call would be allowed; None for none in two weeks."""
    _, openings = _ask(promised, at=at, since=after, until=after + LOOK)
    return openings[0].starts_at if openings else None


def require_lawful(*, promised: Promised, due_at: datetime, at: datetime) -> None:
    """Raise CallbackNotLawfulError unless the gate, by what it knows at `at`, would allow the call at `due_at`."""
    if due_at > at + AHEAD:
        raise CallbackNotLawfulError(f"Choose a time within {AHEAD.days} days.", next_at=None)
    decision, openings = _ask(promised, at=at, since=due_at, until=due_at + LOOK)
    if decision.is_allowed and openings:
        return
    next_at = openings[0].starts_at if openings else None
    zones = list(decision.zones)
    reasons = "; ".join(map(reason_text, decision.reasons)) or "the campaign is over by then"
    refusal = f"{local_times(due_at, zones, 'D j M H:i')}: {reasons}."
    offer = f" The next time is {local_times(next_at, zones, 'D j M H:i')}." if next_at else ""
    raise CallbackNotLawfulError(refusal + offer, next_at=next_at)


def _ask(promised: Promised, *, at: datetime, since: datetime, until: datetime) -> tuple[Decision, tuple[Opening, ...]]:
    campaign, talk_at = promised.campaign, promised.talk_at
    mode = DialMode.MANUAL if promised.is_personal else campaign.dial_mode
    (request,) = requests_for(campaign, [promised.lead], mode=mode, at=at)
    if talk_at is not None and talk_at not in request.talks:
        # The talk counts against the caps although it is not settled yet.
        request = replace(request, talks=(*request.talks, talk_at))
    verdict, openings = check_ahead(request, at=at, since=since, until=min(until, campaign.ends_at or until))
    return verdict.decision, openings


def promise_for_pool(*, campaign_lead_id: int, due_at: datetime, zone: str, note: str, is_urgent: bool) -> datetime:
    """A call-back by whoever is free, where no disposition carries it; the instant that is promised.

    One that is open already stays, with its own time. An urgent one takes the place of one that is later, an agent's, or
    was dialled in vain, and is waited for whatever the lead has waited for so far.
    """
    callback, is_new = Callback.objects.get_or_create(
        campaign_lead_id=campaign_lead_id,
        state=Callback.State.DUE,
        defaults={"due_at": due_at, "zone": zone, "note": note},
    )
    if is_urgent and (callback.agent_id is not None or callback.due_at > due_at or _was_dialled(callback)):
        callback.agent, callback.due_at, callback.zone, callback.note = None, due_at, zone, note
        callback.save(update_fields=["agent", "due_at", "zone", "note"])
    if is_new or is_urgent:
        queue.try_again(
            campaign_lead_id=campaign_lead_id, at=callback.due_at, reason="callback", priority=queue.PRIORITY_CALLBACK
        )
    return callback.due_at


def _was_dialled(callback: Callback) -> bool:
    since = Attempt.objects.filter(campaign_lead_id=callback.campaign_lead_id, placing_at__gte=callback.due_at)
    return since.exists()


def reassign_callback(*, callback_id: int, agent: User | None, changed_by: User, at: datetime) -> Callback:
    """Give an open call-back to an agent, or to the pool (None). Raises CallbackClosedError.

    One that is overdue is due from now on: its new agent has as long as every other before it goes to whoever is free.
    """
    callback = _lock(callback_id)
    before = callback.agent_id
    if before == (agent.id if agent else None):
        return callback
    callback.agent, callback.due_at = agent, max(callback.due_at, at)
    callback.save(update_fields=["agent", "due_at"])
    if agent is not None:
        queue.hold_for_agent(campaign_lead_id=callback.campaign_lead_id)
    else:
        queue.try_again(
            campaign_lead_id=callback.campaign_lead_id,
            at=callback.due_at,
            reason="callback",
            priority=queue.PRIORITY_CALLBACK,
        )
    data = {"from": before, "to": callback.agent_id}
    record(Action.CALLBACK_REASSIGNED, at=at, target=f"callback:{callback.id}", actor=changed_by, data=data)
    return callback


def cancel_callback(*, callback_id: int, reason: str, canceled_by: User, at: datetime) -> None:
    """Take back a promised call; the lead is called like any other after a day.

    Raises CallbackClosedError, InvalidError without a reason.
    """
    if not reason.strip():
        raise InvalidError("Say why the call-back is cancelled.", field="reason")
    callback = _lock(callback_id)
    callback.state = Callback.State.CANCELED
    callback.save(update_fields=["state"])
    queue.try_again(
        campaign_lead_id=callback.campaign_lead_id,
        at=at + REST,
        reason="callback_canceled",
        priority=queue.PRIORITY_ORDINARY,
    )
    data = {"note": reason.strip()}
    record(Action.CALLBACK_CANCELED, at=at, target=f"callback:{callback.id}", actor=canceled_by, data=data)


def _lock(callback_id: int) -> Callback:
    """An open call-back whose lead nobody is calling; both stay so until the transaction ends."""
    callback = Callback.objects.get(id=callback_id)
    row = CampaignLead.objects.select_for_update(of=("self",)).get(id=callback.campaign_lead_id)
    callback.refresh_from_db()
    if callback.state != Callback.State.DUE:
        raise CallbackClosedError("This call-back is kept or cancelled already.")
    if row.state == QueueState.RESERVED:
        raise CallbackClosedError("This lead is being called at this moment.")
    return callback


def hand_over_missed(*, campaign_id: int, at: datetime) -> int:
    """Give overdue personal call-backs of a campaign, whose leads still wait for their agent, to the pool; returns how many.

    A lead that has been called since waits for its next try or for the disposition of the talk.
    """
    missed = list(
        Callback.objects.filter(
            campaign_lead__campaign_id=campaign_id,
            state=Callback.State.DUE,
            agent__isnull=False,
            campaign_lead__state=QueueState.WAITING,
            campaign_lead__reason=queue.PROMISED,
            due_at__lte=at - GRACE,
        ).order_by("due_at", "id")[:500]
    )
    for callback in missed:
        queue.try_again(
            campaign_lead_id=callback.campaign_lead_id, at=at, reason="callback", priority=queue.PRIORITY_CALLBACK
        )
    Callback.objects.filter(id__in=[callback.id for callback in missed]).update(agent=None)
    return len(missed)
