"""What the simulator is told at start, and what it refuses to be told."""

import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from simulator.clock import Clock

# A real SID is 32 random hex digits, so twelve leading zeros mean "simulated" beyond doubt
# (a real one has them once in 2**48). A real secret is 32 hex digits; a simulated one says it is one.
SIMULATED_SID = re.compile(r"^[A-Z]{2}0{12}[0-9a-f]{20}$")
ANY_SID = re.compile(r"^[A-Z]{2}[0-9a-fA-F]{32}$")
SECRET_PREFIX = "simulated-"  # noqa: S105 -- the mark of a secret that opens nothing
DEFAULT_ACCOUNT_SID = "AC" + "1".zfill(32)
DEFAULT_AUTH_TOKEN = SECRET_PREFIX + "token"
DEFAULT_KEY_SID = "SK" + "1".zfill(32)
DEFAULT_KEY_SECRET = SECRET_PREFIX + "api-key-secret-that-opens-nothing"
# Below this, HMAC with SHA-256 is weaker than its digest; Twilio's secrets are as long.
MIN_SECRET = 32
PERSONALITIES = Path(__file__).with_name("personalities.toml")


class ConfigError(Exception):
    """The simulator can't start like this."""


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """One account to provision. With no `numbers`, every fictional number counts as owned by it."""

    sid: str
    auth_token: str
    cps: float = 1.0
    numbers: tuple[str, ...] = ()
    owner_sid: str = ""
    max_calls: int = 0
    is_trial: bool = False
    closed_countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyConfig:
    """An API key, which signs the access tokens of browsers for an account and its subaccounts."""

    sid: str
    secret: str
    account_sid: str
    friendly_name: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SoftphoneConfig:
    """What browsers may do and where their media goes.

    `applications`: voice URL by TwiML application SID. `origins`: pages that may connect; none = any on loopback.
    `agents`: patterns of identities that the simulator answers for when no browser does.
    """

    keys: tuple[KeyConfig, ...] = (KeyConfig(DEFAULT_KEY_SID, DEFAULT_KEY_SECRET, DEFAULT_ACCOUNT_SID),)
    applications: Mapping[str, str] = field(default_factory=dict)
    origins: tuple[str, ...] = ()
    agents: tuple[str, ...] = ("*",)
    media_address: str = "127.0.0.1"
    advertised_address: str = ""
    media_ports: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the simulator knows at start.

    `adopts_accounts`: open an unknown account on its first request if its credentials are plainly simulated, so that
    a customer's stored subaccounts outlive a restart of the simulator.
    """

    clock: Clock
    accounts: tuple[AccountConfig, ...]
    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 1
    cps: float = 1.0
    personalities: Path = PERSONALITIES
    faults: tuple[Mapping[str, Any], ...] = ()
    keep_calls: int = 10_000
    keep_dials: int = 50_000
    concurrent_requests: int = 100
    adopts_accounts: bool = True
    softphone: SoftphoneConfig = field(default_factory=SoftphoneConfig)
    # Where e-mails are caught, 0 for any port; None catches none.
    smtp_port: int | None = None


def config_from_env(environ: Mapping[str, str]) -> Config:
    """Read the configuration; raises ConfigError, also when a credential could be a live one."""
    refuse_live_credentials(environ)
    cps = _number(environ, "SIM_CPS", 1.0)
    try:
        faults = tuple(json.loads(environ.get("SIM_FAULTS") or "[]"))
    except ValueError as error:
        raise ConfigError(f"SIM_FAULTS is not a JSON list: {error}") from None
    accounts = _accounts(environ, cps)
    return Config(
        clock=clock_from_env(environ),
        accounts=accounts,
        host=environ.get("SIM_HOST") or "127.0.0.1",
        port=int(_number(environ, "SIM_PORT", 8010)),
        seed=int(_number(environ, "SIM_SEED", 1)),
        cps=cps,
        personalities=Path(environ.get("SIM_PERSONALITIES") or PERSONALITIES),
        faults=faults,
        adopts_accounts=environ.get("SIM_ADOPT", "1") != "0",
        keep_calls=int(_number(environ, "SIM_KEEP_CALLS", 10_000)),
        keep_dials=int(_number(environ, "SIM_KEEP_DIALS", 50_000)),
        softphone=softphone_from_env(environ, accounts[0].sid),
        smtp_port=int(_number(environ, "SIM_SMTP_PORT", 0)) if environ.get("SIM_SMTP_PORT") else None,
    )


def softphone_from_env(environ: Mapping[str, str], account_sid: str) -> SoftphoneConfig:
    """API keys, TwiML applications, origins, simulated agents, media address and ports; raises ConfigError."""
    keys = [
        KeyConfig(
            environ.get("TWILIO_API_KEY_SID") or DEFAULT_KEY_SID,
            environ.get("TWILIO_API_KEY_SECRET") or DEFAULT_KEY_SECRET,
            account_sid,
        )
    ]
    # SIM_KEYS = "sid:secret[:account sid]" and SIM_APPLICATIONS = "sid=voice url" entries separated by spaces.
    for entry in environ.get("SIM_KEYS", "").split():
        sid, secret, *rest = entry.split(":")
        keys.append(KeyConfig(sid, secret, rest[0] if rest else account_sid))
    for key in keys:
        check_key(key)
    applications = dict(entry.split("=", 1) for entry in environ.get("SIM_APPLICATIONS", "").split())
    for sid, url in applications.items():
        check_application(sid, url)
    return SoftphoneConfig(
        keys=tuple(keys),
        applications=applications,
        origins=tuple(environ.get("SIM_ORIGINS", "").split()),
        agents=tuple(environ.get("SIM_AGENTS", "*").split()),
        media_address=environ.get("SIM_MEDIA_ADDRESS") or "127.0.0.1",
        advertised_address=environ.get("SIM_MEDIA_ADVERTISED", ""),
        media_ports=_ports(environ.get("SIM_MEDIA_PORTS", "")),
    )


def clock_from_env(environ: Mapping[str, str]) -> Clock:
    """CLOCK_START, CLOCK_ORIGIN and CLOCK_SPEED; without them the clock is the real one."""
    origin = _number(environ, "CLOCK_ORIGIN", time.time())
    speed = _number(environ, "CLOCK_SPEED", 1.0)
    if speed <= 0:
        raise ConfigError("CLOCK_SPEED must be above 0")
    text = environ.get("CLOCK_START")
    if not text:
        return Clock(start=datetime.fromtimestamp(origin, UTC), origin=origin, speed=speed)
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"CLOCK_START is not an ISO instant: {text!r}") from None
    if start.tzinfo is None:
        raise ConfigError("CLOCK_START needs an offset, for instance +00:00")
    return Clock(start=start.astimezone(UTC), origin=origin, speed=speed)


def refuse_live_credentials(environ: Mapping[str, str]) -> None:
    """Raise ConfigError when a TWILIO_* value or a simulated account could be real."""
    for name, value in environ.items():
        if name.startswith("TWILIO_") and _looks_live(value):
            raise ConfigError(
                f"{name} looks like a live Twilio credential; the simulator only accepts SIDs with twelve "
                f"leading zeros and secrets that begin with {SECRET_PREFIX!r}"
            )


def check_credentials(sid: str, auth_token: str) -> None:
    """Raise ConfigError unless both are plainly simulated."""
    if not (SIMULATED_SID.match(sid) and sid.startswith("AC")):
        raise ConfigError(f"account SID {sid!r} is not a simulated one: AC, twelve zeros, twenty hex digits")
    if not auth_token.startswith(SECRET_PREFIX):
        raise ConfigError(f"the auth token of {sid} must begin with {SECRET_PREFIX!r}")


def check_key(key: KeyConfig) -> None:
    """Raise ConfigError unless an API key is plainly simulated and long enough to sign with."""
    if not (SIMULATED_SID.match(key.sid) and key.sid.startswith("SK")):
        raise ConfigError(f"API key {key.sid!r} is not a simulated one: SK, twelve zeros, twenty hex digits")
    if not key.secret.startswith(SECRET_PREFIX) or len(key.secret) < MIN_SECRET:
        raise ConfigError(f"the secret of {key.sid} must begin with {SECRET_PREFIX!r} and have {MIN_SECRET} characters")


def check_application(sid: str, voice_url: str) -> None:
    """Raise ConfigError unless a TwiML application is plainly simulated and its voice URL on this machine."""
    if not (SIMULATED_SID.match(sid) and sid.startswith("AP")):
        raise ConfigError(f"application {sid!r} is not a simulated one: AP, twelve zeros, twenty hex digits")
    if not is_local_url(voice_url):
        raise ConfigError(f"the voice URL of {sid} is not on this machine")


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False


def is_local_url(url: str) -> bool:
    """Whether a URL is http(s) on this machine; underscores in a host name are refused, as at Twilio."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and is_loopback(parts.hostname) and "_" not in (parts.hostname or "")
    except ValueError:
        return False


def _looks_live(value: str) -> bool:
    if re.fullmatch(r"[0-9a-fA-F]{32}", value):
        return True
    return bool(ANY_SID.match(value)) and not SIMULATED_SID.match(value)


def _accounts(environ: Mapping[str, str], cps: float) -> tuple[AccountConfig, ...]:
    main = AccountConfig(
        sid=environ.get("TWILIO_ACCOUNT_SID") or DEFAULT_ACCOUNT_SID,
        auth_token=environ.get("TWILIO_AUTH_TOKEN") or DEFAULT_AUTH_TOKEN,
        cps=cps,
    )
    accounts = [main]
    # SIM_ACCOUNTS = "sid:token[:cps[:number,number]]" entries separated by spaces; each is a subaccount of the first.
    for entry in environ.get("SIM_ACCOUNTS", "").split():
        sid, token, *rest = entry.split(":")
        numbers = tuple(rest[1].split(",")) if len(rest) > 1 else ()
        accounts.append(
            AccountConfig(sid, token, float(rest[0]) if rest and rest[0] else cps, numbers, owner_sid=main.sid)
        )
    for account in accounts:
        check_credentials(account.sid, account.auth_token)
    return tuple(accounts)


def _ports(text: str) -> tuple[int, int]:
    """The UDP range in `40000-40039`; any port when empty."""
    if not text:
        return 0, 0
    first, _, last = text.partition("-")
    if not (first.isdigit() and last.isdigit() and 0 < int(first) <= int(last) < 65_536):
        raise ConfigError(f"SIM_MEDIA_PORTS is not a range of ports like 40000-40039: {text!r}")
    return int(first), int(last)


def _number(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name)
    try:
        return float(text) if text else default
    except ValueError:
        raise ConfigError(f"{name} is not a number: {text!r}") from None


def environment(arguments: Mapping[str, Any]) -> dict[str, str]:
    """The process environment with command-line arguments laid over it as SIM_* values."""
    given = {f"SIM_{name.upper()}": str(value) for name, value in arguments.items() if value is not None}
    return {**os.environ, **given}
