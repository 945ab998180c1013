"""The media server: every 20 ms, what each browser hears, each callee hears, each recording takes down.

Sound exists only where a browser is: a conference without one is never looked at.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf

import numpy as np

from simulator.clock import Clock
from simulator.model import Call, Recording, Room, Seat
from simulator.softphone.callee import Voice
from simulator.softphone.casting import Casting
from simulator.softphone.mixer import Party, mix
from simulator.softphone.pcm import FRAME_SECONDS, SILENCE, Samples, hold_music, keys, limit, tone
from simulator.softphone.peer import Peer
from simulator.softphone.playback import Playback, at
from simulator.softphone.tapes import Tapes
from simulator.stats import Stats

logger = logging.getLogger(__name__)

# When the loop was blocked for longer, the lost time is let go: late sound is worse than a gap.
MAX_LAG_SECONDS = 0.2
CONNECT_SECONDS = 5.0
BEEP_SECONDS, BEEP_HZ = 0.2, (520.0, 660.0)


@dataclass(eq=False, slots=True)
class Connection:
    """A browser's call. `prompts` are played to it, `keys` are the tones of its keypad, heard by the others."""

    call: Call
    peer: Peer
    prompts: Playback = field(default_factory=Playback)
    keys: Playback = field(default_factory=Playback)


@dataclass(eq=False, slots=True)
class Part:
    """A callee in conversation. `talk` is the will to stay that the conversation stands in for."""

    call: Call
    talk: float
    voice: Voice | None = None
    task: "asyncio.Task[None] | None" = None


class MediaServer:
    """Runs while there are browsers. `hang_up` ends a call from the callee's side."""

    def __init__(self, clock: Clock, stats: Stats, casting: Casting, tapes: Tapes) -> None:
        self.tapes = tapes
        self.hang_up: Callable[[Call], None] = _nothing
        self._clock = clock
        self._stats = stats
        self._casting = casting
        self._connections: dict[str, Connection] = {}
        self._parts: dict[str, Part] = {}
        self._announcements: dict[str, Playback] = {}
        self._hold_music: dict[str, Samples] = {}
        self._mixed: set[str] = set()
        self._ticks = 0
        self._task: asyncio.Task[None] | None = None

    def connect(self, call: Call, peer: Peer) -> None:
        """Let a browser hear and be heard on its call from now on."""
        self._connections[call.sid] = Connection(call, peer)
        self._stats.count("media.connected")
        if self._task is None:
            self._task = asyncio.create_task(self._run())
            self._task.add_done_callback(self._bury)

    def disconnect(self, call: Call) -> None:
        """A browser's call is over."""
        self._connections.pop(call.sid, None)
        self._hold_music.pop(call.sid, None)
        if not self._connections:
            self._release(self._parts)
            self._announcements.clear()
            if self._task is not None:
                self._task.cancel()
                self._task = None

    @property
    def is_running(self) -> bool:
        """Whether any browser is served."""
        return self._task is not None

    def hears(self, room: Room) -> bool:
        """Whether a browser is in a conference."""
        return any(seat.call.sid in self._connections for seat in room.present)

    def has_browser(self, call: Call) -> bool:
        """Whether a call ends at a browser."""
        return call.sid in self._connections

    async def wait_connected(self, call: Call) -> None:
        """Wait until a browser's sound can flow, for a few seconds at most: what is played before is lost."""
        connection = self._connections.get(call.sid)
        if connection is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    await connection.peer.connected.wait()

    def prompt(self, call: Call, sound: Samples) -> None:
        """Play something to one browser; nothing happens for any other leg."""
        if call.sid in self._connections:
            self._connections[call.sid].prompts.add(sound)

    def press(self, call: Call, digits: str) -> None:
        """Let the others hear the keys a browser pressed."""
        self._connections[call.sid].keys.add(keys(digits))
        others = [call.partner] if call.partner is not None else []
        if call.seat is not None:
            others += [seat.call for seat in call.seat.room.present if seat.call is not call]
        for other in others:
            other.heard_digits += digits

    def announce(self, room: Room, sound: Samples) -> None:
        """Play something to everybody in a conference."""
        if self.hears(room):
            self._announcements.setdefault(room.sid, Playback()).add(sound)

    def beep(self, room: Room) -> None:
        """Let everybody in a conference hear that somebody comes or goes."""
        self.announce(room, tone(BEEP_SECONDS, *BEEP_HZ, amplitude=4_000))

    def set_hold_music(self, call: Call, sound: Samples | None) -> None:
        """What a leg hears while it is on hold; None for the usual music."""
        self._hold_music.pop(call.sid, None)
        if sound is not None:
            self._hold_music[call.sid] = sound

    def tick(self) -> None:
        """One frame for everybody."""
        self._ticks += 1
        self._mixed.clear()
        for connection in list(self._connections.values()):
            call = connection.call
            if call.sid in self._mixed:
                continue
            if call.seat is not None and call.seat.is_present:
                self._tick_room(call.seat.room)
            else:
                self._tick_line(call)
        self._release(self._parts.keys() - self._mixed)

    def close(self) -> None:
        """Stop; tapes are kept."""
        self._release(self._parts)
        self._connections.clear()
        self._announcements.clear()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            self.tick()
            due += FRAME_SECONDS
            if loop.time() - due > MAX_LAG_SECONDS:
                self._stats.count("media.late_ticks")
                due = loop.time()
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _bury(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("media.crashed", exc_info=error)
            self._stats.count("crashes")
            self._task = None  # the next browser starts anew

    def _tick_room(self, room: Room) -> None:
        seats = room.present
        announcement = self._announcement(room)
        if room.status == "in-progress":
            aloud = self._mix({seat.call: self._party(seat) for seat in seats}, announcement)
        else:
            # Before the start nobody hears anybody.
            aloud = SILENCE
            for seat in seats:
                self._mix({seat.call: self._party(seat)}, announcement)
        if room.recording is not None:
            self._take_down([room.recording], aloud, SILENCE if announcement is None else announcement)

    def _tick_line(self, call: Call) -> None:
        """A browser outside conferences: alone with prompts, or with the leg it was bridged to."""
        calls = [call]
        if call.partner is not None and call.partner.answered_at is not None:
            calls.append(call.partner)
        self._mix({one: Party(self._said(one)) for one in calls}, None)

    def _mix(self, parties: dict[Call, Party], announcement: Samples | None) -> Samples:
        heard, aloud = mix({call.sid: party for call, party in parties.items()})
        for call, party in parties.items():
            sound = heard[call.sid]
            if announcement is not None:
                sound = limit(sound.astype(np.int32) + announcement)
            self._deliver(call, party, sound)
            self._mixed.add(call.sid)
        return aloud

    def _party(self, seat: Seat) -> Party:
        call = seat.call
        held = at(self._hold_music.get(call.sid, hold_music()), self._ticks) if seat.hears_music else None
        # A callee on hold waits; a browser's frames are taken all the same, or they would be heard later.
        is_waiting = call.sid not in self._connections and (seat.hold or seat.room.status != "in-progress")
        return Party(
            said=SILENCE if is_waiting else self._said(call),
            muted=seat.muted,
            held=held,
            coaches=seat.coach_sid if seat.coaching else "",
        )

    def _said(self, call: Call) -> Samples:
        connection = self._connections.get(call.sid)
        if connection is not None:
            spoken, keys = connection.peer.take(), connection.keys.next()
            return spoken if keys is None else keys
        voice = self._part(call).voice
        return SILENCE if voice is None else voice.speak()

    def _deliver(self, call: Call, party: Party, heard: Samples) -> None:
        connection, part = self._connections.get(call.sid), self._parts.get(call.sid)
        if connection is not None:
            prompt = connection.prompts.next()
            heard = heard if prompt is None else limit(heard.astype(np.int32) + prompt)
            connection.peer.send(heard)
        elif part is not None and part.voice is not None and party.held is None:
            part.voice.listen(heard)
        self._take_down(call.recordings, SILENCE if party.muted else party.said, heard)

    def _take_down(self, recordings: list[Recording], said: Samples, heard: Samples) -> None:
        if recordings:
            now = self._clock.now()
            for recording in recordings:
                self.tapes.write(recording, said, heard, now)

    def _announcement(self, room: Room) -> Samples | None:
        playback = self._announcements.get(room.sid)
        frame = playback.next() if playback is not None else None
        if frame is None:
            self._announcements.pop(room.sid, None)
        return frame

    def _part(self, call: Call) -> Part:
        part = self._parts.get(call.sid)
        if part is None:
            part = self._parts[call.sid] = Part(call, call.ear.talk)
            if call.plan is not None:
                part.task = asyncio.create_task(self._cast(part))
        return part

    async def _cast(self, part: Part) -> None:
        call = part.call
        part.voice = await self._casting.voice(call, self._clock.now(), lambda: self.hang_up(call))
        if part.voice is not None and part.voice.decides:
            # From here on the conversation tells how long they stay.
            call.ear.talk = inf
            self._wake(call)

    def _release(self, sids: Iterable[str]) -> None:
        for sid in list(sids):
            part = self._parts.pop(sid)
            if part.task is not None:
                part.task.cancel()
            if part.call.ear.talk != part.talk and part.voice is not None and part.voice.decides:
                part.call.ear.talk = part.talk
                self._wake(part.call)

    def _wake(self, call: Call) -> None:
        call.stirred.set()
        if call.seat is not None:
            call.seat.changed_at = self._clock.now()
            call.seat.changed.set()


def _nothing(_call: Call) -> None:
    return
