"""The catcher: a mail server that takes every e-mail, delivers none, and shows them to whoever tries the product.

To try failures, an address whose local part begins with `bounce` is refused for good, and one that begins with `later`
is put off the first time.
"""

import asyncio
import html
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

KEPT = 500


@dataclass(frozen=True, slots=True)
class Caught:
    """One e-mail as it came."""

    caught_at: str
    sender: str
    recipients: list[str]
    headers: dict[str, str]
    text: str


@dataclass(slots=True)
class Catcher:
    """Listens on one port; `port` is known once it is open."""

    now: Callable[[], datetime]
    port: int = 0
    caught: deque[Caught] = field(default_factory=lambda: deque(maxlen=KEPT))
    put_off: set[str] = field(default_factory=set)
    server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> None:
        """Listen on a port, 0 for any."""
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: SMTP(self, hostname="simulated", loop=loop), host, port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening."""
        if self.server is not None:
            self.server.close()

    def clear(self) -> None:
        """Forget what was caught."""
        self.caught.clear()
        self.put_off.clear()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or refuse one whose name asks for that."""
        local = address.partition("@")[0]
        if local.startswith("bounce"):
            return "550 5.1.1 There is no such mailbox here"
        if local.startswith("later") and address not in self.put_off:
            self.put_off.add(address)
            return "451 4.2.1 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - likewise
        """Keep an e-mail."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
        body = message.get_body(("plain",))
        self.caught.append(
            Caught(
                caught_at=self.now().isoformat(),
                sender=envelope.mail_from or "",
                recipients=list(envelope.rcpt_tos),
                headers={name: str(value).strip() for name, value in message.items()},
                text=body.get_content() if body is not None else "",
            )
        )
        return "250 OK: caught"

    def as_json(self) -> list[dict[str, Any]]:
        """What was caught, the oldest first."""
        return [asdict(one) for one in self.caught]

    def as_page(self) -> str:
        """What was caught for people, the newest first."""
        letters = "".join(_letter(one) for one in reversed(self.caught)) or "<p>Nothing has been caught yet.</p>"
        return (
            "<!doctype html><html lang=en><meta name=viewport content='width=device-width'><title>Caught e-mails</title>"
            f"<h1>Caught e-mails</h1><p>This is a simulation: none of these was delivered.</p>{letters}"
        )


def _letter(one: Caught) -> str:
    shown = ("From", "Reply-To", "To", "Subject", "List-Unsubscribe", "List-Unsubscribe-Post")
    lines = "".join(
        f"<dt>{name}</dt><dd>{html.escape(one.headers[name])}</dd>" for name in shown if name in one.headers
    )
    text = html.escape(one.text)
    return f"<article><hr><p>{html.escape(one.caught_at)}</p><dl>{lines}</dl><pre>{text}</pre></article>"
