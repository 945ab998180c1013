"""Talks that their agents left without a disposition: a supervisor gives it."""

from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.calls.services.disposing import dispose_attempt


def dispose_left_open(*, attempt_id: UUID, code: str, note: str, actor: User, at: datetime) -> None:
    """Give a talk the disposition that its agent did not give; what was answered in it stays.

    Raises InvalidError for an unknown code or one that promises a call-back, AlreadyDisposedError.
    """
    dispose_attempt(attempt_id=attempt_id, code=code, user=actor, at=at, note=note)
    record(Action.ATTEMPT_DISPOSED, at=at, target=f"attempt:{attempt_id}", actor=actor, data={"code": code})
