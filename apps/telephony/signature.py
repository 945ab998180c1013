"""Proof that a callback comes from the carrier that holds the account's token."""

from django.conf import settings
from django.http import HttpRequest
from twilio.request_validator import RequestValidator


def is_signed_json(request: HttpRequest, auth_token: str) -> bool:
    """The same for a JSON body, whose hash stands in the signed address (`bodySHA256`)."""
    if "bodySHA256" not in request.GET:
        return False
    url = settings.PUBLIC_BASE_URL.rstrip("/") + request.get_full_path()
    signature = request.headers.get("X-Twilio-Signature", "")
    return bool(RequestValidator(auth_token).validate(url, request.body.decode(errors="replace"), signature))


def is_signed(request: HttpRequest, auth_token: str) -> bool:
    """Whether the request carries a valid `X-Twilio-Signature` for the address at which the carrier reaches us.

    The address is built from PUBLIC_BASE_URL, never from forwarded headers.
    """
    url = settings.PUBLIC_BASE_URL.rstrip("/") + request.get_full_path()
    signature = request.headers.get("X-Twilio-Signature", "")
    return bool(RequestValidator(auth_token).validate(url, request.POST, signature))
