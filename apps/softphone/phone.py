"""The agent's phone: what the carrier's program in the browser needs to take calls.

The page does not know which carrier it talks to; in a simulation only the options differ.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from apps.accounts.models import User
from apps.calls.addresses import client_identity, coach_identity, test_identity
from apps.core.errors import ConflictError
from apps.softphone.domain.tones import SOUNDS
from apps.telephony.access import make_access_token
from apps.telephony.selectors import find_account
from apps.tenants.models import Tenant

TOKEN_SECONDS: Final = 3600
REFRESH_MS: Final = 60_000
# As long as the carrier lets a browser come back to its call.
RECONNECT_MS: Final = 30_000


class NoPhoneError(ConflictError):
    """The tenant's carrier account cannot let browsers in."""

    code = "no_phone"


def make_phone_access(*, tenant: Tenant, user: User, is_coach: bool = False, is_test: bool = False) -> dict[str, Any]:
    """`{token, ttl (real seconds), options}` for the user's browser in the tenant in scope.

    For the desk, for a coach, or for a test call beside either.

    Raises NoPhoneError.
    """
    account = find_account()
    if account is None or not account.is_active:
        raise NoPhoneError("No carrier account is connected, so there is nothing to phone with.")
    if not account.api_key_sid:
        raise NoPhoneError("The carrier account has no API key yet, so browsers cannot phone with it.")
    name = test_identity if is_test else coach_identity if is_coach else client_identity
    identity = name(tenant.id, user.id)
    token = make_access_token(account, identity=identity, seconds=TOKEN_SECONDS)
    return {"token": token, "ttl": TOKEN_SECONDS, "options": _options(tenant.slug)}


def local_signalling_host() -> str:
    """Host and port of the simulator, which browsers reach without encryption; empty with a real carrier."""
    return urlsplit(settings.SIMULATOR_URL).netloc if settings.CARRIER == "simulator" else ""


def phone_sources() -> list[str]:
    """Where the page may connect to beside ourselves, for its content security policy."""
    if host := local_signalling_host():
        return [f"ws://{host}"]
    return [f"wss://voice-js.{settings.TWILIO_EDGE}.twilio.com", "https://eventgw.twilio.com"]


def _options(slug: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "appName": "fairdial",
        "closeProtection": True,
        "enableImprovedSignalingErrorPrecision": True,
        "logLevel": "error",
        "tokenRefreshMs": REFRESH_MS,
        "maxCallSignalingTimeoutMs": RECONNECT_MS,
        # Its own sounds would be fetched from the carrier.
        "sounds": {name: reverse("softphone:sound", args=[slug, name]) for name in SOUNDS},
    }
    if host := local_signalling_host():
        return options | {"chunderw": host, "publishEvents": False, "codecPreferences": ["pcmu"]}
    return options | {"edge": settings.TWILIO_EDGE, "codecPreferences": ["opus", "pcmu"]}
