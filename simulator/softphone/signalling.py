"""The browser's signalling connection: `wss://<host>/signal`, JSON frames, as the Voice SDK speaks it."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web

from simulator.config import is_loopback
from simulator.registry import Registry
from simulator.softphone.registrar import Registrar
from simulator.softphone.switchboard import BAD_SDP, SignallingError, Switchboard
from simulator.softphone.tokens import Grant, TokenError, read_token

logger = logging.getLogger(__name__)

HEARTBEAT = "\n"
# The browser drops a connection on which nothing came for 15 seconds.
HEARTBEAT_SECONDS = 5.0
MAX_MESSAGE = 64 * 1024
REGION = "simulated"
NOT_SIGNED_IN, NOT_ALLOWED = 31201, 31403
Payload = Mapping[str, Any]


class Signalling:
    """The end point that opens sessions."""

    def __init__(
        self, registry: Registry, registrar: Registrar, switchboard: Switchboard, origins: tuple[str, ...]
    ) -> None:
        self._registry = registry
        self._registrar = registrar
        self._switchboard = switchboard
        self._origins = origins
        self._sessions: set[Session] = set()

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one browser until it goes; a page of a foreign origin is refused with 403."""
        if not self._is_allowed(request.headers.get("Origin", "")):
            raise web.HTTPForbidden(text="This origin may not connect; see SIM_ORIGINS.")
        socket = web.WebSocketResponse(max_msg_size=MAX_MESSAGE)
        await socket.prepare(request)
        session = Session(socket, self._registry, self._registrar, self._switchboard)
        self._sessions.add(session)
        try:
            await session.serve()
        finally:
            self._sessions.discard(session)
        return socket

    async def close(self) -> None:
        """Close every connection; browsers try again by themselves."""
        for session in list(self._sessions):
            await session.close()

    def _is_allowed(self, origin: str) -> bool:
        if self._origins:
            return origin in self._origins
        return is_loopback(urlsplit(origin).hostname)


class Session:
    """One connection. Before a token is accepted it can do nothing."""

    def __init__(
        self, socket: web.WebSocketResponse, registry: Registry, registrar: Registrar, switchboard: Switchboard
    ) -> None:
        self._socket = socket
        self._registry = registry
        self._registrar = registrar
        self._switchboard = switchboard
        self._grant: Grant | None = None
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._handlers: dict[str, Callable[[Grant, Payload], Awaitable[None]]] = {
            "register": self._register,
            "invite": self._invite,
            "answer": self._answer,
            "hangup": self._hang_up,
            "reject": self._reject,
            "dtmf": self._press,
            "reinvite": self._reinvite,
        }

    def send(self, kind: str, payload: dict[str, object]) -> None:
        """Queue one message; one to a connection that is gone is lost."""
        self._outbox.put_nowait(json.dumps({"type": kind, "version": "1.6", "payload": payload}))

    async def serve(self) -> None:
        """Read until the browser goes."""
        writer = asyncio.create_task(self._write())
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT and message.data != HEARTBEAT:
                    await self._receive(message.data)
        finally:
            writer.cancel()
            if self._grant is not None:
                self._registrar.lose(self._grant.key, self)
            self._switchboard.lose(self)

    async def close(self) -> None:
        """End the connection from our side."""
        await self._socket.close()

    async def _write(self) -> None:
        while not self._socket.closed:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    text = await self._outbox.get()
            except TimeoutError:
                text = HEARTBEAT
            try:
                await self._socket.send_str(text)
            except ConnectionError:
                return

    async def _receive(self, text: str) -> None:
        kind, payload = _parse(text)
        try:
            if kind == "listen":
                self._listen(payload)
            elif handler := self._handlers.get(kind):
                await handler(self._signed_in(), payload)
        except (SignallingError, TokenError) as error:
            about = {"callsid": payload["callsid"]} if payload.get("callsid") else {}
            self.send("error", {"error": {"code": error.code, "message": error.text}, **about})

    def _signed_in(self) -> Grant:
        if self._grant is None:
            raise SignallingError(NOT_SIGNED_IN, "AuthenticationFailed")
        return self._grant

    def _listen(self, payload: Payload) -> None:
        grant = read_token(str(payload.get("token", "")), self._registry)
        if self._grant is not None and self._grant.key != grant.key:
            raise SignallingError(NOT_ALLOWED, "a connection keeps its identity")
        self._grant = grant
        self.send(
            "connected", {"token": {"identity": grant.identity, "ttl": grant.ttl}, "region": REGION, "edge": REGION}
        )

    async def _register(self, grant: Grant, payload: Payload) -> None:
        media = payload.get("media")
        if not (isinstance(media, dict) and media.get("audio")):
            self._registrar.sign_off(grant.key, self)
            self.send("offline", {})
            return
        if not grant.takes_calls:
            raise SignallingError(NOT_ALLOWED, "the token does not allow incoming calls")
        self._registrar.register(grant.key, self)
        self.send("ready", {})

    async def _invite(self, grant: Grant, payload: Payload) -> None:
        sid, sdp = _text(payload, "callsid"), _text(payload, "sdp")
        if token := payload.get("reconnect"):
            self._switchboard.resume(self, grant.key, sid, str(token))
            return
        twilio = payload.get("twilio")
        params = twilio.get("params", "") if isinstance(twilio, dict) else ""
        try:
            await self._switchboard.connect(self, grant, sid, sdp, str(params))
        except SignallingError as error:
            self.send("hangup", {"callsid": sid, "error": {"code": error.code, "message": error.text}})

    async def _answer(self, grant: Grant, payload: Payload) -> None:
        self._switchboard.accept(grant.key, _text(payload, "callsid"), _text(payload, "sdp"))

    async def _hang_up(self, grant: Grant, payload: Payload) -> None:
        self._switchboard.hang_up(grant.key, _text(payload, "callsid"))

    async def _reject(self, grant: Grant, payload: Payload) -> None:
        self._switchboard.reject(grant.key, _text(payload, "callsid"))

    async def _press(self, grant: Grant, payload: Payload) -> None:
        self._switchboard.press(grant.key, _text(payload, "callsid"), _text(payload, "dtmf"))

    async def _reinvite(self, grant: Grant, payload: Payload) -> None:
        await self._switchboard.restart(grant.key, _text(payload, "callsid"), _text(payload, "sdp"))


def _parse(text: str) -> tuple[str, Payload]:
    try:
        message = json.loads(text)
        kind, payload = message["type"], message.get("payload") or {}
    except (ValueError, KeyError, TypeError, AttributeError):
        logger.warning("signalling.unreadable")
        return "", {}
    return str(kind), payload if isinstance(payload, dict) else {}


def _text(payload: Payload, name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not value:
        raise SignallingError(BAD_SDP, f"{name} is missing")
    return value
