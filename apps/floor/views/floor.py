"""The floor: every agent at one glance, and what a supervisor does about them. Actions answer with the new state."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.http import TenantRequest, asks_carrier, requires
from apps.accounts.permissions import Permission, may
from apps.agents.models import Stance
from apps.agents.services import coaching, steering
from apps.core import clock
from apps.core.errors import AppError, ConflictError, InvalidError
from apps.core.http import read_object
from apps.floor.selectors import STATES, floor_state, list_left_open
from apps.softphone.forms import read_id
from apps.softphone.phone import NoPhoneError, local_signalling_host, make_phone_access, phone_sources
from apps.softphone.selectors import find_campaign_to_join, list_campaigns_to_join
from apps.tenants.scope import tenant_scope

Action = Callable[[TenantRequest, dict[str, Any], datetime], None]


def floor_action(action: Action) -> Callable[..., HttpResponseBase]:
    """Run a supervisor's action on its JSON body and answer with the floor's state, or with what was wrong."""

    @require_POST
    @requires(Permission.SUPERVISE)
    @wraps(action)
    def view(request: TenantRequest, slug: str) -> HttpResponse:
        at = clock.now()
        return _act(action, request, at) or JsonResponse(_state(request, at))

    return view


def carrier_action(action: Action) -> Callable[..., HttpResponseBase]:
    """The same for an action that waits for the carrier; it opens scopes of its own."""

    @require_POST
    @requires(Permission.SUPERVISE)
    @asks_carrier
    @wraps(action)
    def view(request: TenantRequest, slug: str) -> HttpResponse:
        at = clock.now()
        refusal = _act(action, request, at)
        with tenant_scope(request.tenant.id):
            return refusal or JsonResponse(_state(request, at))

    return view


def _act(action: Action, request: TenantRequest, at: datetime) -> JsonResponse | None:
    """Run an action; the answer that says what was wrong."""
    try:
        action(request, read_object(request), at)
    except AppError as error:
        status = 409 if isinstance(error, ConflictError) else 422
        return JsonResponse({"error": {"code": error.code, "message": error.message}}, status=status)
    return None


def _state(request: TenantRequest, at: datetime) -> dict[str, Any]:
    return floor_state(tenant=request.tenant, viewer=request.membership, at=at)


@require_GET
@requires(Permission.VIEW_FLOOR)
def floor(request: TenantRequest, slug: str) -> HttpResponse:
    """The page; its rows are filled from the state."""
    context = {
        "floor": _state(request, clock.now()),
        "states": STATES,
        "campaigns": list_campaigns_to_join(),
        "signalling_host": local_signalling_host(),
        "left_open": list_left_open().count() if may(request.membership, Permission.SUPERVISE) else 0,
        "is_simulated": settings.CARRIER == "simulator",
    }
    response = render(request, "floor/floor.html", context)
    csp_update({"connect-src": phone_sources(), "media-src": ["'self'", "blob:"]})(lambda _: response)(request)
    return response


@require_GET
@requires(Permission.VIEW_FLOOR)
def state(request: TenantRequest, slug: str) -> JsonResponse:
    """The floor as JSON values."""
    return JsonResponse(_state(request, clock.now()))


@floor_action
def notice(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Send an agent a message."""
    text = str(data.get("text", ""))
    steering.send_notice(session_id=read_id(data, "session"), text=text, actor=request.user, at=at)


@floor_action
def send_on_break(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Put an agent on break."""
    steering.send_on_break(session_id=read_id(data, "session"), actor=request.user, at=at)


@floor_action
def move(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Move an agent to another campaign."""
    campaign = find_campaign_to_join(read_id(data, "campaign"))
    if campaign is None:
        raise InvalidError("Choose one of the campaigns.", field="campaign")
    steering.move_agent(session_id=read_id(data, "session"), campaign=campaign, actor=request.user, at=at)


@floor_action
def log_out(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Close an agent's shift."""
    steering.log_out(session_id=read_id(data, "session"), actor=request.user, at=at)


@floor_action
def answer_help(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Take up an agent's request for help."""
    steering.answer_help(session_id=read_id(data, "session"), actor=request.user, at=at)


@floor_action
def listen(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Come on an agent's line."""
    coaching.start_listening(session_id=read_id(data, "session"), stance=_read_stance(data), actor=request.user, at=at)


@carrier_action
def stance(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Listen, whisper or take part."""
    coaching.change_stance(tenant_id=request.tenant.id, stance=_read_stance(data), actor=request.user, at=at)


@floor_action
def leave(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Leave the agent's line."""
    coaching.stop_listening(actor=request.user, at=at)


def _read_stance(data: dict[str, Any]) -> Stance:
    try:
        return Stance(str(data.get("stance", "")))
    except ValueError:
        raise InvalidError("Listen, whisper or take part.", field="stance") from None


@require_POST
@requires(Permission.SUPERVISE)
def phone_access(request: TenantRequest, slug: str) -> JsonResponse:
    """What the supervisor's browser needs to listen, good for an hour."""
    try:
        access = make_phone_access(tenant=request.tenant, user=request.user, is_coach=True)
    except NoPhoneError as error:
        return JsonResponse({"error": {"code": error.code, "message": error.message}}, status=409)
    return JsonResponse(access)
