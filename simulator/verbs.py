"""Performing TwiML on an answered call."""

from collections.abc import Awaitable, Callable, Mapping
from math import inf
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from simulator.callbacks import Callbacks
from simulator.calls import Program
from simulator.conferences import Rooms
from simulator.dialling import Dialling
from simulator.errors import CarrierError
from simulator.listening import hear, keep_silent, talk_on
from simulator.model import Bridge, Call, Hook, RecordOptions, RoomEntry, Script
from simulator.recordings import Recordings
from simulator.scripts import Scripts, follow
from simulator.softphone.sounds import Sounds
from simulator.twiml import PROMPTS, ScriptError, flag, number, words

SPOKEN_CHARACTERS_PER_SECOND = 14.0
SECONDS_PER_DIGIT = 0.3
SECONDS_BEFORE_PRESSING = 4.0
SECONDS_OF_MESSAGE = 12.0
MAX_DOCUMENTS = 500


class Jump(Exception):  # noqa: N818 -- a turn of the call, not an error
    """The call goes on with another document, posted these fields."""

    def __init__(self, script: Script, fields: Mapping[str, str]) -> None:
        self.script = script
        self.fields = fields
        super().__init__(script.url)


class EndOfCall(Exception):  # noqa: N818 -- a turn of the call, not an error
    """A verb hung up."""


class Interpreter:
    """Performs programs: TwiML, a seat in a conference, or the far side of a bridge."""

    def __init__(
        self,
        scripts: Scripts,
        sounds: Sounds,
        callbacks: Callbacks,
        rooms: Rooms,
        recordings: Recordings,
        dialling: Dialling,
    ) -> None:
        self._scripts = scripts
        self._sounds = sounds
        self._callbacks = callbacks
        self._rooms = rooms
        self._recordings = recordings
        self._dialling = dialling
        self._verbs: dict[str, Callable[[Call, Script, Element], Awaitable[None]]] = {
            "Say": self._prompt,
            "Play": self._prompt,
            "Pause": self._prompt,
            "Gather": self._gather,
            "Record": self._record,
            "Dial": self._dial,
            "Redirect": self._redirect,
            "Hangup": self._hang_up,
            "Reject": self._hang_up,
        }

    async def run(self, call: Call, program: Program) -> None:
        """Perform a program to its end; returns when there is nothing left to do on the call."""
        if isinstance(program, RoomEntry):
            await self._sit_down(call, program)
        elif isinstance(program, Bridge):
            if program.whisper_url:
                await self._perform_all(call, Script(program.whisper_url, program.whisper_method))
            await talk_on(call)
        else:
            await self._perform_all(call, program)

    async def _sit_down(self, call: Call, entry: RoomEntry) -> None:
        seat = call.seat or self._rooms.reserve(call, entry, call.timeline.at)
        call.scripted.set()
        await self._dialling.sit(call, seat)

    async def _perform_all(self, call: Call, script: Script) -> None:
        fields = script.fields
        for _ in range(MAX_DOCUMENTS):
            try:
                document = await self._scripts.load(call, script, fields)
                await self._perform(call, script, document)
            except Jump as jump:
                script, fields = jump.script, jump.fields
            except EndOfCall:
                return
            except ScriptError as error:
                self._callbacks.notify(call.sid, call.account, error.code, error.text, script.url)
                if not script.fallback_url:
                    return
                fields = {"ErrorCode": str(error.code), "ErrorUrl": script.url}
                script = Script(script.fallback_url, script.fallback_method)
            else:
                return
        self._callbacks.notify(call.sid, call.account, 11200, "too many documents in one call", script.url)

    async def _perform(self, call: Call, script: Script, document: Element) -> None:
        for element in document:
            verb = self._verbs.get(element.tag)
            if verb is None:
                text = f"<{element.tag}> is not simulated"
                self._callbacks.notify(call.sid, call.account, 12200, text, script.url)
                continue
            await verb(call, script, element)

    async def _prompt(self, call: Call, script: Script, element: Element) -> None:
        seconds = await self._prompt_seconds(call, script, element)
        await (keep_silent if element.tag == "Pause" else hear)(call, seconds)

    async def _prompt_seconds(self, call: Call, script: Script, element: Element) -> float:
        """How long a prompt takes; a browser hears it from now on, or after those before it."""
        heard = await self._sounds.play(call, script.url, element)
        if heard is not None:
            return heard
        if element.tag == "Pause":
            return number(element, "length", 1)
        loops = number(element, "loop", 1) or inf
        if element.tag == "Say":
            return max(1.0, len(words(element)) / SPOKEN_CHARACTERS_PER_SECOND) * loops
        if digits := element.get("digits"):
            return len(digits) * SECONDS_PER_DIGIT
        return await self._scripts.sound_seconds(call, urljoin(script.url, words(element))) * loops

    async def _gather(self, call: Call, script: Script, element: Element) -> None:
        prompts = [child for child in element if child.tag in PROMPTS]
        lengths = [await self._prompt_seconds(call, script, child) for child in prompts]
        digits = self._digits_pressed(call, element)
        if digits:
            await hear(call, min(sum(lengths), SECONDS_BEFORE_PRESSING))
            call.has_pressed = True
            call.timeline.spend(len(digits) * SECONDS_PER_DIGIT)
        else:
            await hear(call, sum(lengths))
            await keep_silent(call, number(element, "timeout", 5))
        if digits or flag(element, "actionOnEmptyResult", False):
            raise Jump(follow(script, element.get("action", ""), element.get("method")), {"Digits": digits})

    def _digits_pressed(self, call: Call, element: Element) -> str:
        if call.plan is None or call.has_pressed or "dtmf" not in element.get("input", "dtmf"):
            return ""
        return call.plan.presses

    async def _record(self, call: Call, script: Script, element: Element) -> None:
        hook = None
        if url := element.get("recordingStatusCallback"):
            events = frozenset(element.get("recordingStatusCallbackEvent", "completed").split())
            hook = Hook(urljoin(script.url, url), element.get("recordingStatusCallbackMethod", "POST"), events)
        began = call.timeline.at
        recording = self._recordings.start_for_call(call, RecordOptions(hook=hook), "RecordVerb", began)
        await hear(call, min(number(element, "maxLength", 3600), SECONDS_OF_MESSAGE))
        self._recordings.stop(recording, call.timeline.at)
        fields = {
            "RecordingUrl": self._callbacks.media_url(recording),
            "RecordingSid": recording.sid,
            "RecordingDuration": str(recording.seconds or 0),
        }
        raise Jump(follow(script, element.get("action", ""), element.get("method")), fields)

    async def _dial(self, call: Call, script: Script, element: Element) -> None:
        try:
            outcome = await self._dialling.dial(call, script, element)
        except CarrierError as error:
            self._callbacks.notify(call.sid, call.account, error.code, error.message, script.url)
            outcome = {"DialCallStatus": "failed"}
        if action := element.get("action"):
            raise Jump(follow(script, action, element.get("method")), outcome)

    async def _redirect(self, _call: Call, script: Script, element: Element) -> None:
        raise Jump(follow(script, words(element), element.get("method")), {})

    async def _hang_up(self, _call: Call, _script: Script, _element: Element) -> None:
        raise EndOfCall
