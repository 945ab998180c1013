"""What a supervisor does about an agent, and how an agent asks for one. Each step of a supervisor is in the audit."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.agents.models import AgentSession, Notice
from apps.agents.services import sessions
from apps.agents.services.states import AgentStateError, publish_session
from apps.audit.actions import Action
from apps.audit.services import hold_ledger, record
from apps.campaigns.models import Campaign
from apps.core import clock
from apps.core.errors import InvalidError

NOTICE_LENGTH = 300


def get_shift(session_id: int) -> AgentSession:
    """An open shift of the tenant. Raises AgentStateError when it is over."""
    session = AgentSession.objects.select_related("user").filter(id=session_id, ended_at__isnull=True).first()
    if session is None:
        raise AgentStateError("This shift is over.")
    return session


def _take_shift(session_id: int) -> AgentSession:
    """The shift, for a step that changes its row and is in the audit."""
    hold_ledger()
    return get_shift(session_id)


def send_notice(*, session_id: int, text: str, actor: User, at: datetime) -> None:
    """Show a message on the agent's desk. Raises InvalidError for an empty or too long one, AgentStateError."""
    text = text.replace("\0", "").strip()
    if not 0 < len(text) <= NOTICE_LENGTH:
        raise InvalidError(f"Write a message of at most {NOTICE_LENGTH} characters.", field="text")
    session = get_shift(session_id)
    _notify(session, text, actor, at)
    _record(Action.AGENT_MESSAGED, session, actor, at, note=text)


def send_on_break(*, session_id: int, actor: User, at: datetime) -> None:
    """Put the agent on break, now or after the call. Raises AgentStateError."""
    session = _take_shift(session_id)
    sessions.take_break(session=session, reason="SUPERVISOR", at=at)
    _record(Action.AGENT_SENT_ON_BREAK, session, actor, at)


def move_agent(*, session_id: int, campaign: Campaign, actor: User, at: datetime) -> None:
    """Move the agent to another campaign, now or after the call. Raises AgentStateError."""
    session = _take_shift(session_id)
    sessions.change_campaign(session=session, campaign=campaign, at=at)
    _record(Action.AGENT_MOVED, session, actor, at, campaign=campaign.id)


def log_out(*, session_id: int, actor: User, at: datetime) -> None:
    """Close the agent's shift: now, or after the call and its wrap-up if they are at their desk. Raises AgentStateError."""
    before = at - clock.real_seconds(sessions.DESK_SILENCE)
    if sessions.end_deserted(session_id=session_id, before=before, at=at):
        session = AgentSession.objects.get(id=session_id)
    else:
        session = _take_shift(session_id)
        sessions.end_session(session=session, at=at)
    _record(Action.AGENT_FORCED_OUT, session, actor, at)


def ask_help(*, session: AgentSession, at: datetime) -> None:
    """Let the floor see that the agent wants help; asking again changes nothing."""
    if AgentSession.objects.filter(id=session.id, help_asked_at__isnull=True).update(help_asked_at=at):
        publish_session(session)


def withdraw_help(*, session: AgentSession) -> None:
    """The agent needs no help any more."""
    if AgentSession.objects.filter(id=session.id, help_asked_at__isnull=False).update(help_asked_at=None):
        publish_session(session)


def answer_help(*, session_id: int, actor: User, at: datetime) -> None:
    """Take up a request, and tell the agent. Raises AgentStateError when somebody else was quicker."""
    session = _take_shift(session_id)
    asked_at = session.help_asked_at
    if not AgentSession.objects.filter(id=session.id, help_asked_at=asked_at, help_asked_at__isnull=False).update(
        help_asked_at=None
    ):
        raise AgentStateError("This request has been answered already, or was withdrawn.")
    _notify(session, _("I have seen that you ask for help."), actor, at)
    waited = round((at - asked_at).total_seconds()) if asked_at else 0
    _record(Action.HELP_ANSWERED, session, actor, at, seconds=waited)


def see_notice(*, user: User, notice_id: int, at: datetime) -> None:
    """The agent has read a message; of another person's nothing changes."""
    Notice.objects.filter(id=notice_id, user=user, seen_at__isnull=True).update(seen_at=at)


def _notify(session: AgentSession, text: str, sender: User, at: datetime) -> None:
    Notice.objects.create(user_id=session.user_id, sender=sender, text=text, sent_at=at)
    publish_session(session)


def _record(action: Action, session: AgentSession, actor: User, at: datetime, **data: Any) -> None:  # noqa: ANN401 - JSON
    data["agent"] = session.user_id
    record(action, at=at, target=f"session:{session.id}", actor=actor, data=data)
