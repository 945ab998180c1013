"""The floor's event stream: it says that an agent's shift has changed, and the page fetches the state."""

from django.http import HttpRequest, StreamingHttpResponse

from apps.accounts.permissions import Permission
from apps.accounts.streams import authorise_stream
from apps.core.publish import channel
from apps.core.streams import stream_response
from apps.softphone.live import messages


async def floor_stream(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """Tells a page of the floor that something on it has changed."""
    tenant_id = await authorise_stream(request, slug, Permission.VIEW_FLOOR)
    return stream_response(messages(channel(tenant_id, "floor")))
