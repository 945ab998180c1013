"""Sound as numpy arrays: 8 kHz, mono, 16 bits, in frames of 20 ms, as a telephone network carries it."""

import io
import wave
from functools import cache
from typing import TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.int16]

RATE = 8_000
FRAME = 160
FRAME_SECONDS = FRAME / RATE
SILENCE: Samples = np.zeros(FRAME, np.int16)
BEEP_HZ, BEEP_SECONDS = 1_000, 0.6
FAX_HZ = 2_100
KEYPAD_ROWS = (697, 770, 852, 941)
KEYPAD_COLUMNS = (1209, 1336, 1477, 1633)
KEYPAD = "123A456B789C*0#D"
KEY_SECONDS, KEY_GAP_SECONDS, KEY_PAUSE_SECONDS = 0.16, 0.08, 0.5
HOLD_CHORDS = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
NOTE_SECONDS = 0.5
ULAW_BIAS, ULAW_CLIP = 132, 32_635


def limit(samples: NDArray[np.int32]) -> Samples:
    """Back to 16 bits, clipped."""
    return np.clip(samples, -32_768, 32_767).astype(np.int16)


def level(samples: Samples) -> float:
    """Root mean square, 0 to 32767."""
    return float(np.sqrt(np.mean(np.square(samples.astype(np.float32))))) if samples.size else 0.0


def silence(seconds: float) -> Samples:
    """Nothing, for so long."""
    return np.zeros(round(seconds * RATE), np.int16)


def tone(seconds: float, *frequencies: float, amplitude: float = 6_000) -> Samples:
    """A steady tone, or several at once."""
    at = np.arange(round(seconds * RATE)) / RATE
    waves = [np.sin(2 * np.pi * hz * at) for hz in frequencies]
    mixed: Samples = (np.sum(waves, axis=0) * (amplitude / len(frequencies))).astype(np.int16)
    return mixed


def beep() -> Samples:
    """What an answering machine ends its greeting with."""
    return tone(BEEP_SECONDS, BEEP_HZ)


def keys(digits: str) -> Samples:
    """The tones of a keypad; `w` is half a second's pause, anything unknown is nothing."""
    parts = [silence(0)]
    for digit in digits.upper():
        if digit == "W":
            parts.append(silence(KEY_PAUSE_SECONDS))
        elif digit in KEYPAD:
            row, column = divmod(KEYPAD.index(digit), 4)
            parts += [tone(KEY_SECONDS, KEYPAD_ROWS[row], KEYPAD_COLUMNS[column]), silence(KEY_GAP_SECONDS)]
    return np.concatenate(parts)


@cache
def hold_music() -> Samples:
    """A few soft broken chords, to be repeated."""
    fade = np.linspace(1.0, 0.1, round(NOTE_SECONDS * RATE))
    notes = [tone(NOTE_SECONDS, chord[step], chord[0] / 2) for chord in HOLD_CHORDS for step in (0, 1, 2, 1)]
    return np.concatenate([(note * fade).astype(np.int16) for note in notes])


def resample(samples: Samples, rate: int) -> Samples:
    """Sound of another rate at ours, band-limited."""
    wanted = round(len(samples) * RATE / rate)
    spectrum = np.fft.rfft(samples.astype(np.float64))[: wanted // 2 + 1]
    return limit((np.fft.irfft(spectrum, wanted) * (wanted / len(samples))).astype(np.int32))


def decode(body: bytes) -> Samples:
    """A sound file of any usual kind; raises ValueError when it is none."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    try:
        with av.open(io.BytesIO(body), "r") as container:
            frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
    except (av.FFmpegError, IndexError) as error:
        raise ValueError(f"not a sound: {error}") from None
    return np.concatenate([frame.to_ndarray()[0] for frame in frames] or [silence(0)])


def wav(samples: Samples, channels: int) -> bytes:
    """A WAV file; `samples` are interleaved when there are two channels."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


def ulaw(samples: Samples) -> bytes:
    """G.711 mu-law, one byte a sample."""
    return _ulaw_table()[samples.view(np.uint16)].tobytes()


@cache
def _ulaw_table() -> NDArray[np.uint8]:
    value = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(value), ULAW_CLIP) + ULAW_BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(value < 0, 0x80, 0)
    coded: NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return coded
