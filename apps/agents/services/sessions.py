"""The agent's state machine. Every step is a compare-and-set, so that a tick, a callback and a click never undo each other.

BREAK -> READY -> RESERVED (or PREVIEW) -> ON_CALL -> WRAP_UP -> READY. A break or the end asked for during a call is
kept in `next_state` and granted after the wrap-up.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.accounts.models import User
from apps.agents.models import AgentSession, AgentState
from apps.agents.selectors import is_former_member, list_former_members, list_ready, list_sessions_on
from apps.agents.services.states import (
    AgentStateError,
    close_session,
    enter_state,
    free_agent,
    give_back_preview,
    keep_answers,
    lock_idle,
    lock_session,
    publish_session,
)
from apps.audit.services import hold_ledger
from apps.calls.enums import Outcome
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign, DialMode
from apps.core.jobs import enqueue

BUSY = (AgentState.RESERVED, AgentState.ON_CALL, AgentState.WRAP_UP)
# A preview that the agent let pass, or a lead given back, may come again after this.
SKIP_REST = timedelta(minutes=30)
# Real seconds without a sign of the desk after which its agent is not called, and after which the shift is over.
DESK_SILENCE = 60.0
SHIFT_SILENCE = 3_600.0


def start_session(*, user: User, campaign: Campaign, at: datetime) -> AgentSession:
    """Open a shift in a campaign, on break; an open one is moved to the campaign when the agent is not busy.

    Raises AgentStateError during a call or its wrap-up.
    """
    session = AgentSession.objects.select_for_update().filter(user=user, ended_at__isnull=True).first()
    if session is None:
        session = AgentSession.objects.create(
            user=user,
            campaign=campaign,
            state=AgentState.BREAK,
            break_reason="LOGIN",
            state_since=at,
            started_at=at,
            seen_at=at,
        )
        enqueue("agents.connect_leg", tenant_id=session.tenant_id, session_id=session.id)
        publish_session(session)
    elif session.campaign_id != campaign.id:
        if session.state in BUSY:
            raise AgentStateError("Finish the call and its wrap-up before you change the campaign.")
        give_back_preview(session, at)
        session.next_campaign = campaign
        enter_state(session, AgentState.BREAK, at, break_reason="LOGIN")
    return session


def change_campaign(*, session: AgentSession, campaign: Campaign, at: datetime) -> None:
    """Move the shift to another campaign, now or after the call; its agent is then on break, and goes ready by themselves."""
    session = lock_session(session.id)
    session.next_campaign = campaign if campaign.id != session.campaign_id else None
    if session.state in BUSY or session.next_campaign is None:
        session.save(update_fields=["next_campaign"])
        publish_session(session)
        return
    give_back_preview(session, at)
    session.next_state = ""
    enter_state(session, AgentState.BREAK, at, break_reason="MOVED")


def go_ready(*, session: AgentSession, at: datetime) -> None:
    """Be ready for the next call, as soon as the standing leg is connected and nothing is left to wrap up.

    Like every action of the agent it raises AgentStateError when the shift has been closed meanwhile.
    """
    session = lock_session(session.id)
    session.seen_at = at
    if session.state in {AgentState.READY, AgentState.PREVIEW, AgentState.RESERVED, AgentState.ON_CALL}:
        session.next_state = ""
        session.save(update_fields=["next_state", "seen_at"])
        publish_session(session)
        return
    if session.state == AgentState.WRAP_UP and not _is_wrapped_up(session):
        raise AgentStateError("Choose a disposition first.")
    if not session.is_leg_connected:
        session.next_state = AgentState.READY
        session.save(update_fields=["next_state", "seen_at"])
        enqueue("agents.connect_leg", tenant_id=session.tenant_id, session_id=session.id)
        publish_session(session)
        return
    session.next_state = ""
    enter_state(session, AgentState.READY, at)


def take_break(*, session: AgentSession, reason: str, at: datetime) -> None:
    """Take a break, now or after the call."""
    session = lock_session(session.id)
    session.break_reason = reason
    if session.state in BUSY:
        session.next_state = AgentState.BREAK
        session.save(update_fields=["next_state", "break_reason"])
        publish_session(session)
        return
    give_back_preview(session, at)
    session.next_state = ""
    enter_state(session, AgentState.BREAK, at, break_reason=reason)


def end_session(*, session: AgentSession, at: datetime) -> None:
    """Close the shift, now or after the call."""
    session = lock_session(session.id)
    if session.state in BUSY:
        session.next_state = AgentState.OFFLINE
        session.save(update_fields=["next_state"])
        publish_session(session)
        return
    give_back_preview(session, at)
    close_session(session, at)


def end_deserted(*, session_id: int, before: datetime, at: datetime) -> bool:
    """Close the shift of a desk not heard of since `before`, unless a call is on; returns whether it did.

    A call in wrap-up is left without a disposition, with what was written of it, for a supervisor to give it one.
    """
    deserted = AgentSession.objects.filter(id=session_id, ended_at__isnull=True, seen_at__lt=before).exclude(
        state__in=[AgentState.RESERVED, AgentState.ON_CALL]
    )
    # In the order of locks: attempt, ledger (of whoever records this), session.
    Attempt.objects.select_for_update().filter(id__in=deserted.values("attempt_id")).first()
    hold_ledger()
    session = deserted.select_for_update().first()
    if session is None:
        return False
    session.next_state = AgentState.OFFLINE
    give_back_preview(session, at)
    free_agent(session, at)
    return True


def retire_agent(*, user_id: int, at: datetime) -> None:
    """Close the shift of somebody who takes no calls here any more; nothing when they have none or are back.

    A call that only rings is hung up. One that is on is theirs to its end and is then left without a disposition, with
    what they have written: their desk is closed to them.
    """
    theirs = AgentSession.objects.filter(is_former_member(), user_id=user_id, ended_at__isnull=True)
    # A callback holds its attempt while it waits for the agent, so the attempt comes first here too.
    Attempt.objects.select_for_update().filter(id__in=theirs.values("attempt_id")).first()
    session = theirs.select_for_update(of=("self",)).first()
    if session is None:
        return
    if session.state in {AgentState.RESERVED, AgentState.ON_CALL}:
        if session.next_state != AgentState.OFFLINE:
            session.next_state = AgentState.OFFLINE
            session.save(update_fields=["next_state"])
            publish_session(session)
        if session.state == AgentState.RESERVED:
            enqueue("calls.end_call", tenant_id=session.tenant_id, attempt_id=str(session.attempt_id))
        return
    session.next_state = AgentState.OFFLINE
    give_back_preview(session, at)
    free_agent(session, at)


def retire_former_members(*, campaign_id: int, at: datetime) -> None:
    """Close the shifts of people who take no calls here any more, as far as their calls are over."""
    for session in list_former_members(campaign_id):
        retire_agent(user_id=session.user_id, at=at)


def offer_preview(*, session_id: int, campaign_lead_id: int, at: datetime) -> bool:
    """Show a claimed lead to a ready agent; False when the agent is not ready any more."""
    ready = AgentSession.objects.select_for_update().filter(state=AgentState.READY, ended_at__isnull=True)
    session = ready.filter(id=session_id).first()
    if session is None:
        return False
    session.preview_lead_id = campaign_lead_id
    enter_state(session, AgentState.PREVIEW, at)
    return True


def skip_preview(*, session: AgentSession, reason: str, at: datetime) -> None:
    """Let the previewed lead pass, for a reason that is kept with it. Raises AgentStateError when there is none."""
    session = lock_session(session.id)
    if session.state != AgentState.PREVIEW:
        raise AgentStateError("There is no preview to skip.")
    give_back_preview(session, at + SKIP_REST, reason=reason)
    enter_state(session, AgentState.READY, at)


def bind_attempt(*, session_id: int, attempt: Attempt, at: datetime) -> bool:
    """Reserve an agent for an attempt; False when they are not free for it any more.

    A call that the dialler chose needs a ready agent, a manual one may also come from a preview or a break, and a
    previewed one needs that lead still on the agent's screen. Who calls from a break goes back to it.
    """
    states = [AgentState.READY]
    if attempt.mode in {DialMode.MANUAL, DialMode.PREVIEW}:
        states += [AgentState.PREVIEW, AgentState.BREAK]
    session = (
        AgentSession.objects.select_for_update()
        .filter(id=session_id, state__in=states, is_leg_connected=True, ended_at__isnull=True)
        .first()
    )
    is_previewed = session is not None and session.preview_lead_id == attempt.campaign_lead_id
    if session is None or (attempt.mode == DialMode.PREVIEW and not is_previewed):
        return False
    if not is_previewed:
        give_back_preview(session, at)
    if session.state == AgentState.BREAK:
        session.next_state = AgentState.BREAK
    session.attempt, session.preview_lead, session.draft = attempt, None, {}
    enter_state(session, AgentState.RESERVED, at)
    return True


def claim_for_answer(*, attempt: Attempt, at: datetime) -> AgentSession | None:
    """The agent for an answered call: the one bound to it, else the one who has waited longest; None when nobody is free.

    One short row claim: this is between a person's hello and an agent's voice.
    """
    bound = list_sessions_on(attempt.id).select_for_update().first()
    if bound is not None and bound.is_leg_connected:
        if bound.state == AgentState.RESERVED:
            enter_state(bound, AgentState.ON_CALL, at)
        return bound
    if bound is not None:
        # Their leg is gone: somebody else takes the call.
        bound.attempt = None
        enter_state(bound, AgentState.BREAK, at, break_reason="LEG_LOST")
    with transaction.atomic():
        session = list_ready(attempt.campaign_id).select_for_update(skip_locked=True).first()
        if session is None:
            return None
        session.attempt_id, session.draft = attempt.id, {}
        enter_state(session, AgentState.ON_CALL, at)
    Attempt.objects.filter(id=attempt.id).update(agent_id=session.user_id)
    return session


def follow_attempt(*, attempt_id: UUID, at: datetime) -> None:
    """Move the agent of an ended attempt on: to the wrap-up after a talk, or when something was written about what
    detection calls a machine; else to the next call, or the break or end asked for.
    """
    session = list_sessions_on(attempt_id).select_for_update().first()
    if session is None or session.state not in {AgentState.RESERVED, AgentState.ON_CALL}:
        return
    attempt = Attempt.objects.select_related("campaign").get(id=attempt_id)
    if attempt.settled_at is None:
        return
    is_worked_on = attempt.connected_at is not None and bool(session.draft)
    if attempt.disposed_at is not None or (attempt.outcome != Outcome.CONNECTED and not is_worked_on):
        free_agent(session, at)
        return
    keep_answers(session, at)
    session.wrap_up_until = at + timedelta(seconds=attempt.campaign.wrap_up_seconds)
    enter_state(session, AgentState.WRAP_UP, at)


def leave_call(*, attempt_id: UUID, at: datetime) -> None:
    """The call of an attempt goes on without its agent, who wraps it up meanwhile."""
    session = list_sessions_on(attempt_id).select_for_update().first()
    if session is None or session.state != AgentState.ON_CALL:
        return
    keep_answers(session, at)
    campaign = Attempt.objects.select_related("campaign").get(id=attempt_id).campaign
    session.wrap_up_until = at + timedelta(seconds=campaign.wrap_up_seconds)
    enter_state(session, AgentState.WRAP_UP, at)


def come_back(*, attempt_id: UUID, at: datetime) -> AgentSession | None:
    """The agent to whom the person of a call can return: theirs, still on it or wrapping it up. None when gone on."""
    session = list_sessions_on(attempt_id).select_for_update().first()
    if session is None or not session.is_leg_connected:
        return None
    if session.state == AgentState.WRAP_UP:
        session.wrap_up_until = None
        enter_state(session, AgentState.ON_CALL, at)
    return session if session.state == AgentState.ON_CALL else None


def let_go(*, attempt_id: UUID, at: datetime) -> None:
    """Free the agent of an attempt whose person hears the apology: they wait for nobody."""
    session = list_sessions_on(attempt_id).select_for_update().first()
    if session is not None and session.state in {AgentState.RESERVED, AgentState.ON_CALL}:
        free_agent(session, at)


def finish_wrap_up(*, session: AgentSession, at: datetime) -> None:
    """After the disposition: on to the next call, or to the break or end asked for meanwhile."""
    session = lock_session(session.id)
    if session.state == AgentState.WRAP_UP and _is_wrapped_up(session):
        free_agent(session, at)


def lose_wrap_up(*, attempt_id: UUID, at: datetime) -> None:
    """The person chose the outcome while the agent's line was away: who still wraps up has a break, for they may write."""
    session = list_sessions_on(attempt_id).select_for_update().first()
    if session is None or session.state != AgentState.WRAP_UP:
        return
    if session.next_state in {"", AgentState.READY}:
        session.next_state, session.break_reason = AgentState.BREAK, "LINE_LOST"
    free_agent(session, at)


def expire_wrap_ups(*, campaign_id: int, at: datetime) -> None:
    """Agents whose wrap-up time is over: on break with their form kept, so that no call reaches someone who is writing."""
    overdue = lock_idle(
        campaign_id=campaign_id,
        state=AgentState.WRAP_UP,
        wrap_up_until__lte=at,
        next_state__in=["", AgentState.READY],
    )
    for session in overdue:
        session.next_state, session.break_reason = AgentState.BREAK, "WRAP_UP_OVER"
        session.save(update_fields=["next_state", "break_reason"])
        publish_session(session)


def expire_previews(*, campaign: Campaign, at: datetime) -> None:
    """Previews that the agent neither dialled nor skipped in time: the lead goes back, the agent on break."""
    limit = at - timedelta(seconds=campaign.preview_seconds)
    for session in lock_idle(campaign=campaign, state=AgentState.PREVIEW, state_since__lte=limit):
        give_back_preview(session, at)
        enter_state(session, AgentState.BREAK, at, break_reason="PREVIEW_OVER")


def place_phone(*, session: AgentSession, page: str) -> None:
    """The agent's phone is in the page that calls itself `page` now."""
    if AgentSession.objects.filter(id=session.id).exclude(phone_page=page).update(phone_page=page):
        publish_session(session)


def set_holding(*, session: AgentSession, attempt_id: UUID, is_held: bool) -> None:
    """The person of the call, if the agent is still on it, has been put on hold, or taken off it."""
    on_call = AgentSession.objects.filter(id=session.id, attempt_id=attempt_id, state=AgentState.ON_CALL)
    if on_call.update(is_holding=is_held):
        publish_session(session)


def save_draft(*, session: AgentSession, attempt_id: UUID | None, draft: dict[str, object]) -> None:
    """Keep what the agent has typed so far about an attempt, or about the previewed lead (None).

    Raises AgentStateError when that is not on the desk any more: what is late must not reach the next call's form.
    """
    same = Q(attempt_id=attempt_id) if attempt_id else Q(attempt__isnull=True)
    if not AgentSession.objects.filter(same, id=session.id).update(draft=draft):
        raise AgentStateError("The desk has moved on to something else.")


def touch(*, session_id: int, at: datetime) -> None:
    """The desk is still there."""
    AgentSession.objects.filter(id=session_id).update(seen_at=at)


def expire_unseen(*, campaign_id: int, before: datetime, at: datetime) -> None:
    """Ready agents whose desk has not been heard of since `before` go on break, so that nobody is put through to no one."""
    for session in lock_idle(campaign_id=campaign_id, state=AgentState.READY, seen_at__lt=before):
        enter_state(session, AgentState.BREAK, at, break_reason="LAGGED")


def _is_wrapped_up(session: AgentSession) -> bool:
    return session.attempt is None or session.attempt.disposed_at is not None
