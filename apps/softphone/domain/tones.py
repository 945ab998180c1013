"""The sounds that the phone in the browser makes by itself: keypad tones, and silence for everything else."""

import io
import math
import struct
import wave
from typing import Final

RATE: Final = 8000
SECONDS: Final = 0.12
LOUDNESS: Final = 6000
_ROWS: Final = (697, 770, 852, 941)
_COLUMNS: Final = (1209, 1336, 1477)
_KEYS: Final = ("123", "456", "789", "*0#")
_SPOKEN: Final = {"*": "dtmfs", "#": "dtmfh"}

# The two frequencies of each key in hertz (ITU-T Q.23), under the carrier's names for the sounds; silence has none.
SOUNDS: Final[dict[str, tuple[int, ...]]] = {
    **{
        _SPOKEN.get(key, f"dtmf{key}"): (row, column)
        for keys, row in zip(_KEYS, _ROWS, strict=True)
        for key, column in zip(keys, _COLUMNS, strict=True)
    },
    **dict.fromkeys(("incoming", "outgoing", "disconnect"), ()),
}


def make_wav(name: str) -> bytes:
    """A sound of SOUNDS as WAV: 16 bit, 8 kHz, mono. Raises KeyError for any other name."""
    frequencies = SOUNDS[name]
    samples = [
        round(sum(LOUDNESS * math.sin(2 * math.pi * frequency * number / RATE) for frequency in frequencies))
        for number in range(round(RATE * SECONDS))
    ]
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, RATE, 0, "NONE", ""))
        writer.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()
