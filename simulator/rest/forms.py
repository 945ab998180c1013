"""Reading form fields as Twilio does: names in capitals, everything text, its own error for each."""

import re
from collections.abc import Iterable

from multidict import MultiMapping

from simulator.config import is_local_url
from simulator.errors import CarrierError
from simulator.model import AmdOptions, Hook, RecordOptions

E164 = re.compile(r"^\+[1-9]\d{6,14}$")
NANP = re.compile(r"^\+1[2-9]\d{2}[2-9]\d{6}$")
DIGITS = re.compile(r"^[0-9A-Da-d#*wW]{1,32}$")
CALL_EVENTS = ("initiated", "ringing", "answered", "completed")
ROOM_EVENTS = ("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement")
RECORDING_EVENTS = ("in-progress", "completed", "absent", "started", "paused", "resumed", "stopped", "failed")
AMD_RANGES = {
    "MachineDetectionSpeechThreshold": (1000, 6000),
    "MachineDetectionSpeechEndThreshold": (500, 5000),
    "MachineDetectionSilenceTimeout": (2000, 10_000),
}


class Form:
    """Fields of one request."""

    def __init__(self, fields: MultiMapping[str]) -> None:
        self._fields = fields

    def text(self, name: str, default: str = "") -> str:
        """One value; empty counts as not sent."""
        return self._fields.get(name) or default

    def has(self, name: str) -> bool:
        """Whether a value was sent."""
        return bool(self._fields.get(name))

    def flag(self, name: str, default: bool) -> bool:
        """A true/false field; raises CarrierError 20001."""
        text = self.text(name, "true" if default else "false").lower()
        if text not in ("true", "false"):
            raise CarrierError(20001, name)
        return text == "true"

    def number(self, name: str, default: float, low: float, high: float, code: int = 20001) -> float:
        """A whole number within limits; raises CarrierError."""
        text = self.text(name)
        if not text:
            return default
        if not text.isdigit() or not low <= int(text) <= high:
            raise CarrierError(code, name)
        return int(text)

    def choice(self, name: str, allowed: Iterable[str], default: str, code: int = 20001) -> str:
        """One of a few words; raises CarrierError."""
        text = self.text(name, default)
        if text not in (*allowed, default):
            raise CarrierError(code, f"{name}={text}")
        return text

    def method(self, name: str) -> str:
        """GET or POST; raises CarrierError 21209."""
        return self.choice(name, ("GET", "POST"), "POST", 21209)

    def url(self, name: str, code: int) -> str:
        """A web hook's address, "" when not sent; raises CarrierError, also for a host that isn't loopback."""
        text = self.text(name)
        if not text:
            return ""
        if not is_local_url(text):
            raise CarrierError(code, f"{name}: not a URL on loopback, and this is a simulation")
        return text

    def events(self, name: str, allowed: Iterable[str], default: str, code: int) -> frozenset[str]:
        """A repeated (or spaced) list of event names; raises CarrierError."""
        sent = " ".join(self._fields.getall(name, [])).split() or default.split()
        if wrong := set(sent) - set(allowed):
            raise CarrierError(code, f"{name}={' '.join(sorted(wrong))}")
        return frozenset(sent)

    def hook(self, name: str, allowed: Iterable[str], default: str, code: int = 21609) -> Hook | None:
        """A callback with its method and events, None when not sent; raises CarrierError."""
        events = self.events(f"{name}Event", allowed, default, 21626)
        url = self.url(name, code)
        return Hook(url, self.method(f"{name}Method"), events) if url else None


def destination(form: Form) -> str:
    """The `To` field; raises CarrierError 21201 or 21211."""
    to = form.text("To")
    if not to:
        raise CarrierError(21201)
    if to.startswith("client:") and len(to) > len("client:"):
        return to
    if not E164.match(to) or (to.startswith("+1") and not NANP.match(to)):
        raise CarrierError(21211, to)
    return to


def recording_options(form: Form, default_track: str = "both") -> RecordOptions:
    """RecordingChannels, RecordingTrack and the recording callback."""
    channels = form.choice("RecordingChannels", ("mono", "dual"), "mono")
    track = form.choice("RecordingTrack", ("inbound", "outbound", "both"), default_track)
    hook = form.hook("RecordingStatusCallback", RECORDING_EVENTS, "completed")
    return RecordOptions(2 if channels == "dual" else 1, track, hook)


def amd_options(form: Form, *, always_async: bool) -> AmdOptions | None:
    """Answering-machine detection; raises CarrierError 21234, 21262 or 21263. Ignored with SendDigits."""
    mode = form.choice("MachineDetection", ("Enable", "DetectMessageEnd"), "", 21234)
    timeout = form.number("MachineDetectionTimeout", 30, 3, 59, 21263)
    for name, (low, high) in AMD_RANGES.items():
        form.number(name, low, low, high, 21263)
    is_async = always_async or form.choice("AsyncAmd", ("true", "false"), "false", 21234) == "true"
    name = "AmdStatusCallback" if always_async else "AsyncAmdStatusCallback"
    url = form.url(name, 21262)
    if not mode or form.has("SendDigits"):
        return None
    if is_async and not url:
        raise CarrierError(21262)
    hook = Hook(url, form.method(f"{name}Method")) if is_async else None
    return AmdOptions(mode == "DetectMessageEnd", timeout, is_async, hook)
