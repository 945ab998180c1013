"""Signed requests to the customer's web hooks: loopback only, with Twilio's connection overrides."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import aiohttp
from yarl import URL

from simulator.config import is_loopback
from simulator.model import Account
from simulator.signature import SIGNATURE_HEADER, sign

MAX_REDIRECTS = 5
PARALLEL_REQUESTS = 48
MAX_BODY = 1_000_000


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


@dataclass(frozen=True, slots=True)
class Reply:
    """What the customer's server said. `failure` is "", "4xx", "5xx", "ct" or "rt"; `seconds` are real."""

    status: int = 0
    body: bytes = b""
    content_type: str = ""
    url: str = ""
    failure: str = ""
    seconds: float = 0.0


class Transport:
    """One HTTP client for all web hooks. Scripts and callbacks have separate pools: no callback delays an answer."""

    def __init__(self) -> None:
        self._pools: dict[bool, aiohttp.ClientSession] = {}

    async def open(self) -> None:
        """Start the client; needs a running loop."""
        for urgent in (True, False):
            connector = aiohttp.TCPConnector(limit=PARALLEL_REQUESTS)
            self._pools[urgent] = aiohttp.ClientSession(connector=connector, trust_env=False)

    async def close(self) -> None:
        """Stop the client."""
        for pool in self._pools.values():
            await pool.close()

    async def send(
        self, account: Account, url: str, method: str, fields: Mapping[str, str], *, urgent: bool = False
    ) -> Reply:
        """Deliver one web hook, with retries and redirects as Twilio does them; never raises for a failure."""
        address, _, fragment = url.partition("#")
        overrides = Overrides.parse(fragment)
        token = str(uuid.uuid4())
        began = time.monotonic()
        reply = Reply(failure="ct", url=address)
        for _ in range(overrides.retries + 1):
            reply = await self._attempt(account, address, method, fields, overrides, token, urgent)
            if not (reply.failure and overrides.policy & {reply.failure, "all"}):
                break
        return Reply(reply.status, reply.body, reply.content_type, reply.url, reply.failure, time.monotonic() - began)

    async def _attempt(
        self,
        account: Account,
        url: str,
        method: str,
        fields: Mapping[str, str],
        overrides: Overrides,
        token: str,
        urgent: bool,
    ) -> Reply:
        reply = Reply(failure="ct", url=url)
        for _ in range(MAX_REDIRECTS):
            if not is_loopback(urlsplit(url).hostname):
                return Reply(failure="ct", url=url)
            reply, location = await self._request(account, url, method, fields, overrides, token, urgent)
            if not location:
                return reply
            # A redirect is followed with GET and loses the fields, as at Twilio.
            url, method, fields = urljoin(url, location), "GET", {}
        return Reply(reply.status, b"", "", url, "4xx")

    async def _request(
        self,
        account: Account,
        url: str,
        method: str,
        fields: Mapping[str, str],
        overrides: Overrides,
        token: str,
        urgent: bool,
    ) -> tuple[Reply, str]:
        if method == "GET" and fields:
            url += ("&" if "?" in url else "?") + urlencode(fields)
            fields = {}
        headers = {
            "User-Agent": "TwilioProxy/1.1 (simulated)",
            "I-Twilio-Idempotency-Token": token,
            SIGNATURE_HEADER: sign(account.auth_token, url, fields.items()),
        }
        timeout = aiohttp.ClientTimeout(
            total=overrides.total_timeout,
            sock_connect=overrides.connect_timeout,
            sock_read=overrides.read_timeout,
        )
        data = None
        if method == "POST":
            data = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        try:
            async with self._pools[urgent].request(
                method, URL(url, encoded=True), data=data, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                body = await response.content.read(MAX_BODY)
                location = response.headers.get("Location", "") if response.status in (301, 302, 303) else ""
                failure = f"{response.status // 100}xx" if response.status >= 400 else ""
                return Reply(response.status, body, response.content_type, url, failure), location
        except (aiohttp.ServerTimeoutError, TimeoutError) as error:
            connecting = isinstance(error, aiohttp.ConnectionTimeoutError)
            return Reply(url=url, failure="ct" if connecting else "rt"), ""
        except (aiohttp.ClientError, OSError, ValueError):
            return Reply(url=url, failure="ct"), ""


def _milliseconds(given: Mapping[str, str], name: str, low: int, high: int, default: float) -> float:
    text = given.get(name, "")
    return int(text) / 1000 if text.isdigit() and low <= int(text) <= high else default
