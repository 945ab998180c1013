"""Browsers' legs: rung, answered, dialled by the browser, lost and taken up again, ended."""

import asyncio
import logging
import secrets
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from simulator.callbacks import call_fields
from simulator.calls import Exchange, NotConnected
from simulator.clock import Clock, Timeline
from simulator.errors import CarrierError
from simulator.model import Call, CallStatus, Script
from simulator.registry import Registry, new_sid
from simulator.softphone.media import MediaServer
from simulator.softphone.network import MediaNetwork, NoPortError
from simulator.softphone.peer import BadDescriptionError, Peer
from simulator.softphone.registrar import Identity, Listener, Registrar
from simulator.softphone.tokens import Grant

logger = logging.getLogger(__name__)

CLIENT = "client:"
SIP_UNAVAILABLE, SIP_DECLINED = 480, 603
# How long a leg outlives its signalling connection, in real seconds; less when its sound stopped too.
RECONNECT_SECONDS = 30.0
SILENT_SECONDS = 5.0
CHECK_SECONDS = 1.0
MAX_DIGITS = 64
DECLINED, NOT_FOUND, BAD_SDP = 31002, 31404, 31400


class SignallingError(Exception):
    """A request of the browser can't be met; `code` and text go back to it."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(f"{code}: {text}")


@dataclass(eq=False, slots=True)
class Leg:
    """A browser's side of a call. `alias` is the browser's own name for a call it began; `listener` is None while its
    connection is lost.
    """

    call: Call
    peer: Peer
    identity: Identity
    listener: Listener | None
    alias: str = ""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    answer: "asyncio.Future[str]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def send(self, kind: str, **payload: object) -> None:
        """Tell the browser something about this call."""
        if self.listener is not None:
            self.listener.send(kind, {"callsid": self.call.sid, **payload})


class Switchboard:
    """Joins calls of the exchange with browsers. Nobody acts on a call of another identity."""

    def __init__(
        self,
        clock: Clock,
        registry: Registry,
        exchange: Exchange,
        registrar: Registrar,
        media: MediaServer,
        network: MediaNetwork,
    ) -> None:
        self._clock = clock
        self._registry = registry
        self._exchange = exchange
        self._registrar = registrar
        self._media = media
        self._network = network
        self._legs: dict[str, Leg] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def ring(self, call: Call) -> None:
        """Ring the browser a call is for until it is answered; raises NotConnected.

        A browser that is registered is rung. Without one the simulator answers if the identity is a simulated agent.
        """
        address, _, query = call.to.partition("?")
        if not address.startswith(CLIENT):
            return
        identity = (call.account.sid, address.removeprefix(CLIENT))
        listener = self._registrar.find(identity)
        if listener is None:
            if self._registrar.is_simulated(identity):
                return
            raise NotConnected(CallStatus.NO_ANSWER, SIP_UNAVAILABLE)
        leg = self._add(call, identity, listener)
        try:
            await self._invite(leg, query)
        except BaseException:
            self._drop(leg)
            raise
        call.timeline.catch_up(self._clock.now())
        self._spawn(self._see_off(leg))

    async def connect(self, listener: Listener, grant: Grant, alias: str, sdp: str, params: str) -> None:
        """Begin a call for a browser: its TwiML application's voice URL decides what becomes of it.

        Raises SignallingError.
        """
        url = self._registry.applications.get(grant.application_sid)
        if url is None:
            raise SignallingError(NOT_FOUND, "no such TwiML application")
        at = self._clock.now()
        call = Call(
            sid=new_sid("CA"),
            account=grant.account,
            to="",
            sender=CLIENT + grant.identity,
            direction="inbound",
            created_at=at,
            updated_at=at,
            timeline=Timeline(self._clock, at),
            program=Script(),
        )
        call.program = Script(url, fields=_params(call, grant, params))
        leg = self._add(call, grant.key, listener)
        leg.alias = alias
        try:
            answer = await leg.peer.answer(sdp)
            self._exchange.place(call)
        except (BadDescriptionError, NoPortError) as error:
            self._drop(leg)
            raise SignallingError(BAD_SDP, str(error)) from None
        except CarrierError as error:
            self._drop(leg)
            raise SignallingError(DECLINED, error.message) from None
        leg.send("ringing")
        self._spawn(self._open(leg, answer))

    def accept(self, identity: Identity, sid: str, sdp: str) -> None:
        """The browser answers; raises SignallingError."""
        leg = self._leg(identity, sid)
        if not leg.answer.done():
            leg.answer.set_result(sdp)

    def reject(self, identity: Identity, sid: str) -> None:
        """The browser declines; raises SignallingError."""
        leg = self._leg(identity, sid)
        if not leg.answer.done():
            leg.answer.set_exception(NotConnected(CallStatus.BUSY, SIP_DECLINED))

    def hang_up(self, identity: Identity, sid: str) -> None:
        """The browser hangs up, or gives up; raises SignallingError."""
        self._exchange.hang_up_far_end(self._leg(identity, sid).call)

    def press(self, identity: Identity, sid: str, digits: str) -> None:
        """The browser presses keys; raises SignallingError."""
        call = self._leg(identity, sid).call
        if self._media.has_browser(call):
            self._media.press(call, digits[:MAX_DIGITS])

    async def restart(self, identity: Identity, sid: str, sdp: str) -> None:
        """The browser's network changed: take its new offer; raises SignallingError."""
        leg = self._leg(identity, sid)
        try:
            leg.send("answer", sdp=await leg.peer.answer(sdp), reconnect=leg.token)
        except BadDescriptionError as error:
            raise SignallingError(BAD_SDP, str(error)) from None

    def resume(self, listener: Listener, identity: Identity, sid: str, token: str) -> None:
        """A browser is back and takes up its call; one that ended meanwhile is hung up. Raises SignallingError."""
        leg = self._legs.get(sid)
        if leg is None:
            listener.send("hangup", {"callsid": sid})
            return
        if leg.identity != identity or not secrets.compare_digest(leg.token.encode(), token.encode()):
            raise SignallingError(NOT_FOUND, "no such call")
        leg.listener = listener
        leg.send("answer", sdp=leg.peer.sdp, reconnect=leg.token)

    def lose(self, listener: Listener) -> None:
        """A browser's connection is gone: its calls wait for it, those that still rang are not answered."""
        for leg in list(self._legs.values()):
            if leg.listener is not listener:
                continue
            leg.listener = None
            if leg.call.answered_at is not None:
                self._spawn(self._await_return(leg))
            elif not leg.answer.done() and not leg.alias:
                leg.answer.set_exception(NotConnected(CallStatus.NO_ANSWER, SIP_UNAVAILABLE))
            else:
                self._exchange.hang_up_far_end(leg.call)

    async def close(self) -> None:
        """End every leg."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        legs = list(self._legs.values())
        self._legs.clear()
        for leg in legs:
            leg.send("hangup")
        await asyncio.gather(*(leg.peer.close() for leg in legs), return_exceptions=True)

    def _leg(self, identity: Identity, sid: str) -> Leg:
        leg = self._legs.get(sid) or next((leg for leg in self._legs.values() if leg.alias == sid), None)
        if leg is None or leg.identity != identity:
            raise SignallingError(NOT_FOUND, "no such call")
        return leg

    def _add(self, call: Call, identity: Identity, listener: Listener) -> Leg:
        leg = self._legs[call.sid] = Leg(call, Peer(self._network), identity, listener)
        return leg

    def _drop(self, leg: Leg) -> None:
        self._legs.pop(leg.call.sid, None)
        self._media.disconnect(leg.call)
        self._spawn(leg.peer.close())

    async def _invite(self, leg: Leg, query: str) -> None:
        call = leg.call
        try:
            parameters = {"CallSid": call.sid, "AccountSid": call.account.sid, "From": call.sender, "To": call.to}
            if query:
                parameters["Params"] = urlencode(parse_qsl(query))
            leg.send("invite", sdp=await leg.peer.offer(), reconnect=leg.token, parameters=parameters)
            async with asyncio.timeout(call.ring_timeout / self._clock.speed):
                sdp = await leg.answer
            await leg.peer.accept(sdp)
        except TimeoutError:
            leg.send("cancel")
            raise NotConnected(CallStatus.NO_ANSWER, SIP_UNAVAILABLE) from None
        except (BadDescriptionError, NoPortError) as error:
            leg.send("hangup", error={"code": BAD_SDP, "message": str(error)})
            raise NotConnected(CallStatus.FAILED, SIP_UNAVAILABLE) from None
        except asyncio.CancelledError:
            leg.send("cancel")
            raise
        self._media.connect(call, leg.peer)

    async def _open(self, leg: Leg, answer: str) -> None:
        await leg.call.settled.wait()
        if leg.call.answered_at is not None:
            self._media.connect(leg.call, leg.peer)
            leg.send("answer", sdp=answer, reconnect=leg.token)
        await self._see_off(leg)

    async def _see_off(self, leg: Leg) -> None:
        await leg.call.ended.wait()
        leg.send("hangup")
        self._drop(leg)

    async def _await_return(self, leg: Leg) -> None:
        """End a call whose browser stays away: after half a minute, or sooner when its sound stopped as well."""
        lost_at = time.monotonic()
        while leg.listener is None and not leg.call.is_over:
            now = time.monotonic()
            if now - lost_at >= RECONNECT_SECONDS or now - max(lost_at, leg.peer.heard_at) > SILENT_SECONDS:
                self._exchange.hang_up_far_end(leg.call)
                return
            await asyncio.sleep(CHECK_SECONDS)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._bury)

    def _bury(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("softphone.crashed", exc_info=error)


def _params(call: Call, grant: Grant, params: str) -> Mapping[str, str]:
    """What the first request of an outgoing call carries; the browser can't pose as anything the carrier says."""
    reserved = call_fields(call).keys() - {"To", "Called"}
    given = {**dict(parse_qsl(params, keep_blank_values=True)), **grant.params}
    chosen = {name: value for name, value in given.items() if name not in reserved}
    return {**chosen, "CallStatus": CallStatus.RINGING.value, "ApplicationSid": grant.application_sid}
