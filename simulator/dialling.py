"""`<Dial>`: into a conference, or on to another leg."""

from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from simulator.callbacks import Callbacks
from simulator.calls import Exchange
from simulator.clock import Clock, Timeline
from simulator.conferences import Rooms
from simulator.listening import CalleeHungUp, wait_for
from simulator.model import (
    AmdOptions,
    Bridge,
    Call,
    CallStatus,
    Hook,
    RecordOptions,
    RoomEntry,
    Script,
    Seat,
)
from simulator.recordings import Recordings
from simulator.registry import new_sid
from simulator.twiml import ScriptError, flag, number, words

DIAL_TIMEOUT = 30.0


class Dialling:
    """Performs `<Dial>`."""

    def __init__(
        self, clock: Clock, exchange: Exchange, rooms: Rooms, recordings: Recordings, callbacks: Callbacks
    ) -> None:
        self._clock = clock
        self._exchange = exchange
        self._rooms = rooms
        self._recordings = recordings
        self._callbacks = callbacks

    async def dial(self, call: Call, script: Script, element: Element) -> dict[str, str]:
        """Perform one `<Dial>`; returns the fields for its action. Raises ScriptError and CarrierError."""
        nouns = list(element)
        recording = None
        if element.get("record", "do-not-record") not in ("do-not-record", "false"):
            options = RecordOptions(
                channels=2 if "dual" in element.get("record", "") else 1,
                track=element.get("recordingTrack", "both"),
                hook=_hook(script, element, "recordingStatusCallback", "completed"),
            )
            recording = self._recordings.start_for_call(call, options, "DialVerb", call.timeline.at)
        try:
            return await self._dial_noun(call, script, element, nouns[0] if nouns else element)
        finally:
            if recording is not None:
                self._recordings.stop(recording, call.timeline.at)

    async def _dial_noun(self, call: Call, script: Script, element: Element, noun: Element) -> dict[str, str]:
        if noun.tag == "Conference":
            seat = self._rooms.reserve(call, room_entry(script, noun), call.timeline.at)
            await self.sit(call, seat)
            return {"DialCallStatus": "completed"}
        if noun.tag in ("Number", "Client", "Dial"):
            return await self._bridge(call, script, element, noun)
        raise ScriptError(12200, f"<Dial><{noun.tag}> is not simulated")

    async def sit(self, call: Call, seat: Seat) -> None:
        """Stay in a conference until put out, or until the far end hangs up (CalleeHungUp)."""
        self._rooms.enter(seat, call.timeline.at)
        while seat.is_present:
            silent = not self._rooms.hears_somebody(seat)
            seat.changed.clear()
            began = call.timeline.at
            still_there = await wait_for(call, seat.changed, silent=silent)
            if seat.changed_at is not None and still_there:
                call.timeline.catch_up(seat.changed_at)
            call.ear.consume((call.timeline.at - began).total_seconds(), silent=silent)
            if not still_there:
                raise CalleeHungUp

    async def _bridge(self, call: Call, script: Script, element: Element, noun: Element) -> dict[str, str]:
        child = self._child(call, script, element, noun)
        self._exchange.place(child, paced=False)
        call.partner, child.partner = child, call
        try:
            await self._wait_with(call, child)
        finally:
            call.partner = None
            if not child.is_over:
                child.timeline.catch_up(call.timeline.at)
                self._exchange.finish(
                    child, CallStatus.COMPLETED if child.answered_at else CallStatus.CANCELED, "caller"
                )
        return {
            "DialCallStatus": "completed" if child.answered_at else child.status.value,
            "DialCallSid": child.sid,
            "DialCallDuration": str(child.seconds),
            "DialBridged": "true" if child.answered_at else "false",
        }

    async def _wait_with(self, call: Call, child: Call) -> None:
        for event in (child.settled, child.ended):
            began = call.timeline.at
            still_there = await wait_for(call, event, silent=False)
            if still_there:
                call.timeline.catch_up(child.timeline.at)
            call.ear.consume((call.timeline.at - began).total_seconds(), silent=False)
            if not still_there:
                raise CalleeHungUp

    def _child(self, call: Call, script: Script, element: Element, noun: Element) -> Call:
        to = words(noun) if noun.tag != "Client" else "client:" + (words(noun.find("Identity") or noun))
        at = call.timeline.at
        whisper = noun.get("url")
        child = Call(
            sid=new_sid("CA"),
            account=call.account,
            to=to,
            sender=element.get("callerId") or call.sender,
            direction="outbound-dial",
            created_at=at,
            updated_at=at,
            timeline=Timeline(self._clock, at),
            program=Bridge(urljoin(script.url, whisper) if whisper else "", noun.get("method", "POST")),
            parent_sid=call.sid,
            status_hook=_hook(script, noun, "statusCallback", "completed"),
            ring_timeout=number(element, "timeout", DIAL_TIMEOUT),
            amd=_amd(script, noun),
        )
        if element.get("timeLimit"):
            child.time_limit = number(element, "timeLimit", child.time_limit)
        return child


def room_entry(script: Script, noun: Element) -> RoomEntry:
    """A `<Conference>` noun as the way into a room."""
    record = None
    if noun.get("record") == "record-from-start":
        record = RecordOptions(hook=_hook(script, noun, "recordingStatusCallback", "completed"))
    return RoomEntry(
        room=words(noun),
        label=noun.get("participantLabel", ""),
        muted=flag(noun, "muted", False),
        beep=noun.get("beep", "true"),
        has_music=noun.get("waitUrl") != "",
        start_on_enter=flag(noun, "startConferenceOnEnter", True),
        end_on_exit=flag(noun, "endConferenceOnExit", False),
        coach=noun.get("coach", ""),
        max_participants=int(number(noun, "maxParticipants", 250)),
        hook=_hook(script, noun, "statusCallback", "start end"),
        record=record,
        region=noun.get("region", ""),
    )


def _hook(script: Script, element: Element, name: str, default_events: str) -> Hook | None:
    url = element.get(name)
    if not url:
        return None
    events = frozenset(element.get(f"{name}Event", default_events).split())
    return Hook(urljoin(script.url, url), element.get(f"{name}Method", "POST").upper(), events)


def _amd(script: Script, noun: Element) -> AmdOptions | None:
    mode = noun.get("machineDetection")
    if not mode:
        return None
    hook = _hook(script, noun, "amdStatusCallback", "")
    timeout = number(noun, "machineDetectionTimeout", 30.0)
    return AmdOptions(mode == "DetectMessageEnd", timeout, is_async=True, hook=hook)
