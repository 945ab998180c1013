"""The floor: every agent at one glance."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.core import clock
from apps.floor.selectors import STATES, floor_state


@require_GET
@requires(Permission.VIEW_FLOOR)
def floor(request: TenantRequest, slug: str) -> HttpResponse:
    """The page; its rows are filled from the state."""
    state = floor_state(tenant=request.tenant, viewer=request.membership, at=clock.now())
    return render(request, "floor/floor.html", {"state": state, "states": STATES})


@require_GET
@requires(Permission.VIEW_FLOOR)
def state(request: TenantRequest, slug: str) -> JsonResponse:
    """The floor as JSON values."""
    return JsonResponse(floor_state(tenant=request.tenant, viewer=request.membership, at=clock.now()))
