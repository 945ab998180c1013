"""Access tokens: https://www.twilio.com/docs/iam/access-tokens. Signed by an API key, carried by a browser."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt

from simulator.model import Account
from simulator.registry import Registry

ALGORITHM = "HS256"
CONTENT_TYPE = "twilio-fpa"
INVALID, EXPIRED = 31204, 31205


class TokenError(Exception):
    """The token opens nothing; `code` is what the browser is told."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(f"{code}: {text}")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token lets its bearer do. `expires_at` is a real epoch second: tokens know no simulated clock."""

    account: Account
    identity: str
    expires_at: float
    takes_calls: bool
    application_sid: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """The identity within its account."""
        return self.account.sid, self.identity

    @property
    def ttl(self) -> int:
        """Seconds left."""
        return max(0, int(self.expires_at - time.time()))


def read_token(token: str, registry: Registry) -> Grant:
    """Verify a token's signature, key, account and times; raises TokenError 31204 or 31205.

    A key signs for its account and, unlike at Twilio, for that account's subaccounts.
    """
    try:
        header, claimed = jwt.get_unverified_header(token), _unverified(token)
        issuer = str(claimed.get("iss"))
        key = registry.keys.get(issuer) or registry.adopt_key(issuer, str(claimed.get("sub")))
        if key is None or not str(header.get("cty", "")).startswith(CONTENT_TYPE):
            raise TokenError(INVALID, "AccessTokenInvalid")
        claims = jwt.decode(token, key.secret, algorithms=[ALGORITHM], options={"require": ["exp", "iss", "sub"]})
    except jwt.ExpiredSignatureError:
        raise TokenError(EXPIRED, "AccessTokenExpired") from None
    except jwt.PyJWTError:
        raise TokenError(INVALID, "AccessTokenInvalid") from None
    account = registry.accounts.get(str(claims["sub"]))
    if account is None or account.status != "active" or key.account_sid not in (account.sid, account.owner_sid):
        raise TokenError(INVALID, "AccessTokenInvalid")
    return _grant(account, claims)


def _grant(account: Account, claims: Mapping[str, Any]) -> Grant:
    try:
        grants = claims["grants"]
        voice = grants["voice"]
        outgoing = voice.get("outgoing", {})
        return Grant(
            account=account,
            identity=str(grants["identity"]),
            expires_at=float(claims["exp"]),
            takes_calls=voice.get("incoming", {}).get("allow") is True,
            application_sid=str(outgoing.get("application_sid", "")),
            params={str(name): str(value) for name, value in outgoing.get("params", {}).items()},
        )
    except (KeyError, TypeError, AttributeError):
        raise TokenError(INVALID, "AccessTokenInvalid") from None


def _unverified(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims
