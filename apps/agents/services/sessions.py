"""The agent's state machine. Every step is a compare-and-set, so that a tick, a callback and a click never undo each other.

BREAK -> READY -> RESERVED (or PREVIEW) -> ON_CALL -> WRAP_UP -> READY. A break or the end asked for during a call is
kept in `next_state` and granted after the wrap-up.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.accounts.models import User
from apps.agents.models import AgentSession, AgentState
from apps.agents.selectors import is_former_member, list_former_members, list_ready, list_sessions_on
from apps.agents.services import lost_lines
from apps.agents.services.spans import keep_span
from apps.calls.models import Attempt, Outcome
from apps.calls.services.answers import keep_draft_answers
from apps.calls.services.notes import keep_note
from apps.campaigns.models import Campaign, DialMode
from apps.campaigns.services import queue
from apps.core.errors import ConflictError
from apps.core.jobs import enqueue
from apps.core.publish import publish

BUSY = (AgentState.RESERVED, AgentState.ON_CALL, AgentState.WRAP_UP)
# A preview that the agent let pass, or a lead given back, may come again after this.
SKIP_REST = timedelta(minutes=30)
# Real seconds without a sign of the desk after which its agent is not called.
DESK_SILENCE = 60.0


class AgentStateError(ConflictError):
    """The agent is not in a state that permits this."""

    code = "agent_state"


def start_session(*, user: User, campaign: Campaign, at: datetime) -> AgentSession:
    """Open a shift in a campaign, on break; an open one is moved to the campaign when the agent is not busy.

    Raises AgentStateError during a call or its wrap-up.
    """
    session = AgentSession.objects.select_for_update().filter(user=user, ended_at__isnull=True).first()
    if session is None:
        session = AgentSession.objects.create(
            user=user, campaign=campaign, state=AgentState.BREAK, break_reason="LOGIN", state_since=at, seen_at=at
        )
        enqueue("agents.connect_leg", tenant_id=session.tenant_id, session_id=session.id)
        publish_session(session)
    elif session.campaign_id != campaign.id:
        if session.state in BUSY:
            raise AgentStateError("Finish the call and its wrap-up before you change the campaign.")
        _give_back_preview(session, at)
        session.next_campaign = campaign
        _enter(session, AgentState.BREAK, at, break_reason="LOGIN")
    return session


def change_campaign(*, session: AgentSession, campaign: Campaign, at: datetime) -> None:
    """Move the shift to another campaign, now or after the call; its agent is then on break, and goes ready by themselves."""
    session = _lock(session.id)
    session.next_campaign = campaign if campaign.id != session.campaign_id else None
    if session.state in BUSY or session.next_campaign is None:
        session.save(update_fields=["next_campaign"])
        publish_session(session)
        return
    _give_back_preview(session, at)
    session.next_state = ""
    _enter(session, AgentState.BREAK, at, break_reason="MOVED")


def go_ready(*, session: AgentSession, at: datetime) -> None:
    """Be ready for the next call, as soon as the standing leg is connected and nothing is left to wrap up.

    Like every action of the agent it raises AgentStateError when the shift has been closed meanwhile.
    """
    session = _lock(session.id)
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
    _enter(session, AgentState.READY, at)


def take_break(*, session: AgentSession, reason: str, at: datetime) -> None:
    """Take a break, now or after the call."""
    session = _lock(session.id)
    session.break_reason = reason
    if session.state in BUSY:
        session.next_state = AgentState.BREAK
        session.save(update_fields=["next_state", "break_reason"])
        publish_session(session)
        return
    _give_back_preview(session, at)
    session.next_state = ""
    _enter(session, AgentState.BREAK, at, break_reason=reason)


def end_session(*, session: AgentSession, at: datetime) -> None:
    """Close the shift, now or after the call."""
    session = _lock(session.id)
    if session.state in BUSY:
        session.next_state = AgentState.OFFLINE
        session.save(update_fields=["next_state"])
        publish_session(session)
        return
    _give_back_preview(session, at)
    _close(session, at)


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
    _give_back_preview(session, at)
    _leave_call(session, at)


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
    _enter(session, AgentState.PREVIEW, at)
    return True


def skip_preview(*, session: AgentSession, reason: str, at: datetime) -> None:
    """Let the previewed lead pass, for a reason that is kept with it. Raises AgentStateError when there is none."""
    session = _lock(session.id)
    if session.state != AgentState.PREVIEW:
        raise AgentStateError("There is no preview to skip.")
    _give_back_preview(session, at + SKIP_REST, reason=reason)
    _enter(session, AgentState.READY, at)


def bind_attempt(*, session_id: int, attempt: Attempt, at: datetime) -> bool:
    """Reserve an agent for an attempt; False when they are not free for it any more.

    A call that the dialler chose needs a ready agent, a manual one may also come from a preview or a break, and a
    previewed one needs that lead still on the agent's screen.
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
        _give_back_preview(session, at)
    session.attempt, session.preview_lead, session.draft = attempt, None, {}
    _enter(session, AgentState.RESERVED, at)
    return True


def claim_for_answer(*, attempt: Attempt, at: datetime) -> AgentSession | None:
    """The agent for an answered call: the one bound to it, else the one who has waited longest; None when nobody is free.

    One short row claim: this is between a person's hello and an agent's voice.
    """
    bound = list_sessions_on(attempt.id).select_for_update().first()
    if bound is not None and bound.is_leg_connected:
        if bound.state == AgentState.RESERVED:
            _enter(bound, AgentState.ON_CALL, at)
        return bound
    if bound is not None:
        # Their leg is gone: somebody else takes the call.
        bound.attempt = None
        _enter(bound, AgentState.BREAK, at, break_reason="LEG_LOST")
    with transaction.atomic():
        session = list_ready(attempt.campaign_id).select_for_update(skip_locked=True).first()
        if session is None:
            return None
        session.attempt_id, session.draft = attempt.id, {}
        _enter(session, AgentState.ON_CALL, at)
    Attempt.objects.filter(id=attempt.id).update(agent_id=session.user_id)
    return session


def follow_attempt(*, attempt_id: UUID, at: datetime) -> None:
    """Move the agent of an ended attempt on: to the wrap-up after a talk, or when something was written about what
    detection calls a machine; else back to where the call found them.
    """
    session = list_sessions_on(attempt_id).select_for_update().first()
    if session is None or session.state not in {AgentState.RESERVED, AgentState.ON_CALL}:
        return
    attempt = Attempt.objects.select_related("campaign").get(id=attempt_id)
    if attempt.settled_at is None:
        return
    is_worked_on = attempt.connected_at is not None and bool(session.draft)
    if attempt.disposed_at is not None or (attempt.outcome != Outcome.CONNECTED and not is_worked_on):
        _leave_call(session, at)
        return
    _keep_answers(session, at)
    session.wrap_up_until = at + timedelta(seconds=attempt.campaign.wrap_up_seconds)
    # Why a break follows stays with it.
    reason = session.break_reason if session.next_state == AgentState.BREAK else ""
    _enter(session, AgentState.WRAP_UP, at, break_reason=reason)


def leave_call(*, attempt_id: UUID, at: datetime) -> None:
    """The call of an attempt goes on without its agent, who wraps it up meanwhile."""
    session = list_sessions_on(attempt_id).select_for_update().first()
    if session is None or session.state != AgentState.ON_CALL:
        return
    _keep_answers(session, at)
    campaign = Attempt.objects.select_related("campaign").get(id=attempt_id).campaign
    session.wrap_up_until = at + timedelta(seconds=campaign.wrap_up_seconds)
    _enter(session, AgentState.WRAP_UP, at)


def come_back(*, attempt_id: UUID, at: datetime) -> AgentSession | None:
    """The agent to whom the person of a call can return: theirs, still on it or wrapping it up. None when gone on."""
    session = list_sessions_on(attempt_id).select_for_update().first()
    if session is None or not session.is_leg_connected:
        return None
    if session.state == AgentState.WRAP_UP:
        session.wrap_up_until = None
        _enter(session, AgentState.ON_CALL, at)
    return session if session.state == AgentState.ON_CALL else None


def let_go(*, attempt_id: UUID, at: datetime) -> None:
    """Free the agent of an attempt whose person hears the apology: they wait for nobody."""
    session = list_sessions_on(attempt_id).select_for_update().first()
    if session is not None and session.state in {AgentState.RESERVED, AgentState.ON_CALL}:
        _leave_call(session, at)


def finish_wrap_up(*, session: AgentSession, at: datetime) -> None:
    """After the disposition: on to the next call, or to the break or end asked for meanwhile."""
    session = _lock(session.id)
    if session.state == AgentState.WRAP_UP and _is_wrapped_up(session):
        _leave_call(session, at)


def expire_wrap_ups(*, campaign_id: int, at: datetime) -> None:
    """Agents whose wrap-up time is over: on break with their form kept, so that no call reaches someone who is writing."""
    overdue = _lock_idle(
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
    for session in _lock_idle(campaign=campaign, state=AgentState.PREVIEW, state_since__lte=limit):
        _give_back_preview(session, at)
        _enter(session, AgentState.BREAK, at, break_reason="PREVIEW_OVER")


def set_leg(*, session_id: int, sid: str, is_connected: bool, at: datetime, room_sid: str = "") -> None:
    """The standing leg joined or left its conference; an agent who asked to be ready becomes so, a lost leg is rung again.

    A ready agent whose leg is lost is not called until it is back, and then is ready again. `room_sid` is the
    conference's own identifier, where the carrier has named it.
    """
    session = AgentSession.objects.select_for_update().filter(id=session_id, ended_at__isnull=True).first()
    if session is None or (not is_connected and session.leg_sid != sid):
        return
    is_news = (session.leg_sid, session.is_leg_connected) != (sid, is_connected)
    session.room_sid = room_sid or (session.room_sid if not is_news else "")
    session.leg_sid, session.is_leg_connected = sid if is_connected else "", is_connected
    session.leg_seen_at = at if is_connected else None
    if is_news:
        session.leg_lost_at, session.is_muted = None if is_connected else at, False
    session.save(update_fields=["leg_sid", "is_leg_connected", "leg_seen_at", "leg_lost_at", "room_sid", "is_muted"])
    if not is_news:
        return
    if is_connected and session.state == AgentState.BREAK and session.next_state == AgentState.READY:
        session.next_state = ""
        _enter(session, AgentState.READY, at)
    elif is_connected:
        lost_lines.notice_return(session=session, at=at)
    else:
        enqueue("agents.connect_leg", tenant_id=session.tenant_id, session_id=session.id)
    publish_session(session)


def meet_in_room(*, attempt_id: UUID, room_sid: str, at: datetime) -> bool:
    """The person of an attempt has come into a conference: if the agent's leg is not in this one, it has been lost.

    Answers whether there is an agent for them, as far as is known; without one they are asked to wait at once.

    A conference that everybody has left gets another identifier when somebody comes again, so that this shows at once,
    even when no callback told of the leg's end.
    """
    session = list_sessions_on(attempt_id).first()
    if session is not None and session.room_sid not in {"", room_sid}:
        set_leg(session_id=session.id, sid=session.leg_sid, is_connected=False, at=at)
        session.is_leg_connected = False
    if session is None or session.is_leg_connected:
        return True
    if session.state == AgentState.ON_CALL:
        lost_lines.open_line(session=session, lost_at=at, at=at)
    return False


def place_phone(*, session: AgentSession, page: str) -> None:
    """The agent's phone is in the page that calls itself `page` now."""
    if AgentSession.objects.filter(id=session.id).exclude(phone_page=page).update(phone_page=page):
        publish_session(session)


def set_holding(*, session: AgentSession, is_held: bool) -> None:
    """The person of the call has been put on hold, or taken off it."""
    if AgentSession.objects.filter(id=session.id, state=AgentState.ON_CALL).update(is_holding=is_held):
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
    for session in _lock_idle(campaign_id=campaign_id, state=AgentState.READY, seen_at__lt=before):
        _enter(session, AgentState.BREAK, at, break_reason="LAGGED")


def publish_session(session: AgentSession) -> None:
    """Tell the agent's page and the floor that the session has changed."""
    message = {"session": session.id, "state": session.state}
    publish(session.tenant_id, f"desk:{session.user_id}", message)
    publish(session.tenant_id, "floor", message)


def _lock(session_id: int) -> AgentSession:
    session = (
        AgentSession.objects.select_for_update(of=("self",))
        .select_related("attempt")
        .filter(id=session_id, ended_at__isnull=True)
        .first()
    )
    if session is None:
        raise AgentStateError("Your shift is over: start a new one.")
    return session


def _lock_idle(**conditions: Any) -> Iterable[AgentSession]:  # noqa: ANN401 - Django's own filter values
    """Open sessions that meet the conditions, locked; those that somebody is changing just now are left for later."""
    sessions = AgentSession.objects.select_for_update(skip_locked=True).filter(ended_at__isnull=True, **conditions)
    return sessions.order_by("id")


def _enter(session: AgentSession, state: AgentState, at: datetime, *, break_reason: str = "") -> None:
    keep_span(session, until=at)
    if session.next_campaign_id is not None and state in {AgentState.READY, AgentState.BREAK}:
        session.campaign_id, session.next_campaign = session.next_campaign_id, None
        break_reason = "MOVED" if state == AgentState.READY else break_reason
        state = AgentState.BREAK
    session.state, session.state_since, session.break_reason = state, at, break_reason
    session.is_holding = False
    session.save()
    publish_session(session)


def _is_wrapped_up(session: AgentSession) -> bool:
    return session.attempt is None or session.attempt.disposed_at is not None


def _leave_call(session: AgentSession, at: datetime) -> None:
    if session.attempt_id is not None:
        keep_note(attempt_id=session.attempt_id, user_id=session.user_id, note=str(session.draft.get("note", "")))
        _keep_answers(session, at)
    wanted = session.next_state or AgentState.READY
    session.attempt, session.wrap_up_until, session.draft, session.next_state = None, None, {}, ""
    if wanted == AgentState.OFFLINE:
        _close(session, at)
    else:
        _enter(session, AgentState(wanted), at, break_reason=session.break_reason if wanted == AgentState.BREAK else "")


def _keep_answers(session: AgentSession, at: datetime) -> None:
    """The answers so far of a call that ended without a disposition; one that follows replaces them."""
    if session.attempt_id is not None:
        keep_draft_answers(attempt_id=session.attempt_id, user_id=session.user_id, draft=session.draft, at=at)


def _give_back_preview(session: AgentSession, at: datetime, *, reason: str = "skipped") -> None:
    if session.preview_lead_id is not None:
        queue.release(campaign_lead_id=session.preview_lead_id, at=at, reason=reason)
        session.preview_lead = None


def _close(session: AgentSession, at: datetime) -> None:
    session.ended_at, session.attempt = at, None
    _enter(session, AgentState.OFFLINE, at)
    if session.leg_sid:
        enqueue("agents.end_leg", tenant_id=session.tenant_id, session_id=session.id)
