"""Server-sent events: the wire format and fan-out of messages to the streams that are open in this process."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from django.http import StreamingHttpResponse

from apps.core import clock

# Real seconds between proofs of life; the page calls itself offline after 40 without one.
PING_SECONDS = 15.0
# Real seconds after which a stream ends: the page connects again at once, and its rights are checked anew.
STREAM_SECONDS = 600.0
# A page that does not read loses its oldest messages; it refetches its state when it reconnects.
BACKLOG = 32


def event(values: Mapping[str, Any]) -> bytes:
    """A message of JSON values."""
    return f"data: {json.dumps(values, default=str)}\n\n".encode()


def ping() -> bytes:
    """A proof of life that carries the product's clock."""
    return f"event: ping\ndata: {clock.now().isoformat()}\n\n".encode()


class Listener:
    """One open stream: a bounded queue of messages that are ready to send."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=BACKLOG)

    def offer(self, message: bytes | None) -> None:
        """Queue a message, dropping the oldest of a full queue; None ends the stream, so that the page reconnects."""
        if self._messages.full():
            self._messages.get_nowait()
        self._messages.put_nowait(message)

    async def messages(self) -> AsyncIterator[bytes]:
        """What to send, with a ping at once and whenever nothing else was sent for a while; ends after ten minutes."""
        yield ping()
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + STREAM_SECONDS
        while loop.time() < ends_at:
            try:
                message = await asyncio.wait_for(self._messages.get(), PING_SECONDS)
            except TimeoutError:
                message = ping()
            if message is None:
                return
            yield message


def stream_response(messages: AsyncIterator[bytes]) -> StreamingHttpResponse:
    """The response of an event stream; proxies must neither cache nor buffer it."""
    response = StreamingHttpResponse(messages, content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    return response
