"""A browser's end of a call as media: one WebRTC connection that carries PCMU in both directions."""

import asyncio
import logging
import time
from collections import deque
from fractions import Fraction
from typing import Any

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCSessionDescription,
)
from aiortc.exceptions import InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError
from av import Packet

from simulator.softphone.network import MediaNetwork
from simulator.softphone.pcm import FRAME, RATE, SILENCE, Samples, ulaw

logger = logging.getLogger(__name__)

TIME_BASE = Fraction(1, RATE)
PCMU = RTCRtpCodecCapability(mimeType="audio/PCMU", clockRate=RATE, channels=1)
# Frames kept for a late mixer or sender; what is older is dropped, so that delay never adds up.
WAITING_FRAMES, SENDING_FRAMES = 6, 4
# Frames to have before the first is taken: the mixer's tick and the packets' arrival don't beat in time.
CUSHION_FRAMES = 2
# What aiortc raises for descriptions that are broken or don't fit.
UNUSABLE = (ValueError, KeyError, IndexError, AttributeError, AssertionError, InvalidStateError, OperationError)


class BadDescriptionError(Exception):
    """The browser's session description can't be used."""


class OutgoingTrack(MediaStreamTrack):
    """What the browser hears, coded once and handed on as packets; Opus is never negotiated."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._packets: asyncio.Queue[Packet[Any]] = asyncio.Queue(SENDING_FRAMES)
        self._position = 0

    def send(self, frame: Samples) -> None:
        """Queue one frame; it is dropped when the network does not take them fast enough."""
        packet = Packet(ulaw(frame))
        packet.pts, packet.time_base = self._position, TIME_BASE
        self._position += FRAME
        if not self._packets.full():
            self._packets.put_nowait(packet)

    async def recv(self) -> "Packet[Any]":
        """The next packet, for the sender."""
        return await self._packets.get()


class Peer:
    """One peer connection. `heard_at` is the monotonic second of the last frame from the browser, 0 before the first.

    `connected` is set while sound can flow.
    """

    def __init__(self, network: MediaNetwork) -> None:
        self.heard_at = 0.0
        self.connected = asyncio.Event()
        self._network = network
        # An empty list: by default a public STUN server would be asked.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._outgoing = OutgoingTrack()
        self._frames: deque[Samples] = deque(maxlen=WAITING_FRAMES)
        self._is_flowing = False
        self._reader: asyncio.Task[None] | None = None
        self._connection.on("track", self._begin_reading)
        self._connection.on("connectionstatechange", self._note_state)
        self._connection.addTransceiver(self._outgoing, direction="sendrecv").setCodecPreferences([PCMU])
        network.confine(self._connection)

    @property
    def sdp(self) -> str:
        """Our session description, once there is one."""
        return self._connection.localDescription.sdp

    async def offer(self) -> str:
        """Our offer, with all candidates in it."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return self.sdp

    async def accept(self, sdp: str) -> None:
        """Take the browser's answer to our offer; raises BadDescriptionError."""
        await self._describe(sdp, "answer")

    async def answer(self, sdp: str) -> str:
        """Answer the browser's offer, a first one or one that restarts ICE; raises BadDescriptionError."""
        await self._describe(sdp, "offer")
        self._network.confine(self._connection)
        try:
            await self._connection.setLocalDescription(await self._connection.createAnswer())
        except UNUSABLE as error:
            raise BadDescriptionError(str(error)) from error
        return self.sdp

    def send(self, frame: Samples) -> None:
        """Let the browser hear one frame."""
        if self.connected.is_set():
            self._outgoing.send(frame)

    def take(self) -> Samples:
        """The next frame the browser said; silence when none has come."""
        if not self._is_flowing:
            self._is_flowing = len(self._frames) >= CUSHION_FRAMES
        if self._is_flowing and self._frames:
            return self._frames.popleft()
        self._is_flowing = False
        return SILENCE

    async def close(self) -> None:
        """End the connection and free its port."""
        if self._reader is not None:
            self._reader.cancel()
        await self._connection.close()

    async def _describe(self, sdp: str, kind: str) -> None:
        if "m=audio" not in sdp:
            raise BadDescriptionError("no audio is described")
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(sdp, kind))
        except UNUSABLE as error:
            raise BadDescriptionError(str(error)) from error

    def _note_state(self) -> None:
        if self._connection.connectionState == "connected":
            self.connected.set()
        else:
            self.connected.clear()

    def _begin_reading(self, track: MediaStreamTrack) -> None:
        if self._reader is None:
            self._reader = asyncio.create_task(self._read(track))

    async def _read(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame: Any = await track.recv()
                samples: Samples = frame.to_ndarray()[0]
                self.heard_at = time.monotonic()
                if len(samples) == FRAME:
                    self._frames.append(samples)
        except MediaStreamError:
            return
