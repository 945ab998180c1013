"""The event stream of an import's page: the row in the database is looked at, so no lost message can leave it wrong."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.http import Http404, HttpRequest, StreamingHttpResponse

from apps.accounts.permissions import Permission
from apps.accounts.streams import authorise_stream
from apps.core.streams import PING_SECONDS, STREAM_SECONDS, event, ping, stream_response
from apps.leads.models import LeadImport
from apps.leads.selectors import import_state
from apps.tenants.scope import tenant_scope

LOOK_SECONDS: Final = 0.5


async def import_stream(request: HttpRequest, slug: str, import_id: int) -> StreamingHttpResponse:
    """The values of `import_state` as they change, until the import is over."""
    tenant_id = await authorise_stream(request, slug, Permission.VIEW_LEADS)
    try:
        first = await sync_to_async(_look, thread_sensitive=False)(tenant_id, import_id)
    except LeadImport.DoesNotExist as error:
        raise Http404 from error
    return stream_response(_messages(tenant_id, import_id, first))


async def _messages(tenant_id: int, import_id: int, values: dict[str, Any]) -> AsyncIterator[bytes]:
    """After the end only proofs of life: a stream that ended would be opened again and again."""
    yield ping()
    yield event(values)
    loop = asyncio.get_running_loop()
    spoke_at = started_at = loop.time()
    while loop.time() < started_at + STREAM_SECONDS:
        await asyncio.sleep(PING_SECONDS if values["is_over"] else LOOK_SECONDS)
        now = values
        if not values["is_over"]:
            now = await sync_to_async(_look, thread_sensitive=False)(tenant_id, import_id)
        changed = {name: value for name, value in now.items() if values[name] != value}
        if changed:
            yield event({**changed, "refresh": ["import"]} if now["is_over"] else changed)
        elif loop.time() >= spoke_at + PING_SECONDS:
            yield ping()
        else:
            continue
        spoke_at, values = loop.time(), now


def _look(tenant_id: int, import_id: int) -> dict[str, Any]:
    close_old_connections()
    try:
        with tenant_scope(tenant_id):
            return import_state(import_id)
    finally:
        close_old_connections()
