"""Supervisors in the calls of agents: a leg of their own in the agent's conference, which neither begins nor ends a call.

Who listens to whom, in which call and from when is in the audit: at the beginning, at each change, with each further
call that is heard, and at the end.
"""

import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.agents.models import AgentSession, Listening, Stance
from apps.agents.services.states import AgentStateError, publish_session
from apps.agents.services.steering import get_shift
from apps.audit.actions import Action
from apps.audit.services import record
from apps.calls import control, placing
from apps.calls.domain.fold import Reached, progress_of
from apps.core.jobs import enqueue
from apps.telephony.errors import CarrierError
from apps.telephony.selectors import find_usable_caller_id
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)
NOT_CONNECTED = "You are not connected to an agent's line."


def start_listening(*, session_id: int, stance: Stance, actor: User, at: datetime) -> None:
    """Have the supervisor's browser rung into the agent's conference; a listening of theirs that goes on ends first.

    Raises AgentStateError when there is no line to listen to.
    """
    session = get_shift(session_id)
    if session.user_id == actor.id:
        raise AgentStateError("This is your own desk.")
    if not session.is_leg_connected:
        raise AgentStateError("The agent's line is not connected.")
    stop_listening(actor=actor, at=at)
    listening = Listening.objects.create(supervisor=actor, session=session, stance=stance, asked_at=at)
    enqueue("agents.join_coach", tenant_id=session.tenant_id, listening_id=listening.id)
    publish_session(session)
    _record(Action.LISTENING_STARTED, listening, session.attempt_id, at)


def join_coach(*, tenant_id: int, listening_id: int, at: datetime) -> None:
    """Ring the supervisor's browser; the listening ends when that fails, and the leg when it has ended meanwhile."""
    with tenant_scope(tenant_id):
        listening = _open(id=listening_id, leg_sid="")
        caller_id = find_usable_caller_id(listening.session.campaign.caller_id_id) if listening else None
    if listening is None or caller_id is None:
        return
    try:
        sid = placing.connect_coach(
            tenant_id=tenant_id,
            caller_id=caller_id,
            session_id=listening.session_id,
            user_id=listening.supervisor_id,
            **_heard_by(listening.stance, listening.session),
        )
    except CarrierError as error:
        logger.warning("coach.leg_failed", extra={"session": listening.session_id, "code": error.code})
        with tenant_scope(tenant_id):
            _end(listening, at)
        return
    with tenant_scope(tenant_id):
        # The conference may have told of the leg before the answer came.
        Listening.objects.filter(id=listening_id, leg_sid="").update(leg_sid=sid)
        is_wanted = Listening.objects.filter(id=listening_id, ended_at__isnull=True).exists()
    if not is_wanted:
        control.end_leg(account=caller_id.account, sid=sid)


def change_stance(*, tenant_id: int, stance: Stance, actor: User, at: datetime) -> None:
    """Listen, whisper or take part from now on. Raises AgentStateError and CarrierError.

    Opens its own short scopes: no transaction waits for the carrier.
    """
    with tenant_scope(tenant_id):
        listening = _open(supervisor=actor)
        caller_id = find_usable_caller_id(listening.session.campaign.caller_id_id) if listening else None
    if listening is None or caller_id is None or listening.joined_at is None:
        raise AgentStateError(NOT_CONNECTED)
    if listening.stance == stance:
        return
    control.change_coach(
        account=caller_id.account,
        room_sid=listening.session.room_sid,
        sid=listening.leg_sid,
        **_heard_by(stance, listening.session),
    )
    with tenant_scope(tenant_id):
        if not Listening.objects.filter(id=listening.id, ended_at__isnull=True).update(stance=stance):
            raise AgentStateError(NOT_CONNECTED)
        listening.stance = stance
        listening.session.refresh_from_db(fields=["state", "attempt"])
        publish_session(listening.session)
        _record(Action.LISTENING_CHANGED, listening, listening.session.attempt_id, at)


def stop_listening(*, actor: User, at: datetime) -> None:
    """Take the supervisor out of the conference they are in; nothing when they are in none. The call goes on."""
    listening = _open(supervisor=actor)
    if listening is not None:
        _hang_up(listening, at)


def dismiss_coaches(*, session_id: int, at: datetime) -> None:
    """The agent's line is gone: whoever listened to it goes too."""
    for listening in Listening.objects.filter(session_id=session_id, ended_at__isnull=True).order_by("id"):
        _hang_up(listening, at)


def coach_joined(*, user_id: int, sid: str, at: datetime) -> None:
    """The supervisor's leg is in the conference."""
    mine = Listening.objects.filter(supervisor_id=user_id, leg_sid__in=["", sid], ended_at__isnull=True)
    if mine.filter(joined_at__isnull=True).update(leg_sid=sid, joined_at=at, seen_at=at):
        publish_session(mine.get().session)


def coach_left(*, user_id: int, sid: str, at: datetime) -> None:
    """The supervisor's leg has ended, for whatever reason."""
    listening = _open(supervisor_id=user_id, leg_sid=sid)
    if listening is not None:
        _end(listening, at)


def check_coach(*, tenant_id: int, listening_id: int, at: datetime) -> None:
    """Ask the carrier about a supervisor's leg that was not heard of for a while: the word of its end may be lost.

    The listening ends when there is no such leg, and counts as joined when only the word of that was lost. Raises
    CarrierError; the reconciler then asks again.
    """
    with tenant_scope(tenant_id):
        listening = _open(id=listening_id)
        caller_id = find_usable_caller_id(listening.session.campaign.caller_id_id) if listening else None
    if listening is None or caller_id is None:
        return
    # A leg whose request went out and was never heard of has no sid; nobody waits for it any longer.
    call = control.look_up_leg(account=caller_id.account, sid=listening.leg_sid) if listening.leg_sid else None
    reached = progress_of(status=call.status, at=at).state if call else Reached.ENDED
    with tenant_scope(tenant_id):
        if reached == Reached.ENDED:
            logger.warning("coach.leg_lost", extra={"session": listening.session_id})
            _end(listening, at)
            return
        Listening.objects.filter(id=listening_id, ended_at__isnull=True).update(seen_at=at)
        if reached == Reached.ANSWERED:
            coach_joined(user_id=listening.supervisor_id, sid=listening.leg_sid, at=at)


def hear_call(*, attempt_id: UUID, at: datetime) -> None:
    """A person has come on an agent's line: note who listens to it."""
    heard = Listening.objects.filter(
        session__attempt_id=attempt_id, session__ended_at__isnull=True, joined_at__isnull=False, ended_at__isnull=True
    )
    for listening in heard.select_related("supervisor", "session").order_by("id"):
        _record(Action.LISTENING_STARTED, listening, attempt_id, at)


def end_coach_leg(*, tenant_id: int, listening_id: int) -> None:
    """Hang up the leg of an ended listening. Raises CarrierError."""
    with tenant_scope(tenant_id):
        listening = Listening.objects.select_related("session__campaign").get(id=listening_id)
        caller_id = find_usable_caller_id(listening.session.campaign.caller_id_id)
    if caller_id is not None and listening.leg_sid:
        control.end_leg(account=caller_id.account, sid=listening.leg_sid)


def _open(**conditions: Any) -> Listening | None:  # noqa: ANN401 - Django's own filter values
    found = Listening.objects.select_related("supervisor", "session__campaign")
    return found.filter(ended_at__isnull=True, **conditions).first()


def _hang_up(listening: Listening, at: datetime) -> None:
    _end(listening, at)
    enqueue("agents.end_coach", tenant_id=listening.tenant_id, listening_id=listening.id)


def _end(listening: Listening, at: datetime) -> None:
    if not Listening.objects.filter(id=listening.id, ended_at__isnull=True).update(ended_at=at):
        return
    publish_session(listening.session)
    _record(Action.LISTENING_ENDED, listening, listening.session.attempt_id, at)


def _heard_by(stance: str, session: AgentSession) -> dict[str, Any]:
    return {
        "is_muted": stance == Stance.LISTEN,
        "coached_sid": session.leg_sid if stance == Stance.WHISPER else "",
    }


def _record(action: Action, listening: Listening, attempt_id: UUID | None, at: datetime) -> None:
    data = {
        "agent": listening.session.user_id,
        "call": str(attempt_id) if attempt_id else None,
        "stance": str(listening.stance),
        "from": (listening.joined_at or listening.asked_at).isoformat(),
    }
    record(action, at=at, target=f"session:{listening.session_id}", actor=listening.supervisor, data=data)
