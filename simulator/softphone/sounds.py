"""Sounds that the customer names: files, and documents that say or play something."""

import asyncio
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

import numpy as np

from simulator.callbacks import Callbacks
from simulator.model import Account, Call
from simulator.registry import Registry
from simulator.softphone.media import MediaServer
from simulator.softphone.pcm import KEYPAD, RATE, Samples, decode, keys, silence
from simulator.softphone.speech import Synthesiser
from simulator.transport import Transport
from simulator.twiml import PROMPTS, XML_TYPES, ScriptError, number, parse, words

KEPT_SOUNDS = 64
# A prompt that loops for ever, or nearly, is cut: nobody listens for longer than it takes.
MAX_PROMPT_SECONDS = 600.0
ENGLISH = "en"


class Sounds:
    """Fetches, decodes and speaks; a sound that can't be had is a note in the debugger, and silence."""

    def __init__(
        self,
        registry: Registry,
        transport: Transport,
        callbacks: Callbacks,
        synthesiser: Synthesiser,
        media: MediaServer,
    ) -> None:
        self._registry = registry
        self._transport = transport
        self._callbacks = callbacks
        self._synthesiser = synthesiser
        self._media = media
        self._kept: dict[str, Samples] = {}

    async def play(self, call: Call, base_url: str, element: Element) -> float | None:
        """Play a `<Say>`, `<Play>` or `<Pause>` to a browser; its seconds, None when the leg is no browser's."""
        if not self._media.has_browser(call):
            return None
        sound = await self._prompt(call.account, call.sid, base_url, element)
        await self._media.wait_connected(call)
        call.timeline.catch_up(call.timeline.clock.now())
        self._media.prompt(call, sound)
        return len(sound) / RATE

    async def fetch(self, account: Account, url: str, method: str, call_sid: str = "") -> Samples:
        """The sound behind a URL: a recording of our own, a file, or TwiML made of prompts."""
        if (recorded := self._recorded(account, url)) is not None:
            return recorded
        if url in self._kept:
            return self._kept[url]
        reply = await self._transport.send(account, url, method, {}, urgent=True)
        try:
            if not reply.failure and reply.content_type not in XML_TYPES:
                return self._keep(url, await asyncio.to_thread(decode, reply.body))
            prompts = [one for one in parse(reply) if one.tag in PROMPTS]
        except (ValueError, ScriptError) as error:
            self._callbacks.notify(call_sid, account, 11200, f"no sound: {error}", url)
            return silence(0)
        return np.concatenate([silence(0), *[await self._prompt(account, call_sid, url, prompt) for prompt in prompts]])

    def _recorded(self, account: Account, url: str) -> Samples | None:
        """What a `RecordingUrl` leads to; nobody has to sign in to hear it, as at Twilio by default."""
        sid = url.rpartition("/")[2].removesuffix(".wav")
        recording = self._registry.recordings.get(sid)
        if recording is None or recording.account is not account or not url.startswith(self._callbacks.base_url):
            return None
        sound = self._media.tapes.wav(recording)
        return silence(0) if sound is None else decode(sound)

    async def _prompt(self, account: Account, call_sid: str, base_url: str, element: Element) -> Samples:
        if element.tag == "Pause":
            return silence(min(number(element, "length", 1), MAX_PROMPT_SECONDS))
        if element.tag == "Say":
            language = element.get("language", ENGLISH)[:2].lower()
            once = await asyncio.to_thread(self._synthesiser.say, words(element), language)
        elif digits := element.get("digits"):
            once = keys("".join(digit for digit in digits if digit.upper() in KEYPAD + "W"))
        else:
            once = await self.fetch(account, urljoin(base_url, words(element)), "GET", call_sid)
        most = max(1, int(MAX_PROMPT_SECONDS * RATE / max(1, len(once))))
        return np.tile(once, min(int(number(element, "loop", 1)) or most, most))

    def _keep(self, url: str, sound: Samples) -> Samples:
        while len(self._kept) >= KEPT_SOUNDS:
            self._kept.pop(next(iter(self._kept)))
        self._kept[url] = sound
        return sound
