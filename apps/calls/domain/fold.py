"""How carrier events become the state of an attempt: a merge that takes any order and any repetition.

Every field of `Progress` only ever moves one way (the earliest instant, the furthest state, the strongest verdict), so
merging is commutative, associative and idempotent, and the database can do it in one statement (`MERGE`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import IntEnum, StrEnum
from typing import Any


class Reached(IntEnum):
    """How far a call has come; equal to calls.enums.AttemptState from PLACED on."""

    NOTHING = 0
    PLACED = 30
    RINGING = 40
    ANSWERED = 50
    CONNECTED = 60
    ENDED = 70


class Verdict(IntEnum):
    """Who answered, by answering-machine detection; a stronger verdict replaces a weaker one."""

    NONE = 0
    UNKNOWN = 1
    HUMAN = 2
    MACHINE = 3
    FAX = 4


class End(IntEnum):
    """How the carrier says the call ended."""

    NONE = 0
    COMPLETED = 1
    CANCELED = 2
    NO_ANSWER = 3
    BUSY = 4
    FAILED = 5


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of a call. Instants are aware UTC, `talk_seconds` the carrier's duration."""

    state: int = field(default=Reached.NOTHING, metadata={"keep": "greatest"})
    ringing_at: datetime | None = field(default=None, metadata={"keep": "least"})
    answered_at: datetime | None = field(default=None, metadata={"keep": "least"})
    connected_at: datetime | None = field(default=None, metadata={"keep": "least"})
    ended_at: datetime | None = field(default=None, metadata={"keep": "least"})
    answered_by: int = field(default=Verdict.NONE, metadata={"keep": "greatest"})
    end_status: int = field(default=End.NONE, metadata={"keep": "greatest"})
    talk_seconds: int = field(default=0, metadata={"keep": "greatest"})
    error_code: str = field(default="", metadata={"keep": "greatest"})


# Field name to the SQL function that merges it; `least` and `greatest` ignore nulls in PostgreSQL.
MERGE: dict[str, str] = {item.name: item.metadata["keep"] for item in fields(Progress)}


def merge(one: Progress, other: Progress) -> Progress:
    """Everything known from both."""
    merged: dict[str, Any] = {}
    for name, keep in MERGE.items():
        values = [value for value in (getattr(one, name), getattr(other, name)) if value is not None]
        merged[name] = (min(values) if keep == "least" else max(values)) if values else None
    return Progress(**merged)


_STATUS: dict[str, tuple[Reached, End]] = {
    "queued": (Reached.PLACED, End.NONE),
    "initiated": (Reached.PLACED, End.NONE),
    "ringing": (Reached.RINGING, End.NONE),
    "in-progress": (Reached.ANSWERED, End.NONE),
    "completed": (Reached.ENDED, End.COMPLETED),
    "canceled": (Reached.ENDED, End.CANCELED),
    "no-answer": (Reached.ENDED, End.NO_ANSWER),
    "busy": (Reached.ENDED, End.BUSY),
    "failed": (Reached.ENDED, End.FAILED),
}
_VERDICT: dict[str, Verdict] = {
    "human": Verdict.HUMAN,
    "unknown": Verdict.UNKNOWN,
    "fax": Verdict.FAX,
    "machine": Verdict.MACHINE,
    "machine_start": Verdict.MACHINE,
    "machine_end_beep": Verdict.MACHINE,
    "machine_end_silence": Verdict.MACHINE,
    "machine_end_other": Verdict.MACHINE,
}


def verdict_of(answered_by: str) -> Verdict:
    """The verdict behind Twilio's `AnsweredBy`; a word it does not know counts as unknown."""
    return _VERDICT.get(answered_by, Verdict.UNKNOWN) if answered_by else Verdict.NONE


def progress_of(*, status: str, at: datetime, seconds: int = 0, answered_by: str = "", error: str = "") -> Progress:
    """What a status callback (or the call resource) says: Twilio's `CallStatus` at the instant `at`.

    A status that Twilio does not document today says nothing and changes nothing.
    """
    state, end = _STATUS.get(status, (Reached.NOTHING, End.NONE))
    return Progress(
        state=state,
        ringing_at=at if state == Reached.RINGING else None,
        answered_at=at if state == Reached.ANSWERED else None,
        ended_at=at if state == Reached.ENDED else None,
        answered_by=verdict_of(answered_by),
        end_status=end,
        talk_seconds=seconds,
        error_code=error,
    )


def is_over(status: str) -> bool:
    """Whether a call with this `CallStatus` has ended."""
    return _STATUS.get(status, (Reached.NOTHING, End.NONE))[0] == Reached.ENDED


LONGEST_NUMBER = 9


class EventName(StrEnum):
    """What kind of callback an event was."""

    ANSWER = "answer"
    STATUS = "status"
    AMD = "amd"
    CONNECTED = "connected"


def read_event(name: str, payload: Mapping[str, str], received_at: datetime) -> Progress:
    """What a callback says, from its fields as the carrier sent them; fields that make no sense say nothing."""
    at = _occurred_at(payload, received_at)
    if name == EventName.CONNECTED:
        return Progress(state=Reached.CONNECTED, connected_at=at)
    if name == EventName.ANSWER:
        return progress_of(status="in-progress", at=at)
    status = payload.get("CallStatus", "") if name == EventName.STATUS else ""
    return progress_of(
        status=status,
        at=at,
        seconds=int(_digits(payload.get("CallDuration", "")) or 0),
        answered_by=payload.get("AnsweredBy", ""),
        error=_digits(payload.get("ErrorCode") or payload.get("SipResponseCode", "")) if status == "failed" else "",
    )


def _digits(text: str) -> str:
    """A number of the carrier as it wrote it; empty when it is none, or longer than any duration or code."""
    return text if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else ""


def _occurred_at(payload: Mapping[str, str], received_at: datetime) -> datetime:
    """The carrier's own instant of the event, when it gives a readable one."""
    try:
        return parsedate_to_datetime(payload["Timestamp"]).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return received_at
