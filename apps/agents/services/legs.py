"""The agent's standing leg at the carrier, through `calls.placing` like every call."""

import logging
from datetime import datetime
from uuid import UUID

from apps.agents.models import AgentSession, AgentState
from apps.agents.selectors import find_desk_phone, list_sessions_on
from apps.agents.services import desk_phones, lost_lines
from apps.agents.services.states import enter_state, publish_session
from apps.calls import control, placing
from apps.calls.domain.fold import Reached, progress_of
from apps.core.jobs import enqueue
from apps.telephony.errors import CarrierError
from apps.telephony.models import CallerId
from apps.telephony.selectors import find_usable_caller_id
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)


def connect_leg(*, tenant_id: int, session_id: int, at: datetime) -> None:
    """Bring the agent's client into the standing conference, unless it is there or on its way; may be repeated at will.

    The conference's callbacks say when it comes and goes. What they may not have said is looked up at the carrier: a
    client that has not answered, or one that is gone and would leave the next person with silence.
    """
    with tenant_scope(tenant_id):
        session = AgentSession.objects.select_related("campaign").filter(id=session_id, ended_at__isnull=True).first()
        caller_id = find_usable_caller_id(session.campaign.caller_id_id) if session else None
    if session is None or caller_id is None:
        return
    try:
        if session.leg_sid and _is_settled(tenant_id, session, caller_id, at):
            return
        sid = _ring(tenant_id, session, caller_id, at)
    except CarrierError as error:
        logger.warning("agent.leg_failed", extra={"session": session_id, "code": error.code})
        return
    with tenant_scope(tenant_id):
        AgentSession.objects.filter(id=session_id, leg_sid=session.leg_sid).update(leg_sid=sid)


def _ring(tenant_id: int, session: AgentSession, caller_id: CallerId, at: datetime) -> str:
    """Ring the agent where they take calls; the new leg's sid, empty when it is not the time to."""
    with tenant_scope(tenant_id):
        phone = find_desk_phone(session)
    if not phone:
        return placing.connect_agent(
            tenant_id=tenant_id,
            account=caller_id.account,
            caller_id=caller_id,
            session_id=session.id,
            user_id=session.user_id,
        )
    with tenant_scope(tenant_id):
        if not desk_phones.take_ring(session=session, at=at):
            return ""
    return placing.ring_desk_phone(tenant_id=tenant_id, caller_id=caller_id, session_id=session.id, phone=phone)


def _is_settled(tenant_id: int, session: AgentSession, caller_id: CallerId, at: datetime) -> bool:
    """Whether the leg needs no ringing now, by what the carrier says of it."""
    call = control.look_up_leg(account=caller_id.account, sid=session.leg_sid)
    reached = progress_of(status=call.status, at=at).state if call else Reached.ENDED
    if reached == Reached.ANSWERED and session.is_by_phone and not session.is_leg_connected:
        # A telephone is in the conference only when the agent has pressed the key.
        return True
    # An answered leg was made inside the conference, so it is there. The loss of a connected one has it rung again.
    if reached == Reached.ANSWERED or (reached == Reached.ENDED and session.is_leg_connected):
        with tenant_scope(tenant_id):
            is_there = reached == Reached.ANSWERED
            set_leg(session_id=session.id, sid=session.leg_sid, is_connected=is_there, at=at)
        return True
    return reached != Reached.ENDED


def move_leg(*, tenant_id: int, session_id: int, sid: str, at: datetime) -> None:
    """Bring the standing leg to where the agent is now: another browser, or the same after a reload.

    Hangs up the leg `sid` unless it has been replaced already, and has the client rung again. Raises CarrierError.
    """
    with tenant_scope(tenant_id):
        session = AgentSession.objects.select_related("campaign").filter(id=session_id, leg_sid=sid).first()
        caller_id = find_usable_caller_id(session.campaign.caller_id_id) if session else None
    if session is None or caller_id is None:
        return
    if sid:
        control.end_leg(account=caller_id.account, sid=sid)
    with tenant_scope(tenant_id):
        AgentSession.objects.filter(id=session_id, leg_sid=sid).update(
            leg_sid="", is_leg_connected=False, leg_lost_at=at, room_sid=""
        )
    connect_leg(tenant_id=tenant_id, session_id=session_id, at=at)


def end_leg(*, tenant_id: int, session_id: int) -> None:
    """Hang up the standing leg of a closed session. Raises CarrierError; the reconciler then asks again."""
    with tenant_scope(tenant_id):
        session = AgentSession.objects.select_related("campaign").get(id=session_id)
        caller_id = find_usable_caller_id(session.campaign.caller_id_id)
    if caller_id is None or not session.leg_sid:
        return
    control.end_leg(account=caller_id.account, sid=session.leg_sid)
    with tenant_scope(tenant_id):
        AgentSession.objects.filter(id=session_id, leg_sid=session.leg_sid).update(leg_sid="", is_leg_connected=False)


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
        enter_state(session, AgentState.READY, at)
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
