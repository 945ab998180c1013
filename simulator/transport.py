"""Signed requests to the customer's web hooks: loopback only, with Twilio's connection overrides."""

import asyncio
import hashlib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urljoin

import aiohttp
from yarl import URL

from simulator.config import is_local_url
from simulator.model import Account
from simulator.signature import SIGNATURE_HEADER, sign

MAX_REDIRECTS = 5
PARALLEL_REQUESTS = 48
REDIRECTS = (301, 302, 303)


@dataclass(frozen=True, slots=True)
class Overrides:
    """Connection overrides from a URL's fragment (times in seconds, as real time)."""

    connect_timeout: float = 5.0
    read_timeout: float = 15.0
    total_timeout: float = 15.0
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})

    @classmethod
    def parse(cls, fragment: str) -> "Overrides":
        """Read `ct=200&rt=1000&rc=2&rp=5xx,ct`; nonsense keeps the default, as at Twilio."""
        given = dict(parse_qsl(fragment))
        return cls(
            connect_timeout=_milliseconds(given, "ct", 100, 10_000, 5.0),
            read_timeout=_milliseconds(given, "rt", 100, 15_000, 15.0),
            total_timeout=_milliseconds(given, "tt", 100, 15_000, 15.0),
            retries=int(given["rc"]) if given.get("rc", "") in {"0", "1", "2", "3", "4", "5"} else 1,
            policy=frozenset(given["rp"].split(",")) if given.get("rp") else frozenset({"ct"}),
        )

    def as_timeout(self) -> aiohttp.ClientTimeout:
        """The same for the HTTP client."""
        return aiohttp.ClientTimeout(
            total=self.total_timeout, sock_connect=self.connect_timeout, sock_read=self.read_timeout
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """What the customer's server said. `failure` is "", "4xx", "5xx", "ct" or "rt"; `seconds` are real."""

    status: int = 0
    body: bytes = b""
    content_type: str = ""
    failure: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Errand:
    """One request to make: `fields`, or a JSON `body`. `token` is the same on every retry, so that it can be known."""

    account: Account
    url: str
    method: str
    fields: Mapping[str, str]
    overrides: Overrides
    token: str
    body: str = ""


class Transport:
    """One HTTP client for all web hooks. Scripts and callbacks have separate lanes: no callback delays an answer."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession
        self._lanes = {urgent: asyncio.Semaphore(PARALLEL_REQUESTS) for urgent in (True, False)}

    async def open(self) -> None:
        """Start the client; needs a running loop."""
        # Idle connections go before the usual five seconds after which a server drops them.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2)
        self._session = aiohttp.ClientSession(connector=connector)

    async def close(self) -> None:
        """Stop the client."""
        await self._session.close()

    async def send(
        self, account: Account, url: str, method: str, fields: Mapping[str, str], *, urgent: bool = False
    ) -> Reply:
        """Deliver one web hook, with retries and redirects as Twilio does them; never raises for a failure.

        Waiting for a free lane is our affair: it counts neither as a time-out nor in the reply's seconds.
        """
        address, _, fragment = url.partition("#")
        overrides = Overrides.parse(fragment)
        errand = Errand(account, address, method, fields, overrides, str(uuid.uuid4()))
        async with self._lanes[urgent]:
            began = time.monotonic()
            reply = await self._follow(errand)
            for _ in range(overrides.retries):
                if not reply.failure or not overrides.policy & {reply.failure, "all"}:
                    break
                reply = await self._follow(errand)
            return replace(reply, seconds=time.monotonic() - began)

    async def send_json(self, account: Account, url: str, body: str) -> Reply:
        """Deliver JSON once, as Event Streams does: the signed address carries the body's hash; never raises."""
        digest = hashlib.sha256(body.encode()).hexdigest()
        address = f"{url}{'&' if '?' in url else '?'}bodySHA256={digest}"
        async with self._lanes[False]:
            return await self._follow(
                Errand(account, address, "POST", {}, Overrides(total_timeout=5.0), str(uuid.uuid4()), body)
            )

    async def _follow(self, errand: Errand) -> Reply:
        for _ in range(MAX_REDIRECTS):
            if not is_local_url(errand.url):
                break
            reply, location = await self._request(errand)
            if not location:
                return reply
            # A redirect is followed with GET and loses the fields, as at Twilio.
            errand = replace(errand, url=urljoin(errand.url, location), method="GET", fields={}, body="")
        return Reply(failure="ct")

    async def _request(self, errand: Errand) -> tuple[Reply, str]:
        url, fields, data = errand.url, errand.fields, None
        if errand.method == "GET" and fields:
            url += ("&" if "?" in url else "?") + urlencode(fields)
            fields = {}
        headers = {
            "User-Agent": "TwilioProxy/1.1 (simulated)",
            "I-Twilio-Idempotency-Token": errand.token,
            SIGNATURE_HEADER: sign(errand.account.auth_token, url, fields.items()),
        }
        if errand.body:
            data = errand.body
            headers["Content-Type"] = "application/json"
        elif errand.method == "POST":
            data = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        try:
            async with self._session.request(
                errand.method,
                URL(url, encoded=True),
                data=data,
                headers=headers,
                timeout=errand.overrides.as_timeout(),
                allow_redirects=False,
            ) as response:
                body = await response.read()
                location = response.headers.get("Location", "") if response.status in REDIRECTS else ""
                failure = f"{response.status // 100}xx" if response.status >= 400 else ""
                return Reply(response.status, body, response.content_type, failure), location
        except aiohttp.ConnectionTimeoutError:
            return Reply(failure="ct"), ""
        except TimeoutError:
            return Reply(failure="rt"), ""
        except (aiohttp.ClientError, OSError, ValueError):
            return Reply(failure="ct"), ""


def _milliseconds(given: Mapping[str, str], name: str, low: int, high: int, default: float) -> float:
    text = given.get(name, "")
    return int(text) / 1000 if text.isdigit() and low <= int(text) <= high else default
