"""What the desk sends, read and checked."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from apps.calls.services.disposing import CallbackRequest
from apps.core.domain.zones import read_zone
from apps.core.errors import InvalidError
from apps.softphone.services import DispositionForm, RecordingStep

DRAFT_FIELDS = ("campaign_lead", "at", "note", "answers", "aside", "passed", "callback")
# Characters of JSON.
DRAFT_LIMIT = 60_000


def read_disposition(data: dict[str, Any]) -> DispositionForm:
    """The disposition form of a JSON body. Raises InvalidError naming the field."""
    answers = data.get("answers") or {}
    if not isinstance(answers, dict):
        raise InvalidError("Answers are an object of question key and answer.", field="answers")
    return DispositionForm(
        code=str(data.get("disposition", "")),
        attempt_id=read_attempt_id(data),
        note=str(data.get("note", "")),
        answers=answers,
        callback=_read_callback(data.get("callback")),
    )


def _read_callback(data: Any) -> CallbackRequest | None:  # noqa: ANN401 - a JSON value
    """`{"local": "2026-06-17T15:30", "zone": IANA name, "personal": bool, "note": text}`; the time is the zone's own."""
    if not data:
        return None
    try:
        zone = read_zone(str(data["zone"]))
        local = datetime.fromisoformat(str(data["local"]))
        due_at = (local.replace(tzinfo=zone) if local.tzinfo is None else local).astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InvalidError("Give the call-back's day, time and zone.", field="callback") from error
    if local.tzinfo is None and due_at.astimezone(zone).replace(tzinfo=None) != local:
        raise InvalidError("The clocks go forward then: this time does not exist there.", field="callback")
    return CallbackRequest(
        due_at=due_at, zone=zone.key, is_personal=bool(data.get("personal")), note=str(data.get("note", ""))[:300]
    )


def read_attempt_id(data: dict[str, Any]) -> UUID | None:
    """The call that is meant, or None for the call of the moment. Raises InvalidError."""
    value = data.get("attempt")
    if not value:
        return None
    try:
        return UUID(str(value))
    except ValueError as error:
        raise InvalidError("attempt must be the id of a call.", field="attempt") from error


def read_draft(data: dict[str, Any]) -> dict[str, Any]:
    """What has been typed so far; the page reads it back as it was. Raises InvalidError when it is unreasonably long."""
    draft = {name: data[name] for name in DRAFT_FIELDS if name in data}
    if len(json.dumps(draft)) > DRAFT_LIMIT:
        raise InvalidError("The note and answers are too long to keep.", field="note")
    return draft


def read_recording_step(data: dict[str, Any]) -> RecordingStep:
    """What is to happen with the recording. Raises InvalidError."""
    try:
        return RecordingStep(str(data.get("step", "")))
    except ValueError as error:
        raise InvalidError(f"step must be one of {', '.join(RecordingStep)}.", field="step") from error


def read_id(data: dict[str, Any], name: str) -> int:
    """A row id of a JSON body. Raises InvalidError."""
    value = data.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidError(f"{name} must be an id.", field=name)
    return value
