"""Coaching notes: what supervisors tell an agent about a call."""

from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.calls.models import Attempt, CallNote
from apps.core.errors import InvalidError
from apps.core.publish import publish

NOTE_LENGTH = 500


def add_call_note(*, attempt_id: UUID, text: str, second: int | None, author: User, at: datetime) -> CallNote:
    """Write a note about a call, at a second of its recording or about the whole; its agent sees it after the call.

    Raises InvalidError for an empty or too long one, Attempt.DoesNotExist.
    """
    text = text.replace("\0", "").strip()
    if not 0 < len(text) <= NOTE_LENGTH:
        raise InvalidError(f"Write a note of at most {NOTE_LENGTH} characters.", field="text")
    attempt = Attempt.objects.get(id=attempt_id)
    note = CallNote.objects.create(attempt=attempt, author=author, second=second, text=text, written_at=at)
    if attempt.agent_id is not None:
        publish(attempt.tenant_id, f"desk:{attempt.agent_id}", {"note": note.id})
    data = {"agent": attempt.agent_id, "second": second, "note": text}
    record(Action.CALL_COACHED, at=at, target=f"attempt:{attempt.id}", actor=author, data=data)
    return note
