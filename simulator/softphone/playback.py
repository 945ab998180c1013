"""Sounds waiting to be played, cut into frames."""

from collections import deque

import numpy as np

from simulator.softphone.pcm import FRAME, Samples


class Playback:
    """A queue of sounds. `next` gives a frame while there is something to play."""

    def __init__(self) -> None:
        self._sounds: deque[Samples] = deque()
        self._position = 0

    @property
    def is_playing(self) -> bool:
        """Whether frames are left."""
        return bool(self._sounds)

    def add(self, sound: Samples) -> None:
        """Play a sound after those already waiting."""
        if sound.size:
            self._sounds.append(sound)

    def next(self) -> Samples | None:
        """The next frame, its end filled with silence; None when nothing is left."""
        if not self._sounds:
            return None
        sound = self._sounds[0]
        frame = sound[self._position : self._position + FRAME]
        self._position += FRAME
        if self._position >= len(sound):
            self._sounds.popleft()
            self._position = 0
        if len(frame) < FRAME:
            frame = np.concatenate([frame, np.zeros(FRAME - len(frame), np.int16)])
        return frame


def at(sound: Samples, frame_number: int) -> Samples:
    """One frame of a sound that is repeated for ever."""
    start = frame_number * FRAME % len(sound)
    return np.take(sound, range(start, start + FRAME), mode="wrap")
