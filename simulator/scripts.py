"""Fetching what a call is to perform: TwiML documents and sound files."""

import io
import wave
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from simulator.callbacks import Callbacks, call_fields
from simulator.model import Call, Script
from simulator.stats import Stats
from simulator.transport import Transport
from simulator.twiml import oddities, parse, parse_text

DEFAULT_SOUND_SECONDS = 8.0
MP3_BYTES_PER_SECOND = 8_000
KEPT_SOUNDS = 256


class Scripts:
    """Gets documents from the customer, and remembers how long each sound file is."""

    def __init__(self, transport: Transport, callbacks: Callbacks, stats: Stats) -> None:
        self._transport = transport
        self._callbacks = callbacks
        self._stats = stats
        self._sounds: dict[str, float] = {}

    async def load(self, call: Call, script: Script, fields: Mapping[str, str]) -> Element:
        """The document of a script. Network time passes on the call as real seconds. Raises ScriptError."""
        try:
            if script.twiml:
                root = parse_text(script.twiml.encode())
            else:
                root = await self._fetch(call, script, fields)
        finally:
            call.scripted.set()
        for oddity in oddities(root):
            self._callbacks.notify(call.sid, call.account, 12200, oddity, script.url)
        return root

    async def _fetch(self, call: Call, script: Script, fields: Mapping[str, str]) -> Element:
        self._stats.count("scripts.fetched")
        reply = await self._transport.send(
            call.account, script.url, script.method, call_fields(call) | dict(fields), urgent=True
        )
        call.timeline.spend(reply.seconds)
        if reply.failure:
            self._stats.count("scripts.failed")
        return parse(reply)

    async def sound_seconds(self, call: Call, url: str) -> float:
        """The length of a sound file, from its WAV header or its size; a usual length when it can't be had."""
        if url not in self._sounds:
            reply = await self._transport.send(call.account, url, "GET", {}, urgent=True)
            if reply.failure:
                self._callbacks.notify(call.sid, call.account, 11200, f"no sound: {reply.status or reply.failure}", url)
            while len(self._sounds) >= KEPT_SOUNDS:
                self._sounds.pop(next(iter(self._sounds)))
            self._sounds[url] = DEFAULT_SOUND_SECONDS if reply.failure else _length(reply.body)
        return self._sounds[url]


def _length(body: bytes) -> float:
    try:
        with wave.open(io.BytesIO(body)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (wave.Error, EOFError):
        return len(body) / MP3_BYTES_PER_SECOND


def follow(script: Script, url: str, method: str | None) -> Script:
    """The script an `action` or `<Redirect>` leads to, relative to the document it stands in."""
    return replace(script, url=urljoin(script.url, url), method=(method or "POST").upper(), twiml="")
