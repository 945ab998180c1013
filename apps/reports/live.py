"""Event streams of the manager's pages.

One watch per process and topic looks at the database once a second while a page is open, and sends what changed. So
a lost message cannot leave a page wrong, and a hundred open pages cost as much as one.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, close_old_connections
from django.http import Http404, HttpRequest, StreamingHttpResponse
from redis import RedisError

from apps.accounts.models import User
from apps.accounts.permissions import Permission
from apps.accounts.streams import admit
from apps.campaigns.models import Campaign
from apps.campaigns.selectors import get_campaign, list_campaigns
from apps.core import clock
from apps.core.streams import Listener, event, stream_response
from apps.reports.selectors import all_totals, campaign_state, floor_state
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)
LOOK_SECONDS: Final = 1.0
Look = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Topic:
    """What a watch looks at; `campaign_id` 0 stands for all campaigns and the floor."""

    tenant_id: int
    campaign_id: int

    def look(self) -> dict[str, Any]:
        """The values that the page shows, read in the tenant's scope."""
        at = clock.now()
        with tenant_scope(self.tenant_id):
            if self.campaign_id:
                return campaign_state(get_campaign(self.campaign_id), at=at)
            shown = list_campaigns().exclude(state=Campaign.State.ARCHIVED)
            return {**floor_state(at=at), **all_totals(shown, at=at)}


class Watch:
    """The listeners of a topic and the task that looks for them."""

    def __init__(self, look: Look) -> None:
        self.listeners: set[Listener] = set()
        self._look = look
        self._task: asyncio.Task[None] | None = None

    async def messages(self) -> AsyncIterator[bytes]:
        """The stream of one page. The watch works while at least one page listens."""
        listener = Listener()
        self.listeners.add(listener)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        try:
            async for message in listener.messages():
                yield message
        finally:
            self.listeners.discard(listener)
            if not self.listeners and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _run(self) -> None:
        last: Mapping[str, Any] = {}
        while True:
            try:
                values = await sync_to_async(_looked, thread_sensitive=False)(self._look)
            except (DatabaseError, RedisError):
                logger.warning("live.look_failed", exc_info=True)
                self._send(None)
                return
            changed = {name: value for name, value in values.items() if last.get(name) != value}
            if changed:
                # The first look goes out whole: a page may have fetched its state before it and missed a change.
                self._send(event({**changed, "refresh": _parts(changed) if last else []}))
            last = values
            await asyncio.sleep(LOOK_SECONDS)

    def _send(self, message: bytes | None) -> None:
        for listener in self.listeners:
            listener.offer(message)


def _looked(look: Look) -> Mapping[str, Any]:
    close_old_connections()
    try:
        return look()
    finally:
        close_old_connections()


def _parts(changed: Mapping[str, Any]) -> list[str]:
    """Parts of the page that fetch themselves again."""
    parts = []
    if changed.keys() & {"dialled", "dispositions", "calls"}:
        parts.append("attempts")
    if changed.keys() & {"dispositions", "why"}:
        parts.append("figures")
    return parts


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Topic, Watch]] = WeakKeyDictionary()


def _watch(topic: Topic) -> Watch:
    watches = _watches.setdefault(asyncio.get_running_loop(), {})
    for idle in [key for key, watch in watches.items() if not watch.listeners]:
        del watches[idle]
    return watches.setdefault(topic, Watch(topic.look))


def _authorise(user: User, slug: str, campaign_id: int) -> Topic:
    """The topic, for a member who may see campaigns. Raises Http404 or PermissionDenied."""
    tenant_id = admit(user, slug, Permission.VIEW_CAMPAIGNS)
    with tenant_scope(tenant_id):
        if campaign_id and not Campaign.objects.filter(id=campaign_id).exists():
            raise Http404
    return Topic(tenant_id, campaign_id)


async def campaigns_stream(request: HttpRequest, slug: str, campaign_id: int = 0) -> StreamingHttpResponse:
    """Live values of one campaign, or of all and the floor."""
    user = await request.auser()
    if not isinstance(user, User):
        raise PermissionDenied
    topic = await sync_to_async(_authorise)(user, slug, campaign_id)
    return stream_response(_watch(topic).messages())
