"""A browser without a browser: the Voice SDK's signalling and a WebRTC connection, in a thread of its own."""

import asyncio
import json
import threading
import uuid
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import urlencode

import aiohttp
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame
from numpy.typing import NDArray
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from simulator.config import DEFAULT_ACCOUNT_SID, DEFAULT_KEY_SECRET, DEFAULT_KEY_SID
from tests.conformance.running import PATIENCE

Samples = NDArray[np.int16]
T = TypeVar("T")
RATE, FRAME = 8_000, 160
FRAMES_A_LOOK = 5
QUIET = 60.0
APPLICATION = "AP" + "7".zfill(32)
ORIGIN = "http://localhost:8000"


def token(identity: str = "t1-u7", *, takes_calls: bool = True, **settings: Any) -> str:
    """An access token as the product signs it."""
    given = {"account_sid": DEFAULT_ACCOUNT_SID, "signing_key_sid": DEFAULT_KEY_SID, "secret": DEFAULT_KEY_SECRET}
    access = AccessToken(**given | settings, identity=identity)
    access.add_grant(VoiceGrant(outgoing_application_sid=APPLICATION, incoming_allow=takes_calls))
    return str(access.to_jwt())


def tone(hz: float, seconds: float, amplitude: float = 8_000) -> Samples:
    return (np.sin(np.arange(round(seconds * RATE)) * 2 * np.pi * hz / RATE) * amplitude).astype(np.int16)


def level(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples.astype(float))))) if len(samples) else 0.0


def pitch(samples: Samples) -> float:
    """The strongest frequency, in hertz."""
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * RATE / len(samples))


def power(samples: Samples, hz: float) -> float:
    """The level of one frequency."""
    at = np.arange(len(samples)) * 2 * np.pi * hz / RATE
    return float(np.abs(np.sum(samples * np.exp(-1j * at))) / len(samples)) if len(samples) else 0.0


def likeness(sound: Samples, within: Samples) -> float:
    """How well one sound is found in another: the best correlation of their envelopes, up to 1."""
    wanted, found = envelope(sound), envelope(within)
    if len(found) < len(wanted):
        return 0.0
    wanted = (wanted - wanted.mean()) / np.linalg.norm(wanted - wanted.mean())
    windows = np.lib.stride_tricks.sliding_window_view(found, len(wanted))
    spread = windows.std(axis=1) * np.sqrt(len(wanted))
    return float(np.max((windows @ wanted) / np.maximum(spread, 1.0)))


def envelope(samples: Samples) -> NDArray[np.float64]:
    """Loudness over 20 ms, every 2.5 ms."""
    total = np.concatenate([[0.0], np.cumsum(np.abs(samples.astype(float)))])
    loudness: NDArray[np.float64] = (total[FRAME:] - total[:-FRAME])[:: FRAME // 8] / FRAME
    return loudness


class Microphone(MediaStreamTrack):
    """What the person says: queued sound, else silence, at the pace of speech."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.waiting: Samples = np.zeros(0, np.int16)
        self._position = 0
        self._began: float | None = None

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        loop = asyncio.get_running_loop()
        self._began = self._began or loop.time()
        await asyncio.sleep(max(0.0, self._began + self._position / RATE - loop.time()))
        said, self.waiting = self.waiting[:FRAME], self.waiting[FRAME:]
        samples = np.concatenate([said, np.zeros(FRAME - len(said), np.int16)])
        frame = AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, self._position
        self._position += FRAME
        return frame


class BrowserPhone:
    """One browser tab with a softphone. Every method may be called from the test's thread."""

    def __init__(self, address: str, origin: str = ORIGIN) -> None:
        self.address = address.replace("http:", "ws:") + "/signal"
        self.origin = origin
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.heard: list[Samples] = []
        self.reconnect = ""
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._session: aiohttp.ClientSession | None = None
        self._peer: RTCPeerConnection | None = None
        self._microphone = Microphone()
        self._tasks: list[asyncio.Task[None]] = []

    def __enter__(self) -> "BrowserPhone":
        self._thread.start()
        self.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def send(self, kind: str, **payload: Any) -> None:
        self.send_text(json.dumps({"type": kind, "version": "1.6", "payload": payload}))

    def send_text(self, text: str) -> None:
        self.run(self._socket.send_str(text))

    def sign_in(self, access_token: str | None = None) -> "BrowserPhone":
        """Listen and register; waits until the carrier is ready to ring this browser."""
        self.send("listen", token=access_token or token(), browserinfo={}, reconnectTimeout=30)
        self.send("register", media={"audio": True})
        self.expect("ready")
        return self

    def expect(self, kind: str, count: int = 1) -> dict[str, Any]:
        """Wait for the nth message of a kind; its payload."""

        def found() -> list[dict[str, Any]]:
            return [payload for one, payload in self.messages if one == kind]

        with self._changed:
            if not self._changed.wait_for(lambda: len(found()) >= count, PATIENCE):
                raise AssertionError(f"no {kind!r}; came: {self.messages}")
            return found()[count - 1]

    def take_call(self) -> str:
        """Answer the next call; its SID."""
        invite = self.expect("invite")
        self.reconnect = invite["reconnect"]
        self.send("answer", callsid=invite["callsid"], sdp=self.run(self._answer(invite["sdp"])))
        return str(invite["callsid"])

    def dial(self, **params: str) -> str:
        """Begin a call with these parameters; waits for the answer. Returns the call's SID."""
        self.send(
            "invite", callsid=f"TJS{uuid.uuid4()}", sdp=self.run(self._offer()), twilio={"params": urlencode(params)}
        )
        answer = self.expect("answer")
        self.reconnect = answer["reconnect"]
        self.run(self._accept(answer["sdp"]))
        return str(answer["callsid"])

    def restart(self, call_sid: str) -> None:
        """Renegotiate a call, as after a change of network."""
        count = len([one for one, _ in self.messages if one == "answer"])
        self.send("reinvite", callsid=call_sid, sdp=self.run(self._offer()))
        self.run(self._accept(self.expect("answer", count + 1)["sdp"]))

    def resume(self, call_sid: str, access_token: str | None = None) -> None:
        """Come back after a lost connection and take up a call."""
        self.run(self._open())
        self.send("listen", token=access_token or token(), browserinfo={}, reconnectTimeout=30)
        self.send("invite", callsid=call_sid, sdp="v=0", reconnect=self.reconnect, twilio={})

    def drop(self) -> None:
        """Lose the signalling connection without a word."""
        self.run(self._drop())

    def die(self) -> None:
        """The browser crashes: no more signalling, no more sound, no farewell."""
        self._microphone.stop()
        self.run(self._drop())

    def say(self, samples: Samples) -> None:
        self._loop.call_soon_threadsafe(self._speak, samples)

    def forget(self) -> None:
        """Listen anew from here."""
        with self._changed:
            self.heard.clear()

    def listen(self, seconds: float) -> Samples:
        """Everything heard since `forget`, once it is so long."""
        return self.hear(lambda sound: len(sound) >= seconds * RATE)

    def hear(self, enough: Callable[[Samples], bool], window: float = 60.0) -> Samples:
        """Wait until what was heard lately is as wanted; fails the test when it never is."""

        def lately() -> Samples:
            return np.concatenate([np.zeros(0, np.int16), *self.heard[-round(window * RATE / FRAME) :]])

        with self._changed:
            if not self._changed.wait_for(lambda: enough(lately()), PATIENCE):
                raise AssertionError(f"never heard; level {level(lately())}, pitch {pitch(lately())}")
            return lately()

    def hear_tone(self, hz: float, seconds: float = 0.4) -> Samples:
        """Wait until a steady tone was heard for so long."""
        return self.hear(lambda sound: len(sound) >= seconds * RATE and power(sound, hz) > 700, window=seconds)

    def hear_silence(self, seconds: float = 0.2) -> Samples:
        """Wait until nothing was heard for so long."""
        return self.hear(lambda sound: len(sound) >= seconds * RATE and level(sound) < QUIET, window=seconds)

    async def _open(self) -> None:
        if self._session is not None:
            await self._session.close()
        self._session = aiohttp.ClientSession()
        try:
            self._socket = await self._session.ws_connect(
                self.address, headers={"Origin": self.origin} if self.origin else {}
            )
        except aiohttp.WSServerHandshakeError:
            await self._session.close()
            raise
        self._tasks.append(asyncio.create_task(self._read(self._socket)))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.data == "\n":
                await socket.send_str("\n")
                continue
            data = json.loads(message.data)
            with self._changed:
                self.messages.append((data["type"], data["payload"]))
                self._changed.notify_all()

    def _speak(self, samples: Samples) -> None:
        self._microphone.waiting = np.concatenate([self._microphone.waiting, samples])

    def _connection(self) -> RTCPeerConnection:
        if self._peer is None:
            self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
            self._peer.on("track", lambda track: self._tasks.append(asyncio.create_task(self._listen(track))))
            self._peer.addTrack(self._microphone)
        return self._peer

    async def _listen(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame: Any = await track.recv()
                with self._changed:
                    self.heard.append(frame.to_ndarray()[0])
                    if len(self.heard) % FRAMES_A_LOOK == 0:
                        self._changed.notify_all()
        except MediaStreamError:
            return

    async def _answer(self, sdp: str) -> str:
        peer = self._connection()
        await peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        return without_candidates(peer.localDescription.sdp)

    async def _offer(self) -> str:
        peer = self._connection()
        await peer.setLocalDescription(await peer.createOffer())
        return without_candidates(peer.localDescription.sdp)

    async def _accept(self, sdp: str) -> None:
        await self._connection().setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def _drop(self) -> None:
        # No closing handshake: the connection goes away beneath the socket.
        if self._session is not None:
            await self._session.close()

    async def _close(self) -> None:
        if self._peer is not None:
            await self._peer.close()
        if self._session is not None:
            await self._session.close()
        # Also those of libraries: a task that is left behind complains when it is collected, in the midst of another test.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def without_candidates(sdp: str) -> str:
    """The SDK sends its description before it has any candidate, and never sends one."""
    lines = sdp.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("a=candidate", "a=end-of-candidates")))
