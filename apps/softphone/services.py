"""What an agent can do at the desk. Each returns nothing: the page shows the state that the server then has."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.agents.models import AgentSession
from apps.agents.selectors import find_session
from apps.agents.services import sessions
from apps.calls.models import Attempt, AttemptState
from apps.calls.services.disposing import CallbackRequest, dispose_attempt
from apps.core.errors import ConflictError
from apps.core.jobs import enqueue


class NoSessionError(ConflictError):
    """The person has no open shift."""

    code = "no_session"


class NoCallError(ConflictError):
    """There is no call this could apply to."""

    code = "no_call"


@dataclass(frozen=True, slots=True)
class DispositionForm:
    """What the agent entered about a call."""

    code: str
    note: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    callback: CallbackRequest | None = None


def get_session(user: User) -> AgentSession:
    """The person's open session. Raises NoSessionError."""
    session = find_session(user.id)
    if session is None:
        raise NoSessionError("Start your shift first: choose a campaign.")
    return session


def wake_dialler(session: AgentSession) -> None:
    """Let the campaign tick now instead of at its next second."""
    enqueue("dialer.tick_campaign", tenant_id=session.tenant_id, campaign_id=session.campaign_id)


def hang_up(*, user: User) -> None:
    """End the agent's call. Raises NoCallError."""
    attempt = _get_attempt(user)
    enqueue("calls.end_call", tenant_id=attempt.tenant_id, attempt_id=str(attempt.id))


def dispose(*, user: User, form: DispositionForm, at: datetime) -> None:
    """Record the outcome, end the call if it is still on, and go on to what comes next. One key is enough."""
    attempt = _get_attempt(user)
    dispose_attempt(
        attempt_id=attempt.id,
        code=form.code,
        user=user,
        at=at,
        note=form.note,
        answers=_with_questions(attempt, form.answers),
        callback=form.callback,
    )
    session = get_session(user)
    if attempt.state < AttemptState.ENDED:
        enqueue("calls.end_call", tenant_id=attempt.tenant_id, attempt_id=str(attempt.id))
    sessions.finish_wrap_up(session=session, at=at)
    wake_dialler(session)


def _get_attempt(user: User) -> Attempt:
    session = get_session(user)
    if session.attempt is None:
        raise NoCallError("There is no call at the moment.")
    return session.attempt


def _with_questions(attempt: Attempt, answers: dict[str, Any]) -> dict[str, Any]:
    """Each answer with the question's text as it was asked: a later version of the script does not change the past."""
    version = attempt.campaign.script_version
    texts = {question["key"]: question["text"] for question in version.questions} if version else {}
    return {key: {"question": texts.get(key, ""), "answer": value} for key, value in answers.items()}
