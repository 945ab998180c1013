"""Voice activity by energy: whose turn it is to speak."""

from simulator.softphone.pcm import FRAME_SECONDS, Samples, level

# About 40 dB below full scale: above the noise of a line, below quiet speech.
SPEECH_LEVEL = 320.0
# A noisy room raises the bar: speech stands out from what is steady. The floor falls at once and rises in seconds.
ABOVE_NOISE = 3.0
FLOOR_STEP, FLOOR_GROWTH = 0.5, 1.01
SPEECH_SECONDS = 0.16
PAUSE_SECONDS = 0.8


class Activity:
    """Follows one voice, frame by frame."""

    def __init__(self) -> None:
        self._floor = 0.0
        self._speech = 0.0
        self._quiet = 0.0

    @property
    def has_spoken(self) -> bool:
        """Whether there was more than a click since the last `reset`."""
        return self._speech >= SPEECH_SECONDS

    @property
    def is_speaking(self) -> bool:
        """Whether the voice is in the middle of a turn."""
        return self.has_spoken and self._quiet < PAUSE_SECONDS

    @property
    def has_finished(self) -> bool:
        """Whether a turn was spoken and is over."""
        return self.has_spoken and self._quiet >= PAUSE_SECONDS

    @property
    def quiet_seconds(self) -> float:
        """How long nothing has been said."""
        return self._quiet

    def follow(self, frame: Samples) -> None:
        """Hear one frame."""
        loudness = level(frame)
        self._floor = min(loudness, self._floor * FLOOR_GROWTH + FLOOR_STEP)
        if loudness > max(SPEECH_LEVEL, ABOVE_NOISE * self._floor):
            self._speech += FRAME_SECONDS
            self._quiet = 0.0
            return
        self._quiet += FRAME_SECONDS
        if self._quiet > PAUSE_SECONDS and not self.has_spoken:
            self._speech = 0.0

    def reset(self) -> None:
        """A new turn begins."""
        self._speech = self._quiet = 0.0
