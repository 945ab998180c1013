"""Notes on calls that end without a disposition."""

from uuid import UUID

from apps.calls.models import Attempt


def keep_note(*, attempt_id: UUID, user_id: int, note: str) -> None:
    """Keep what an agent wrote about a call that ended without a disposition; a disposition's own note stays."""
    if note:
        Attempt.objects.filter(id=attempt_id, agent_id=user_id, disposed_at__isnull=True).update(note=note)
