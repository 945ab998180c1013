"""The event stream of the desk: it says that the agent's session has changed, and the page fetches the state.

Whatever is lost on the way, the page still asks by itself with each sign of life.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from weakref import WeakKeyDictionary

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from redis import RedisError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from apps.accounts.permissions import Permission
from apps.accounts.streams import authorise_stream
from apps.core.publish import channel
from apps.core.streams import Listener, event, stream_response

logger = logging.getLogger(__name__)
# A connection belongs to the loop it was made on.
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Redis] = WeakKeyDictionary()


async def desk_stream(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """Tells the signed-in agent's page that its state has changed."""
    tenant_id = await authorise_stream(request, slug, Permission.TAKE_CALLS)
    user = await request.auser()
    return stream_response(messages(channel(tenant_id, f"desk:{user.pk}")))


async def messages(topic: str) -> AsyncIterator[bytes]:
    """What is published on `topic`, after a first message that the subscription is in force."""
    listener = Listener()
    async with _client().pubsub() as subscription:
        await subscription.subscribe(topic)
        forwarding = asyncio.create_task(_forward(subscription, listener))
        try:
            yield event({"state": "subscribed"})
            async for message in listener.messages():
                yield message
        finally:
            forwarding.cancel()


async def _forward(subscription: PubSub, listener: Listener) -> None:
    try:
        async for message in subscription.listen():
            if message["type"] == "message":
                listener.offer(event(json.loads(message["data"])))
    except RedisError:
        logger.warning("desk.stream_failed", exc_info=True)
        listener.offer(None)


def _client() -> Redis:
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = Redis.from_url(settings.VALKEY_URL, socket_connect_timeout=2)
    return _clients[loop]
