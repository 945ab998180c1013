"""The carrier's state: accounts, calls, conferences, recordings. Data only, no behaviour of its own."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import inf

from simulator.callees import Answers, Plan
from simulator.clock import Timeline

API_VERSION = "2010-04-01"
HOUR = 3600.0
DEFAULT_TIME_LIMIT = 4 * HOUR
DEFAULT_RING_TIMEOUT = 60.0


class CallStatus(StrEnum):
    """Call.status; `initiated` lives only in callbacks."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"


FINAL = frozenset({CallStatus.COMPLETED, CallStatus.BUSY, CallStatus.FAILED, CallStatus.NO_ANSWER, CallStatus.CANCELED})


@dataclass(frozen=True, slots=True)
class Hook:
    """A web hook of the customer: where, how, and for which events."""

    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Script:
    """Where a call's TwiML comes from: a URL, or the document itself. `fields` go with the first request."""

    url: str = ""
    method: str = "POST"
    twiml: str = ""
    fallback_url: str = ""
    fallback_method: str = "POST"
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """How a recording is asked for."""

    channels: int = 1
    track: str = "both"
    hook: Hook | None = None


@dataclass(frozen=True, slots=True)
class RoomEntry:
    """How a leg enters a conference. `has_music`: it hears some until the conference starts, for no waitUrl says otherwise."""

    room: str
    label: str = ""
    muted: bool = False
    beep: str = "true"
    has_music: bool = False
    start_on_enter: bool = True
    end_on_exit: bool = False
    coach: str = ""
    max_participants: int = 250
    hook: Hook | None = None
    record: RecordOptions | None = None
    region: str = ""


@dataclass(frozen=True, slots=True)
class Bridge:
    """A leg that talks to the leg which dialled it; `whisper_url` is played to it first."""

    whisper_url: str = ""
    whisper_method: str = "POST"


@dataclass(frozen=True, slots=True)
class AmdOptions:
    """Answering-machine detection; `hook` is set when the verdict is posted apart."""

    until_message_end: bool = False
    timeout: float = 30.0
    is_async: bool = False
    hook: Hook | None = None


@dataclass(slots=True)
class Account:
    """An account or subaccount."""

    sid: str
    auth_token: str
    friendly_name: str
    created_at: datetime
    updated_at: datetime
    cps: float = 1.0
    owner_sid: str = ""
    status: str = "active"
    max_calls: int = 0
    numbers: dict[str, "OwnedNumber"] = field(default_factory=dict)
    caller_ids: dict[str, "OwnedNumber"] = field(default_factory=dict)
    # Numbers that it owns without listing them, once they were shown.
    implied: dict[str, "OwnedNumber"] = field(default_factory=dict)
    next_slot: datetime | None = None
    in_flight: int = 0
    live_calls: int = 0
    is_trial: bool = False
    closed_countries: frozenset[str] = frozenset()


@dataclass(slots=True)
class OwnedNumber:
    """A number bought from the carrier, or a verified outside caller id."""

    sid: str
    phone_number: str
    friendly_name: str
    created_at: datetime
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Sink:
    """Where events go; `destination` is the customer's address, asked with `method`."""

    sid: str
    account: Account
    description: str
    destination: str
    method: str
    created_at: datetime


@dataclass(slots=True)
class Ear:
    """A callee's will to stay, in simulated seconds: `talk` for what they hear in all, `patience` for each silence."""

    talk: float = inf
    patience: float = inf
    waited: float = 0.0

    @classmethod
    def of(cls, plan: Plan | None) -> "Ear":
        """A machine does not tell silence from speech: it ends when its tape does. A client leg stays for ever."""
        if plan is None:
            return cls()
        if plan.answers is Answers.PERSON:
            return cls(plan.talk_seconds, plan.patience_seconds)
        return cls(talk=plan.talk_seconds)

    def budget(self, *, silent: bool) -> float:
        """Seconds the callee will stay from here if nothing changes."""
        return self.patience - self.waited if self._waits(silent) else self.talk

    def consume(self, seconds: float, *, silent: bool) -> None:
        """Take seconds off; sound after a silence restores patience."""
        if self._waits(silent):
            self.waited += seconds
            return
        self.waited = 0.0
        self.talk -= seconds

    def _waits(self, silent: bool) -> bool:
        return silent and self.patience != inf


@dataclass(eq=False, slots=True)
class Call:
    """One leg. `stirred` is set when the callee's will to stay changed, `picked_up` when they are to answer at once."""

    sid: str
    account: Account
    to: str
    sender: str
    direction: str
    created_at: datetime
    updated_at: datetime
    timeline: Timeline
    program: Script | RoomEntry | Bridge
    plan: Plan | None = None
    ear: Ear = field(default_factory=Ear)
    parent_sid: str = ""
    status: CallStatus = CallStatus.QUEUED
    status_hook: Hook | None = None
    ring_timeout: float = DEFAULT_RING_TIMEOUT
    time_limit: float = DEFAULT_TIME_LIMIT
    amd: AmdOptions | None = None
    record: RecordOptions | None = None
    send_digits: str = ""
    queue_ms: int = 0
    dial_at: datetime | None = None
    started_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    answered_by: str = ""
    sip: int = 0
    ended_by: str = ""
    sequence: int = 0
    seat: "Seat | None" = None
    recordings: list["Recording"] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    amd_task: asyncio.Task[None] | None = None
    limit_timer: asyncio.TimerHandle | None = None
    has_pressed: bool = False
    partner: "Call | None" = None
    heard_digits: str = ""
    picked_up: asyncio.Event = field(default_factory=asyncio.Event)
    scripted: asyncio.Event = field(default_factory=asyncio.Event)
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_inbound(self) -> bool:
        """Whether somebody outside rings a number of the account."""
        return self.direction == "inbound" and not self.sender.startswith("client:")

    @property
    def is_over(self) -> bool:
        """Whether the call reached a final status."""
        return self.status in FINAL

    @property
    def seconds(self) -> int:
        """Whole seconds from answer to end; 0 when never answered or still up."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return round((self.ended_at - self.answered_at).total_seconds())


@dataclass(eq=False, slots=True)
class Seat:
    """One leg's place in a conference, from REST creation or from `<Dial><Conference>`."""

    call: Call
    room: "Room"
    entry: RoomEntry
    created_at: datetime
    updated_at: datetime
    muted: bool = False
    hold: bool = False
    coaching: bool = False
    coach_sid: str = ""
    end_on_exit: bool = False
    joined_at: datetime | None = None
    left_reason: str = ""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    changed_at: datetime | None = None

    @property
    def is_present(self) -> bool:
        """Whether the leg is in the room now."""
        return self.joined_at is not None and not self.left_reason

    @property
    def hears_music(self) -> bool:
        """Whether the leg hears music instead of the others: on hold, or waiting for the conference to start."""
        return self.hold or (self.entry.has_music and self.room.status == "init")


@dataclass(eq=False, slots=True)
class Room:
    """A conference."""

    sid: str
    account: Account
    name: str
    created_at: datetime
    updated_at: datetime
    region: str = "us1"
    status: str = "init"
    hook: Hook | None = None
    has_been_entered: bool = False
    sequence: int = 0
    seats: dict[str, Seat] = field(default_factory=dict)
    recording: "Recording | None" = None
    end_reason: str = ""
    ended_by_sid: str = ""

    @property
    def present(self) -> list[Seat]:
        """The legs in the room, in order of entry."""
        return [seat for seat in self.seats.values() if seat.is_present]


@dataclass(eq=False, slots=True)
class Recording:
    """A recording of a call or a conference; its sound, where there is any, is on a tape."""

    sid: str
    account: Account
    source: str
    started_at: datetime
    updated_at: datetime
    options: RecordOptions
    call_sid: str = ""
    room_sid: str = ""
    status: str = "in-progress"
    seconds: int | None = None
    paused_at: datetime | None = None
    skipped_seconds: float = 0.0
    skips_pauses: bool = False


@dataclass(frozen=True, slots=True)
class Notification:
    """A line of Twilio's debugger: something about the customer's answers was wrong."""

    at: datetime
    account_sid: str
    call_sid: str
    code: int
    text: str
    url: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
