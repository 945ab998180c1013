"""A simulator in a thread of this process, and a customer who writes down what the carrier posts."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import requests
from aiohttp import web
from twilio.request_validator import RequestValidator

from simulator.carrier import Carrier, build_carrier
from simulator.clock import Clock
from simulator.config import DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN, AccountConfig, Config
from simulator.web import build_app

# Nine in the morning on a Tuesday, New York time.
MORNING = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
# Real seconds after which something is given up, on a machine that does much at once.
PATIENCE = 60.0
# However slow this machine is, who has time stays; and answers soon.
WITH_TIME = {"ring": [1, 2], "talk": [36_000, 36_000, 36_000], "patience": [36_000, 36_000]}


@dataclass(frozen=True)
class Received:
    """One request from the carrier."""

    path: str
    method: str
    fields: dict[str, str]
    signed: bool
    headers: Mapping[str, str]
    body: str = ""


@dataclass(frozen=True)
class Elsewhere:
    """An answer that redirects the carrier."""

    location: str


@dataclass
class Customer:
    """The product's side of the web hooks: answers by path, and a diary."""

    token: str = DEFAULT_AUTH_TOKEN
    address: str = ""
    answers: dict[str, str | bytes | int | Elsewhere | Callable[[Received], str]] = field(default_factory=dict)
    diary: list[Received] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def url(self, path: str) -> str:
        """A web hook address of this customer."""
        return self.address + path

    def received(self, path: str) -> list[Received]:
        """What came to a path, in order of arrival."""
        with self.changed:
            return [one for one in self.diary if one.path == path]

    def wait_for(self, path: str, count: int = 1, where: Callable[[Received], bool] = lambda _: True) -> list[Received]:
        """Wait until `count` matching requests came to a path; fails the test when they don't."""

        def found() -> list[Received]:
            return [one for one in self.diary if one.path == path and where(one)]

        with self.changed:
            if not self.changed.wait_for(lambda: len(found()) >= count, PATIENCE):
                raise AssertionError(
                    f"{len(found())} of {count} requests to {path}; came: {[one.path for one in self.diary]}"
                )
            return found()

    def wait_for_prefix(self, prefix: str) -> list[Received]:
        """Wait for a request to an address that begins like this."""
        with self.changed:
            if not self.changed.wait_for(lambda: any(one.path.startswith(prefix) for one in self.diary), PATIENCE):
                raise AssertionError(f"nothing came to {prefix}; came: {[one.path for one in self.diary]}")
            return [one for one in self.diary if one.path.startswith(prefix)]

    async def handle(self, request: web.Request) -> web.Response:
        """Write a request down and answer it."""
        fields = {name: str(value) for name, value in (await request.post()).items()}
        url = self.address + request.path_qs
        signature = request.headers.get("X-Twilio-Signature", "")
        signed = RequestValidator(self.token).validate(url, fields, signature)
        one = Received(request.path_qs, request.method, fields, signed, dict(request.headers), await request.text())
        with self.changed:
            self.diary.append(one)
            self.changed.notify_all()
        answer = self.answers.get(request.path, 204)
        if isinstance(answer, int):
            return web.Response(status=answer)
        if isinstance(answer, Elsewhere):
            return web.Response(status=302, headers={"Location": answer.location})
        if isinstance(answer, bytes):
            return web.Response(body=answer, content_type="audio/wav")
        text = answer if isinstance(answer, str) else answer(one)
        return web.Response(text=text, content_type="text/xml")


class RunningCarrier:
    """A carrier on a port of its own. `call(function)` runs a function on its loop."""

    def __init__(self, config: Config, customer: Customer | None = None) -> None:
        self.config = config
        self.customer = customer or Customer()
        self.address = ""
        self.carrier: Carrier
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> "RunningCarrier":
        self._thread.start()
        if not self._ready.wait(PATIENCE):
            raise AssertionError("the simulator did not start")
        self.change("sale_slow", **WITH_TIME)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)

    def sim(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """A request to the control end points."""
        answer = requests.request(method, f"{self.address}/sim/{path}", json=body, timeout=PATIENCE)
        if not answer.ok:
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def pin(self, number: str, personality: str) -> None:
        """Decide who answers a number."""
        self.sim(f"callees/{number}", "PUT", {"personality": personality})

    def change(self, personality: str, **traits: Any) -> None:
        """Change what people of a personality do from their next call on."""
        cast(dict[str, Any], self.carrier.callees.personalities[personality]).update(traits)

    def fault(self, kind: str, **settings: Any) -> None:
        """Switch a fault on."""
        self.sim("faults", "POST", {"kind": kind, **settings})

    def wait_until(self, call_sid: str, ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Poll a leg's record until it is as wanted; fails the test when it never is."""
        deadline = time.monotonic() + PATIENCE
        row: dict[str, Any] = {}
        while time.monotonic() < deadline:
            row = self.sim(f"calls/{call_sid}")
            if ready(row):
                return row
        raise AssertionError(f"never as wanted: {row}")

    def wait_over(self, call_sid: str) -> dict[str, Any]:
        """Wait until a leg is over."""
        return self.wait_until(call_sid, lambda row: row["ended_at"] is not None)

    def wait_count(self, name: str, count: int) -> None:
        """Poll a counter until it stands at a number."""
        deadline = time.monotonic() + PATIENCE
        while self.sim("stats")["counts"].get(name, 0) != count:
            if time.monotonic() > deadline:
                raise AssertionError(f"{name} never counted {count}")

    def drop_browsers(self) -> None:
        """Cut every browser's signalling connection."""
        asyncio.run_coroutine_threadsafe(self.carrier.gateway.signalling.close(), self._loop).result(PATIENCE)

    def wait_browsers(self, count: int) -> None:
        """Wait until so many browsers take calls."""
        deadline = time.monotonic() + PATIENCE
        while len(self.sim("browsers")["browsers"]) != count:
            if time.monotonic() > deadline:
                raise AssertionError(f"never {count} browsers")

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self.carrier = build_carrier(self.config)
        site = web.Application()
        site.router.add_route("*", "/{path:.*}", self.customer.handle)
        runners = []
        for app in (build_app(self.carrier), site):
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            runners.append(runner)
        self.address, self.customer.address = (f"http://127.0.0.1:{one.addresses[0][1]}" for one in runners)
        self.carrier.callbacks.base_url = self.address
        self._ready.set()
        await self._stop.wait()
        for runner in runners:
            await runner.cleanup()


def fast_config(
    speed: float = 600.0, start: datetime = MORNING, accounts: Iterable[AccountConfig] = (), **settings: Any
) -> Config:
    """A fast simulator with one account that may dial as fast as it likes."""
    main = AccountConfig(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN, cps=1000.0)
    clock = Clock(start=start, origin=time.time(), speed=speed)
    config = Config(clock=clock, accounts=(main, *accounts), cps=1000.0)
    return replace(config, **settings)
