"""A telephone instead of the browser: the way out when the browser's sound fails.

Only a number that was approved for the member is rung, and whoever answers joins by a key.
"""

from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.agents.models import AgentSession, AgentState
from apps.agents.selectors import approved_phone
from apps.agents.services.states import AgentStateError, publish_session
from apps.audit.actions import Action
from apps.audit.services import hold_ledger, record
from apps.calls import control
from apps.core import clock
from apps.core.errors import NotAllowedError
from apps.core.jobs import enqueue
from apps.telephony.selectors import find_usable_caller_id
from apps.tenants.scope import tenant_scope

# Real seconds between two rings of a telephone that is not answered or was hung up.
PAUSE_SECONDS = 30.0


class NoDeskPhoneError(NotAllowedError):
    """No telephone is approved for the member."""

    code = "no_desk_phone"


def use_phone(*, session: AgentSession, actor: User, at: datetime) -> None:
    """Have calls put through to the agent's telephone from now on, also in the middle of one. Raises NoDeskPhoneError."""
    if not approved_phone(session):
        raise NoDeskPhoneError("No telephone is approved for you. Ask whoever manages people in your organisation.")
    _change(session, actor, at, is_by_phone=True)


def use_browser(*, session: AgentSession, actor: User, at: datetime) -> None:
    """Have calls put through to the browser again."""
    _change(session, actor, at, is_by_phone=False)


def _change(session: AgentSession, actor: User, at: datetime, **changes: Any) -> None:  # noqa: ANN401 - column values
    hold_ledger()
    rows = AgentSession.objects.filter(id=session.id, ended_at__isnull=True).exclude(**changes)
    if rows.update(phone_rung_at=None, phone_page="", **changes):
        enqueue("agents.move_leg", tenant_id=session.tenant_id, session_id=session.id, sid=session.leg_sid)
        publish_session(session)
        record(Action.AGENT_PHONE_USED, at=at, target=f"session:{session.id}", actor=actor, data=changes)


def take_ring(*, session: AgentSession, at: datetime) -> bool:
    """Whether the telephone may be rung now, once for all who ask: not again and again, nor during a break."""
    rows = AgentSession.objects.filter(id=session.id, phone_rung_at=session.phone_rung_at)
    if session.phone_rung_at is not None:
        is_resting = session.state == AgentState.BREAK and session.next_state != AgentState.READY
        if is_resting or session.phone_rung_at > at - clock.real_seconds(PAUSE_SECONDS):
            return False
    return bool(rows.update(phone_rung_at=at))


def mute(*, session: AgentSession, is_muted: bool) -> None:
    """Let nobody hear the agent's telephone, or everybody again. Raises AgentStateError and CarrierError.

    Opens its own short scopes: no transaction waits for the carrier.
    """
    with tenant_scope(session.tenant_id):
        caller_id = find_usable_caller_id(session.campaign.caller_id_id)
    if caller_id is None or not (session.is_by_phone and session.is_leg_connected and session.room_sid):
        raise AgentStateError("Your telephone is not on the line.")
    control.mute_leg(account=caller_id.account, room_sid=session.room_sid, sid=session.leg_sid, is_muted=is_muted)
    with tenant_scope(session.tenant_id):
        # Another leg that has come meanwhile is heard.
        AgentSession.objects.filter(id=session.id, leg_sid=session.leg_sid).update(is_muted=is_muted)
        publish_session(session)
