"""Recordings of calls: listed, played and written about."""

import re
from collections.abc import Iterator

from csp.decorators import csp_update
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http import TenantRequest, asks_carrier, requires
from apps.accounts.permissions import Permission, may
from apps.calls.models import Recording
from apps.calls.selectors import get_recording, list_call_notes, list_recordings
from apps.calls.services.coaching_notes import add_call_note
from apps.core import clock
from apps.floor.forms import CallNoteForm
from apps.floor.services.recordings import cut, hear_recording
from apps.telephony.errors import Blame, CarrierError
from apps.tenants.scope import tenant_scope

PAGE_SIZE = 50
RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")


@require_GET
@requires(Permission.HEAR_RECORDINGS)
def recordings(request: TenantRequest, slug: str) -> HttpResponse:
    """All recordings, the newest first."""
    page = Paginator(list_recordings(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "floor/recordings.html", {"page": page, "days": request.tenant.recording_days})


def _get(recording_id: int) -> Recording:
    try:
        return get_recording(recording_id)
    except Recording.DoesNotExist:
        raise Http404 from None


@requires(Permission.HEAR_RECORDINGS)
def recording(request: TenantRequest, slug: str, recording_id: int) -> HttpResponse:
    """One recording with its notes; supervisors add some."""
    found = _get(recording_id)
    form = CallNoteForm(request.POST or None) if may(request.membership, Permission.SUPERVISE) else None
    if request.method == "POST" and form is not None and form.is_valid():
        add_call_note(attempt_id=found.attempt_id, author=request.user, at=clock.now(), **form.cleaned_data)
        return redirect("floor:recording", slug, found.id)
    context = {
        "recording": found,
        "notes": list(list_call_notes(found.attempt_id)),
        "form": form,
        "crumbs": [(_("Recordings"), reverse("floor:recordings", args=[slug]))],
    }
    response = render(request, "floor/recording.html", context)
    csp_update({"media-src": ["'self'", "blob:"]})(lambda _: response)(request)
    return response


@require_GET
@requires(Permission.HEAR_RECORDINGS)
@asks_carrier
def recording_sound(request: TenantRequest, slug: str, recording_id: int) -> HttpResponseBase:
    """The sound itself, or a part of it (RFC 9110, section 14), passed on from the carrier; each request is audited."""
    with tenant_scope(request.tenant.id):
        found = _get(recording_id)
    try:
        sound = hear_recording(recording=found, actor=request.user, at=clock.now())
    except CarrierError as error:
        if error.blame == Blame.GONE:
            raise Http404 from None
        return HttpResponse(status=502)
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    if asked is None:
        return _sound(sound.pieces, sound.size, 200)
    first, last = int(asked[1]), min(int(asked[2] or sound.size - 1), sound.size - 1)
    if first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{sound.size}"})
    response = _sound(cut(sound.pieces, first=first, last=last), last - first + 1, 206)
    response.headers["Content-Range"] = f"bytes {first}-{last}/{sound.size}"
    return response


def _sound(pieces: Iterator[bytes], size: int, status: int) -> StreamingHttpResponse:
    headers = {"Content-Length": str(size), "Accept-Ranges": "bytes", "Cache-Control": "no-store"}
    return StreamingHttpResponse(pieces, status=status, content_type="audio/wav", headers=headers)
