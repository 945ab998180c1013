"""Call-backs of an agent: the desk's calendar, and the list of what was promised."""

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.calls.selectors import list_attempts_to
from apps.core import clock
from apps.core.errors import ConflictError
from apps.softphone.calendar import desk_calendar, find_own_callback, list_own_callbacks

EARLIER = 20


@require_GET
@requires(Permission.TAKE_CALLS)
def calendar(request: TenantRequest, slug: str) -> HttpResponse:
    """When the person on the screen may be called back: `personal=1` by this agent, else by the pool."""
    try:
        values = desk_calendar(request.user, is_personal=request.GET.get("personal") == "1", at=clock.now())
    except ConflictError as error:
        return JsonResponse({"error": {"code": error.code, "message": error.message, "field": ""}}, status=409)
    return JsonResponse(values)


@require_GET
@requires(Permission.TAKE_CALLS)
def callbacks(request: TenantRequest, slug: str) -> HttpResponse:
    """What the agent has promised: due, today, this week, later."""
    return render(request, "softphone/callbacks.html", {"groups": list_own_callbacks(request.user, at=clock.now())})


@require_GET
@requires(Permission.TAKE_CALLS)
def callback(request: TenantRequest, slug: str, callback_id: int) -> HttpResponse:
    """One of the agent's promises: who it is, what for, what was said before."""
    found = find_own_callback(request.user, callback_id)
    if found is None:
        raise Http404
    lead = found.campaign_lead.lead
    context = {
        "callback": found,
        "lead": lead,
        "attempts": list_attempts_to(lead.phone)[:EARLIER],
        "crumbs": [(_("My call-backs"), reverse("softphone:callbacks", args=[slug]))],
    }
    return render(request, "softphone/callback.html", context)
