"""Speech from text, by the espeak-ng library that its Python package carries; tones where it can't be loaded."""

import ctypes
import logging
import threading
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import espeakng_loader
import numpy as np

from simulator.softphone.pcm import Samples, resample, silence, tone

logger = logging.getLogger(__name__)

# Language to espeak-ng's voice; variants of each voice make callees differ.
VOICES: Mapping[str, str] = {
    "en": "en-us",
    "es": "es-419",
    "ar": "ar",
    "ru": "ru",
    "tr": "tr",
    "de": "de",
    "fr": "fr-fr",
    "pt": "pt-br",
}
VARIANTS = ("m1", "f2", "m3", "f4", "m7", "f1")
SYNCHRONOUS_OUTPUT, BUFFER_MS, NO_EXIT, UTF8 = 2, 200, 0x8000, 1
KEPT_LINES = 512
SYLLABLE_SECONDS, WORD_GAP_SECONDS = 0.14, 0.06
SYLLABLE_HZ = (220, 260, 196, 247)

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Synthesiser:
    """Speaks one line at a time, as the library keeps global state; for the same reason there is only `synthesiser()`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chunks: list[Samples] = []
        self._callback = _Callback(self._collect)
        self._library: Any = None
        self._rate = 0
        try:
            self._open()
        except (OSError, RuntimeError, AttributeError) as error:
            logger.warning("No speech (%s): callees are heard as tones.", error)

    @property
    def can_speak(self) -> bool:
        """Whether words come out, not tones."""
        return self._library is not None

    def say(self, text: str, language: str, voice: int = 0) -> Samples:
        """A line of speech, about 70 characters in 20 ms of work; the same line again is free. Safe in a thread."""
        with self._lock:
            return self._say(text, language, VARIANTS[voice % len(VARIANTS)])

    def _open(self) -> None:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self._rate = library.espeak_Initialize(SYNCHRONOUS_OUTPUT, BUFFER_MS, data, NO_EXIT)
        if self._rate <= 0:
            raise OSError("espeak-ng does not start")
        library.espeak_SetSynthCallback(self._callback)
        self._library = library

    @lru_cache(maxsize=KEPT_LINES)  # noqa: B019 -- one synthesiser lives as long as the program
    def _say(self, text: str, language: str, variant: str) -> Samples:
        if self._library is None:
            return murmur(text)
        name = VOICES.get(language, VOICES["en"])
        spoken = text.encode()
        self._chunks.clear()
        self._library.espeak_SetVoiceByName(f"{name}+{variant}".encode())
        self._library.espeak_Synth(spoken, len(spoken) + 1, 0, 0, 0, UTF8, None, None)
        self._library.espeak_Synchronize()
        return resample(np.concatenate(self._chunks), self._rate) if self._chunks else murmur(text)

    def _collect(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: object) -> int:
        if samples and count:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0


@cache
def synthesiser() -> Synthesiser:
    """The one of this process."""
    return Synthesiser()


def murmur(text: str) -> Samples:
    """A tone for each syllable or so: not speech, but as long, and with gaps between words."""
    parts: list[Samples] = []
    for position, word in enumerate(text.split()):
        parts.append(tone(SYLLABLE_SECONDS * max(1, len(word) // 3), SYLLABLE_HZ[position % len(SYLLABLE_HZ)]))
        parts.append(silence(WORD_GAP_SECONDS))
    return np.concatenate(parts) if parts else silence(0)
