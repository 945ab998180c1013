"""The voice of a simulated callee: speaks frames, hears frames, takes turns, hangs up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from simulator.softphone.activity import Activity
from simulator.softphone.pcm import FAX_HZ, FRAME_SECONDS, RATE, SILENCE, Samples, beep, silence, tone
from simulator.softphone.playback import Playback

FAX_TONE_SECONDS, FAX_PAUSE_SECONDS = 3.0, 1.5
PATIENCE_SECONDS = 6.0
PATIENT_CALLS = 2


class Voice(Protocol):
    """What the mixer needs of a callee. `decides`: the conversation, not the plan, tells how long they stay."""

    decides: ClassVar[bool]

    def speak(self) -> Samples:
        """The next frame it says."""

    def listen(self, frame: Samples) -> None:
        """Hear one frame."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A dialogue as sound; see `Dialogue`."""

    greet: Samples
    says: tuple[Samples, ...]
    bye: Samples
    still: Samples
    fillers: tuple[Samples, ...]
    hangs_up: bool


class Person:
    """Greets, waits for the agent to finish, says the next line; goes when all is said or nobody speaks.

    `stays` are the seconds of small talk left to somebody who does not hang up by themselves.
    """

    decides: ClassVar[bool] = True

    def __init__(self, lines: Lines, stays: float, hang_up: Callable[[], None]) -> None:
        self._lines = lines
        self._stays = stays
        self._hang_up = hang_up
        self._playback = Playback()
        self._activity = Activity()
        self._turn = 0
        self._silences = 0
        self._is_leaving = False
        self._playback.add(lines.greet)

    def speak(self) -> Samples:
        """The next frame; what to say is decided here, when the last line is out."""
        self._stays -= FRAME_SECONDS
        frame = self._playback.next()
        if frame is not None:
            if not self._playback.is_playing:
                self._activity.reset()
            return frame
        if self._is_leaving:
            self._is_leaving = False
            self._hang_up()
        elif self._activity.has_finished:
            self._reply()
        elif self._activity.quiet_seconds >= PATIENCE_SECONDS:
            self._ask_again()
        return SILENCE

    def listen(self, frame: Samples) -> None:
        """Hear the others; while speaking they are not listened to."""
        if not self._playback.is_playing:
            self._activity.follow(frame)

    def _reply(self) -> None:
        lines, turn = self._lines, self._turn
        self._turn += 1
        self._silences = 0
        self._activity.reset()
        if turn < len(lines.says):
            self._playback.add(lines.says[turn])
            if turn + 1 == len(lines.says) and lines.hangs_up:
                self._leave()
        elif self._stays > 0 and lines.fillers:
            self._playback.add(lines.fillers[turn % len(lines.fillers)])
        else:
            self._leave()

    def _ask_again(self) -> None:
        self._activity.reset()
        self._silences += 1
        if self._silences > PATIENT_CALLS:
            self._leave()
        else:
            self._playback.add(self._lines.still)

    def _leave(self) -> None:
        self._is_leaving = True
        self._playback.add(self._lines.bye)


class Machine:
    """What plays by itself from the moment of the answer: an answering machine's greeting, a fax. Hears nothing."""

    decides: ClassVar[bool] = False

    def __init__(self, sound: Samples, position: float, *, repeats: bool = False) -> None:
        start = round(position * RATE)
        self._sound = np.roll(sound, -start) if repeats else sound[start:]
        self._repeats = repeats
        self._playback = Playback()
        self._playback.add(self._sound)

    def speak(self) -> Samples:
        """The next frame."""
        frame = self._playback.next()
        if frame is None and self._repeats:
            self._playback.add(self._sound)
            frame = self._playback.next()
        return SILENCE if frame is None else frame

    def listen(self, frame: Samples) -> None:
        """A machine does not listen."""


def machine(greeting: Samples, seconds: float, position: float, *, beeps: bool) -> Machine:
    """A greeting of so many seconds, then a beep or nothing."""
    wanted = round(seconds * RATE)
    body = np.concatenate([greeting[:wanted], np.zeros(max(0, wanted - len(greeting)), np.int16)])
    return Machine(np.concatenate([body, beep()]) if beeps else body, position)


def fax(position: float) -> Machine:
    """A fax machine's calling tone."""
    return Machine(np.concatenate([tone(FAX_TONE_SECONDS, FAX_HZ), silence(FAX_PAUSE_SECONDS)]), position, repeats=True)
