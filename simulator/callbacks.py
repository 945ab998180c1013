"""What the carrier tells the customer: status, detection, conference and recording callbacks."""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import Any

import phonenumbers

from simulator.clock import Clock, rfc2822
from simulator.faults import Fault, FaultBoard, FaultKind
from simulator.model import API_VERSION, Account, Call, Hook, Notification, Recording, Room, Seat, Sink
from simulator.registry import Registry
from simulator.stats import Stats
from simulator.transport import Transport

logger = logging.getLogger(__name__)

GEOGRAPHY = ("City", "State", "Zip", "Country")
REORDER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Letter:
    """One callback on its way. `key` keeps those of one call or room in order."""

    key: str
    kind: str
    account: Account
    hook: Hook
    fields: Mapping[str, str]
    call_sid: str


class Callbacks:
    """Delivers callbacks, one after another per call or room, unless a fault says otherwise."""

    def __init__(
        self, clock: Clock, registry: Registry, transport: Transport, faults: FaultBoard, stats: Stats
    ) -> None:
        self._clock = clock
        self._registry = registry
        self._transport = transport
        self._faults = faults
        self._stats = stats
        self._waiting: dict[str, deque[Letter]] = {}
        self._held: dict[str, Letter] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._late = 0
        self.base_url = ""

    def status(self, call: Call, event: str, status: str) -> None:
        """Post a call-progress event if the customer subscribed to it."""
        hook = call.status_hook
        if hook is None or event not in hook.events:
            return
        fields = call_fields(call) | {
            "CallStatus": status,
            "Timestamp": rfc2822(call.timeline.at),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(call.sequence),
        }
        call.sequence += 1
        if event == "completed":
            fields |= self._ending_fields(call)
        if event in ("ringing", "answered"):
            fields["StirStatus"] = "A"
        self._post(Letter(call.sid, "callback.status", call.account, hook, fields, call.sid))

    def detection(self, call: Call, seconds: float) -> None:
        """Post the verdict of asynchronous answering-machine detection."""
        if call.amd is None or call.amd.hook is None:
            return
        fields = {
            "CallSid": call.sid,
            "AccountSid": call.account.sid,
            "AnsweredBy": call.answered_by,
            "MachineDetectionDuration": str(round(seconds * 1000)),
        }
        self._post(Letter(call.sid + ":amd", "callback.amd", call.account, call.amd.hook, fields, call.sid))

    def conference(
        self, room: Room, subscription: str, event: str, at: datetime, fields: Mapping[str, str], seat: Seat | None
    ) -> None:
        """Post a conference event, when the room's first entrant asked for that kind."""
        hook = room.hook
        if hook is None or subscription not in hook.events:
            return
        room.sequence += 1
        sent = {
            "ConferenceSid": room.sid,
            "FriendlyName": room.name,
            "AccountSid": room.account.sid,
            "StatusCallbackEvent": event,
            "Timestamp": rfc2822(at),
            "SequenceNumber": str(room.sequence),
        }
        if seat is not None:
            sent |= seat_fields(seat)
        call_sid = seat.call.sid if seat else ""
        self._post(Letter(room.sid, "callback.conference", room.account, hook, sent | dict(fields), call_sid))

    def media_url(self, recording: Recording) -> str:
        """Where the customer can fetch a recording."""
        return f"{self.base_url}/{API_VERSION}/Accounts/{recording.account.sid}/Recordings/{recording.sid}"

    def recording(self, recording: Recording, event: str) -> None:
        """Post a recording event if the customer subscribed to it."""
        hook = recording.options.hook
        if hook is None or event not in hook.events:
            return
        fields = {
            "AccountSid": recording.account.sid,
            "RecordingSid": recording.sid,
            "RecordingUrl": self.media_url(recording),
            "RecordingStatus": event,
            "RecordingChannels": str(recording.options.channels),
            "RecordingStartTime": rfc2822(recording.started_at),
            "RecordingSource": recording.source,
            "RecordingTrack": recording.options.track,
        }
        if recording.call_sid:
            fields["CallSid"] = recording.call_sid
        if recording.room_sid:
            fields["ConferenceSid"] = recording.room_sid
        if recording.seconds is not None:
            fields["RecordingDuration"] = str(recording.seconds)
        self._post(Letter(recording.sid, "callback.recording", recording.account, hook, fields, recording.call_sid))

    def event(self, sink: Sink, body: str) -> None:
        """Send an event to a sink."""
        self._spawn(self._deliver_event(sink, body))

    def notify(self, call_sid: str, account: Account, code: int, text: str, url: str = "") -> None:
        """Write a line to the debugger."""
        self._stats.count(f"notification.{code}")
        self._registry.notifications.append(Notification(self._clock.now(), account.sid, call_sid, code, text, url))
        logger.warning("carrier.notification", extra={"code": code, "call_sid": call_sid, "text": text})

    @property
    def pending(self) -> int:
        """Callbacks that are still on their way."""
        return sum(len(letters) for letters in self._waiting.values()) + len(self._held) + self._late

    async def close(self) -> None:
        """Stop delivering."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._waiting.clear()
        self._held.clear()

    def _ending_fields(self, call: Call) -> dict[str, str]:
        fields = {"CallDuration": str(call.seconds), "Duration": str(ceil(call.seconds / 60))}
        if call.sip:
            fields["SipResponseCode"] = str(call.sip)
        for recording in call.recordings:
            if recording.source == "OutboundAPI":
                fields["RecordingUrl"] = self.media_url(recording)
                fields["RecordingSid"] = recording.sid
                fields["RecordingDuration"] = str(recording.seconds or 0)
        return fields

    def _post(self, letter: Letter) -> None:
        if letter.key in self._waiting:
            self._waiting[letter.key].append(letter)
            return
        self._waiting[letter.key] = deque([letter])
        self._spawn(self._empty(letter.key))

    async def _empty(self, key: str) -> None:
        queue = self._waiting[key]
        try:
            while queue:
                await self._deliver_with_faults(queue[0])
                queue.popleft()
        finally:
            del self._waiting[key]

    async def _deliver_with_faults(self, letter: Letter) -> None:
        fault = self._faults.strike(letter.kind)
        if fault is None:
            await self._deliver(letter)
            await self._release(letter.key)
            return
        self._stats.count(f"fault.{fault.kind.value}")
        if fault.kind is FaultKind.DOUBLED:
            await self._deliver(letter)
            await self._deliver(letter)
        elif fault.kind is FaultKind.LATE:
            self._spawn(self._deliver_later(letter, fault))
        elif fault.kind is FaultKind.REORDERED:
            await self._release(letter.key)
            self._held[letter.key] = letter
            self._spawn(self._release_later(letter.key))

    async def _deliver_later(self, letter: Letter, fault: Fault) -> None:
        self._late += 1
        try:
            await self._clock.until(self._clock.now() + timedelta(seconds=fault.seconds))
            await self._deliver(letter)
        finally:
            self._late -= 1

    async def _release_later(self, key: str) -> None:
        await self._clock.until(self._clock.now() + timedelta(seconds=REORDER_SECONDS))
        await self._release(key)

    async def _release(self, key: str) -> None:
        if letter := self._held.pop(key, None):
            await self._deliver(letter)

    async def _deliver(self, letter: Letter) -> None:
        reply = await self._transport.send(letter.account, letter.hook.url, letter.hook.method, letter.fields)
        self._stats.count(letter.kind)
        if reply.failure:
            self._stats.count(f"{letter.kind}.failed")
            code = 16011 if letter.kind == "callback.conference" else 15003
            text = f"{letter.kind} answered {reply.status or reply.failure}"
            self.notify(letter.call_sid, letter.account, code, text, letter.hook.url)

    async def _deliver_event(self, sink: Sink, body: str) -> None:
        fault = self._faults.strike("callback.event")
        if fault is not None and fault.kind is FaultKind.LOST:
            self._stats.count(f"fault.{fault.kind.value}")
            return
        reply = await self._transport.send_json(sink.account, sink.destination, body)
        self._stats.count("callback.event.failed" if reply.failure else "callback.event")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def call_fields(call: Call) -> dict[str, str]:
    """The fields every voice request and status callback carries."""
    fields = {
        "CallSid": call.sid,
        "AccountSid": call.account.sid,
        "From": call.sender,
        "To": call.to,
        "Caller": call.sender,
        "Called": call.to,
        "CallStatus": call.status.value,
        "ApiVersion": API_VERSION,
        "Direction": call.direction,
    }
    if call.parent_sid:
        fields["ParentCallSid"] = call.parent_sid
    if call.answered_by:
        fields["AnsweredBy"] = call.answered_by
    for side, number in (("From", call.sender), ("Caller", call.sender), ("To", call.to), ("Called", call.to)):
        fields |= {f"{side}{part}": "" for part in GEOGRAPHY}
        fields[f"{side}Country"] = country_of(number)
    return fields


@lru_cache(maxsize=65_536)
def country_of(number: str) -> str:
    """ISO country of an E.164 number, "" when unknown or not a number."""
    if not number.startswith("+"):
        return ""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""


def seat_fields(seat: Seat) -> dict[str, str]:
    """The fields of participant events."""
    return {
        "CallSid": seat.call.sid,
        "Muted": _flag(seat.muted),
        "Hold": _flag(seat.hold),
        "Coaching": _flag(seat.coaching),
        "StartConferenceOnEnter": _flag(seat.entry.start_on_enter),
        "EndConferenceOnExit": _flag(seat.end_on_exit),
    } | ({"ParticipantLabel": seat.entry.label} if seat.entry.label else {})


def _flag(value: bool) -> str:
    return "true" if value else "false"
