"""One port for everything: event streams on Django's ASGI handler, all else on WSGI threads.

A synchronous view costs three to five times the CPU under ASGI, a long-lived stream would hold a WSGI thread.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from django.core.asgi import get_asgi_application

from config.wsgi import application as wsgi

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

streams = get_asgi_application()
pages: Any = WSGIMiddleware(cast(Any, wsgi), workers=int(os.environ.get("WEB_THREADS", "8")))


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Route `/live/...` to the stream handler and every other path to the pages."""
    if scope["type"] == "lifespan":
        await answer_lifespan(receive, send)
    elif scope["path"].startswith("/live/"):
        await streams(scope, receive, send)  # type: ignore[arg-type]  # ASGI's own looser scope type
    else:
        await pages(scope, receive, send)


async def answer_lifespan(receive: Receive, send: Send) -> None:
    """Tell the server that starting and stopping need no work of ours."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return
