"""Outgoing e-mail, read from EMAIL_URL; what is wrong stops the start with a sentence that says what to fix."""

from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from environ import Env

SERVER_SCHEMES = frozenset({"smtp", "smtps", "smtp+tls", "smtp+ssl"})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# Without a server, invitations and the like are printed.
PRINTED = "consolemail://"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """`values` are Django's own settings; `has_server` says whether e-mail reaches anybody."""

    values: dict[str, Any]
    has_server: bool


def read_mail(env: Env, *, sender: str, carrier: str) -> MailSettings:
    """The settings of EMAIL_URL. Raises ImproperlyConfigured.

    A simulation's people are made up, so with a simulated carrier only a server on this machine is accepted.
    """
    url = env.str("EMAIL_URL", default="") or PRINTED
    scheme = url.partition(":")[0]
    if scheme not in Env.EMAIL_SCHEMES:
        raise ImproperlyConfigured(f"EMAIL_URL begins with {scheme!r}; write smtp+tls://user:password@host:587.")
    try:
        values = Env.email_url_config(url)
    except ValueError as error:
        raise ImproperlyConfigured(f"EMAIL_URL cannot be read: {error}.") from error
    has_server = scheme in SERVER_SCHEMES
    if has_server:
        _require_server(urlsplit(url).hostname or "", values["EMAIL_PORT"], carrier)
        _require_sender(sender, carrier)
    return MailSettings(values, has_server)


def _require_server(host: str, port: int | None, carrier: str) -> None:
    if not host or port is None:
        raise ImproperlyConfigured("EMAIL_URL names no host and port; write smtp+tls://user:password@host:587.")
    if carrier == "simulator" and host not in LOOPBACK:
        raise ImproperlyConfigured(f"EMAIL_URL names {host}, but a simulation sends e-mail to this machine only.")


def _require_sender(sender: str, carrier: str) -> None:
    address = parseaddr(sender)[1]
    try:
        validate_email(address)
    except ValidationError as error:
        raise ImproperlyConfigured(f"DEFAULT_FROM_EMAIL is {sender!r}, which is no e-mail address.") from error
    if carrier != "simulator" and address.endswith(("@localhost", ".test", ".example")):
        raise ImproperlyConfigured(f"DEFAULT_FROM_EMAIL is {sender!r}: set it to an address of your own domain.")
