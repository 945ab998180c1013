"""Recordings: their life and length. Their sound, where a browser made any, is on the media server's tapes."""

import asyncio
import io
import wave
from datetime import datetime
from math import ceil
from typing import Any

from simulator.callbacks import Callbacks
from simulator.clock import Clock
from simulator.errors import CarrierError
from simulator.model import Account, Call, Recording, RecordOptions, Room
from simulator.registry import Registry, new_sid

PROCESSING_SECONDS = 2.0
MAX_MEDIA_SECONDS = 60
SAMPLE_RATE, SAMPLE_BYTES = 8_000, 2


class Recordings:
    """Starts, pauses and completes recordings, and says so."""

    def __init__(self, clock: Clock, registry: Registry, callbacks: Callbacks) -> None:
        self._clock = clock
        self._registry = registry
        self._callbacks = callbacks

    def start_for_call(self, call: Call, options: RecordOptions, source: str, at: datetime) -> Recording:
        """Record a leg from now on."""
        recording = self._start(call.account, options, source, at)
        recording.call_sid = call.sid
        call.recordings.append(recording)
        self._callbacks.recording(recording, "in-progress")
        return recording

    def start_for_room(self, room: Room, options: RecordOptions, at: datetime) -> Recording:
        """Record a conference from now on."""
        recording = self._start(room.account, options, "Conference", at)
        recording.room_sid = room.sid
        room.recording = recording
        self._callbacks.recording(recording, "in-progress")
        return recording

    def change(self, recording: Recording, status: str, pause_behavior: str, at: datetime) -> None:
        """Pause, resume or stop; raises CarrierError 20409 when the recording is over."""
        if recording.status not in ("in-progress", "paused"):
            raise CarrierError(20409, "the recording is not in progress")
        if status == "paused" and recording.status == "in-progress":
            recording.status, recording.paused_at = "paused", at
            recording.skips_pauses = pause_behavior == "skip"
        elif status == "in-progress":
            self._resume(recording, at)
            recording.status = "in-progress"
        elif status == "stopped":
            self.stop(recording, at, "stopped")
        recording.updated_at = at

    def stop(self, recording: Recording, at: datetime, status: str = "processing") -> None:
        """End a recording; it is complete, with its callback, a little later."""
        if recording.status not in ("in-progress", "paused"):
            return
        self._resume(recording, at)
        length = (at - recording.started_at).total_seconds() - recording.skipped_seconds
        recording.seconds = max(0, ceil(length))
        recording.status, recording.updated_at = status, at
        delay = PROCESSING_SECONDS / self._clock.speed
        asyncio.get_running_loop().call_later(delay, self._complete, recording)

    def _start(self, account: Account, options: RecordOptions, source: str, at: datetime) -> Recording:
        recording = Recording(new_sid("RE"), account, source, at, at, options)
        self._registry.recordings[recording.sid] = recording
        return recording

    def _resume(self, recording: Recording, at: datetime) -> None:
        if recording.paused_at is None:
            return
        if recording.skips_pauses:
            recording.skipped_seconds += (at - recording.paused_at).total_seconds()
        recording.paused_at = None

    def _complete(self, recording: Recording) -> None:
        recording.status = "completed" if recording.seconds else "absent"
        recording.updated_at = self._clock.now()
        self._callbacks.recording(recording, recording.status)


def silence(recording: Recording) -> bytes:
    """A WAV file as long as the recording, at most a minute, with nothing in it."""
    seconds = min(recording.seconds or 0, MAX_MEDIA_SECONDS)
    buffer = io.BytesIO()
    # Wave_write in typeshed takes a binary file; Any keeps the call readable across versions.
    writer: Any = wave.open(buffer, "wb")  # noqa: SIM115 -- closed below, before the buffer is read
    writer.setnchannels(recording.options.channels)
    writer.setsampwidth(SAMPLE_BYTES)
    writer.setframerate(SAMPLE_RATE)
    writer.writeframes(bytes(SAMPLE_RATE * SAMPLE_BYTES * seconds * recording.options.channels))
    writer.close()
    return buffer.getvalue()
