"""The least that can be done: an ASGI application that reads JSON and does one INSERT over a connection pool."""

import json
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from psycopg_pool import AsyncConnectionPool

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

pool = AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=2, max_size=16, open=False, kwargs={"autocommit": True})


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await pool.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await pool.close()
        await send({"type": "lifespan.shutdown.complete"})
        return
    content = b""
    while True:
        message = await receive()
        content += message.get("body", b"")
        if not message.get("more_body"):
            break
    if content:
        body = json.loads(content)
        async with pool.connection() as connection:
            await connection.execute(
                "insert into bench_lead (phone, body) values (%s, %s)", [body["phone"], content.decode()]
            )
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 201 if content else 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"result": "created"}'})
