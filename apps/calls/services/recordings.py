"""Recordings that the carrier reports."""

from uuid import UUID

from apps.calls.models import Recording


def save_recording(*, attempt_id: UUID, sid: str, url: str, seconds: int, status: str) -> Recording:
    """Keep what the carrier last said of a recording; repetitions change nothing."""
    recording, _ = Recording.objects.update_or_create(
        sid=sid, defaults={"attempt_id": attempt_id, "url": url, "seconds": seconds, "status": status[:16]}
    )
    return recording
