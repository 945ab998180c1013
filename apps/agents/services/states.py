"""The steps that every change of an agent's state is made of; `sessions` says which change follows what."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from apps.agents.models import AgentSession, AgentState
from apps.agents.services.spans import keep_span
from apps.calls.services.answers import keep_draft_answers
from apps.calls.services.notes import keep_note
from apps.campaigns.services import queue
from apps.core.errors import ConflictError
from apps.core.jobs import enqueue
from apps.core.publish import publish


class AgentStateError(ConflictError):
    """The agent is not in a state that permits this."""

    code = "agent_state"


def lock_session(session_id: int) -> AgentSession:
    """An open shift with its attempt, its row locked. Raises AgentStateError when it has been closed."""
    session = (
        AgentSession.objects.select_for_update(of=("self",))
        .select_related("attempt")
        .filter(id=session_id, ended_at__isnull=True)
        .first()
    )
    if session is None:
        raise AgentStateError("Your shift is over: start a new one.")
    return session


def lock_idle(**conditions: Any) -> Iterable[AgentSession]:  # noqa: ANN401 - Django's own filter values
    """Open sessions that meet the conditions, locked; those that somebody is changing just now are left for later."""
    sessions = AgentSession.objects.select_for_update(skip_locked=True).filter(ended_at__isnull=True, **conditions)
    return sessions.order_by("id")


def enter_state(session: AgentSession, state: AgentState, at: datetime, *, break_reason: str = "") -> None:
    """Save a locked session in a new state, or on break in the campaign it was to move to; its page and the floor hear."""
    keep_span(session, until=at)
    if session.next_state == AgentState.BREAK:
        # Why a break follows stays with it.
        break_reason = break_reason or session.break_reason
    if session.next_campaign_id is not None and state in {AgentState.READY, AgentState.BREAK}:
        session.campaign_id, session.next_campaign = session.next_campaign_id, None
        break_reason = "MOVED" if state == AgentState.READY else break_reason
        state = AgentState.BREAK
    session.state, session.state_since, session.break_reason = state, at, break_reason
    session.is_holding = False
    session.save()
    publish_session(session)


def free_agent(session: AgentSession, at: datetime) -> None:
    """Clear the desk of its call, what was written kept with it, and go on to what was asked for meanwhile."""
    if session.attempt_id is not None:
        keep_note(attempt_id=session.attempt_id, user_id=session.user_id, note=str(session.draft.get("note", "")))
        keep_answers(session, at)
    wanted = session.next_state or AgentState.READY
    session.attempt, session.wrap_up_until, session.draft, session.next_state = None, None, {}, ""
    if wanted == AgentState.OFFLINE:
        close_session(session, at)
    else:
        enter_state(
            session, AgentState(wanted), at, break_reason=session.break_reason if wanted == AgentState.BREAK else ""
        )


def close_session(session: AgentSession, at: datetime) -> None:
    """The shift is over, and its standing leg is hung up."""
    session.ended_at, session.attempt = at, None
    enter_state(session, AgentState.OFFLINE, at)
    if session.leg_sid:
        enqueue("agents.end_leg", tenant_id=session.tenant_id, session_id=session.id)


def keep_answers(session: AgentSession, at: datetime) -> None:
    """The answers so far of a call that ended without a disposition; one that follows replaces them."""
    if session.attempt_id is not None:
        keep_draft_answers(attempt_id=session.attempt_id, user_id=session.user_id, draft=session.draft, at=at)


def give_back_preview(session: AgentSession, at: datetime, *, reason: str = "skipped") -> None:
    """The previewed lead, if there is one, may be called again from `at`; the caller saves the session."""
    if session.preview_lead_id is not None:
        queue.release(campaign_lead_id=session.preview_lead_id, at=at, reason=reason)
        session.preview_lead = None


def publish_session(session: AgentSession) -> None:
    """Tell the agent's page and the floor that the session has changed."""
    message = {"session": session.id, "state": session.state}
    publish(session.tenant_id, f"desk:{session.user_id}", message)
    publish(session.tenant_id, "floor", message)
