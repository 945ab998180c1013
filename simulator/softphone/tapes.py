"""The sound of recordings, kept in files that end with the program."""

import tempfile
from datetime import datetime
from pathlib import Path

import numpy as np

from simulator.clock import Clock
from simulator.model import Recording
from simulator.softphone.pcm import RATE, Samples, limit, wav

FLUSH_FRAMES = 50
# A tape may lag this much behind the clock before the gap is filled: the mixer's ticks are not exact.
SLACK_SECONDS = 0.2
KEPT_TAPES = 500


class Tape:
    """One recording's samples; two channels are interleaved. `length` counts samples of one channel."""

    def __init__(self, path: Path, channels: int) -> None:
        self.path = path
        self.channels = channels
        self.length = 0
        self._waiting: list[Samples] = []

    def write(self, samples: Samples) -> None:
        """Add sound."""
        self._waiting.append(samples)
        self.length += len(samples) // self.channels
        if len(self._waiting) >= FLUSH_FRAMES:
            self._flush()

    def pad(self, length: int) -> None:
        """Fill with silence up to a length."""
        if length > self.length:
            self.write(np.zeros((length - self.length) * self.channels, np.int16))

    def read(self) -> Samples:
        """All of it."""
        self._flush()
        return np.fromfile(self.path, np.int16)

    def _flush(self) -> None:
        with self.path.open("ab") as file:
            for samples in self._waiting:
                file.write(samples.tobytes())
        self._waiting.clear()


class Tapes:
    """Tapes by recording SID, the newest few hundred. A recording of a call that no browser heard has none."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._tapes: dict[str, Tape] = {}

    def write(self, recording: Recording, said: Samples, heard: Samples, at: datetime) -> None:
        """Record one frame of what a leg said (left) and heard (right); a paused or finished recording takes nothing."""
        if recording.status != "in-progress":
            return
        tape = self._tapes.get(recording.sid) or self._new(recording)
        due = self._real_seconds(recording, at)
        if due * RATE - tape.length > SLACK_SECONDS * RATE:
            tape.pad(round(due * RATE))
        tape.write(_channels(recording, said, heard))

    def wav(self, recording: Recording) -> bytes | None:
        """The finished recording as a WAV file of its length, None when there is no sound of it."""
        tape = self._tapes.get(recording.sid)
        if tape is None:
            return None
        seconds = (recording.seconds or 0) / self._clock.speed
        tape.pad(round(seconds * RATE))
        return wav(tape.read(), tape.channels)

    def erase(self, recording_sid: str) -> None:
        """Forget a recording's sound."""
        tape = self._tapes.pop(recording_sid, None)
        if tape is not None:
            tape.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Forget all sound."""
        self._tapes.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _new(self, recording: Recording) -> Tape:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="carrier-tapes-")
        while len(self._tapes) >= KEPT_TAPES:
            self.erase(next(iter(self._tapes)))
        tape = Tape(Path(self._folder.name, recording.sid), recording.options.channels)
        self._tapes[recording.sid] = tape
        return tape

    def _real_seconds(self, recording: Recording, at: datetime) -> float:
        return ((at - recording.started_at).total_seconds() - recording.skipped_seconds) / self._clock.speed


def _channels(recording: Recording, said: Samples, heard: Samples) -> Samples:
    options = recording.options
    left = said if options.track != "outbound" else np.zeros_like(said)
    right = heard if options.track != "inbound" else np.zeros_like(heard)
    if options.channels == 2:
        return np.column_stack([left, right]).ravel()
    return limit(left.astype(np.int32) + right)
