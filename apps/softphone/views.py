"""The agent's desk: one page, and small JSON actions that answer with the desk's new state."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from csp.decorators import csp_update
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.http import TenantRequest, asks_carrier, requires
from apps.accounts.permissions import Permission
from apps.agents.services import desk_phones, sessions, steering, test_calls
from apps.calls.services.callbacks import CallbackNotLawfulError
from apps.compliance.wording import explain
from apps.core import clock
from apps.core.errors import AppError, ConflictError, InvalidError, NotAllowedError
from apps.core.http import read_object
from apps.dialer.services.reserve import CallRefusedError
from apps.softphone import services
from apps.softphone.domain.tones import SOUNDS, make_wav
from apps.softphone.forms import read_attempt_id, read_disposition, read_draft, read_id, read_recording_step
from apps.softphone.phone import NoPhoneError, local_signalling_host, make_phone_access, phone_sources
from apps.softphone.selectors import desk_state, find_campaign_to_join, find_leads_to_dial
from apps.tenants.scope import tenant_scope

BREAK_REASONS = ("Lunch", "Short break", "Coaching", "Meeting", "Technical")
SKIP_REASONS = ("Wrong person", "Bad moment", "Called elsewhere", "Not for me")
YEAR = 365 * 24 * 3600
STATUS = {InvalidError: 422, NotAllowedError: 403, ConflictError: 409}

Action = Callable[[TenantRequest, dict[str, Any], datetime], None]


def desk_action(action: Action) -> Callable[..., HttpResponseBase]:
    """Run an action of the desk on its JSON body and answer with the new state, or with what was wrong."""

    @require_POST
    @requires(Permission.TAKE_CALLS)
    @wraps(action)
    def view(request: TenantRequest, slug: str) -> HttpResponse:
        at = clock.now()
        return _answer(_act(action, request, at), request, at)

    return view


def carrier_action(action: Action) -> Callable[..., HttpResponseBase]:
    """The same for an action that waits for the carrier; it opens scopes of its own."""

    @require_POST
    @requires(Permission.TAKE_CALLS)
    @asks_carrier
    @wraps(action)
    def view(request: TenantRequest, slug: str) -> HttpResponse:
        at = clock.now()
        error = _act(action, request, at)
        with tenant_scope(request.tenant.id):
            return _answer(error, request, at)

    return view


def _act(action: Action, request: TenantRequest, at: datetime) -> AppError | None:
    """Run an action on the body of the request; what was wrong with it."""
    try:
        action(request, read_object(request), at)
    except AppError as error:
        return error
    return None


def _answer(error: AppError | None, request: TenantRequest, at: datetime) -> JsonResponse:
    return _error(error, request, at) if error else JsonResponse(desk_state(request.user, at=at))


def _error(error: AppError, request: TenantRequest, at: datetime) -> JsonResponse:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    body: dict[str, Any] = {"code": error.code, "message": error.message, "field": getattr(error, "field", "")}
    if isinstance(error, CallRefusedError):
        body["message"] = explain(error.decision)
        body["reasons"] = error.decision.reasons
        body["next_allowed_at"] = error.decision.next_allowed_at
    if isinstance(error, CallbackNotLawfulError):
        body["next_at"] = error.next_at
    return JsonResponse({"error": body, "state": desk_state(request.user, at=at)}, status=status)


@require_GET
@requires(Permission.TAKE_CALLS)
def desk(request: TenantRequest, slug: str) -> HttpResponse:
    """The page; everything on it is filled from the state."""
    response = render(
        request,
        "softphone/desk.html",
        {
            "state": desk_state(request.user, at=clock.now()),
            "break_reasons": BREAK_REASONS,
            "skip_reasons": SKIP_REASONS,
            "keypad": "123456789*0#",
            "signalling_host": local_signalling_host(),
        },
    )
    csp_update({"connect-src": phone_sources(), "media-src": ["'self'", "blob:"]})(lambda _: response)(request)
    return response


@require_GET
@requires(Permission.TAKE_CALLS)
def state(request: TenantRequest, slug: str) -> HttpResponse:
    """The desk's state."""
    return JsonResponse(desk_state(request.user, at=clock.now()))


@require_GET
@requires(Permission.TAKE_CALLS)
def search(request: TenantRequest, slug: str) -> HttpResponse:
    """Leads of the agent's campaign to call by hand."""
    try:
        session = services.get_session(request.user)
    except services.NoSessionError as error:
        return _error(error, request, clock.now())
    leads = find_leads_to_dial(session.campaign_id, request.GET.get("q", ""), region=request.tenant.home_region)
    return JsonResponse({"leads": leads})


@desk_action
def start(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Open a shift in a campaign, or change to it."""
    campaign = find_campaign_to_join(read_id(data, "campaign"))
    if campaign is None:
        raise InvalidError("Choose one of the campaigns.", field="campaign")
    sessions.start_session(user=request.user, campaign=campaign, at=at)


@desk_action
def ready(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Be ready for calls."""
    session = services.get_session(request.user)
    sessions.go_ready(session=session, at=at)
    services.wake_dialler(session)


@desk_action
def take_break(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Take a break, for one of the known reasons."""
    reason = str(data.get("reason", ""))
    if reason not in BREAK_REASONS:
        raise InvalidError("Choose a reason for the break.", field="reason")
    sessions.take_break(session=services.get_session(request.user), reason=reason, at=at)


@desk_action
def end(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Close the shift."""
    sessions.end_session(session=services.get_session(request.user), at=at)


@desk_action
def dial(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Call the previewed lead, a call-back, or one that was searched for."""
    services.dial(user=request.user, campaign_lead_id=read_id(data, "campaign_lead"), at=at)


@desk_action
def skip(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Let the previewed lead pass."""
    lead_id = read_id(data, "campaign_lead") if "campaign_lead" in data else None
    reason = str(data.get("reason") or "skipped")[:24]
    services.skip(user=request.user, campaign_lead_id=lead_id, reason=reason, at=at)


@desk_action
def hang_up(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """End the call."""
    services.hang_up(user=request.user, attempt_id=read_attempt_id(data))


@carrier_action
def hold(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Put the person on hold, or take them off it."""
    attempt_id, is_held = read_attempt_id(data), data.get("is_held") is True
    services.hold(tenant_id=request.tenant.id, user=request.user, attempt_id=attempt_id, is_held=is_held)


@desk_action
def recording(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Start, pause or resume recording, note that the person agreed or not, or that a card field was entered or left."""
    step = read_recording_step(data)
    services.steer_recording(user=request.user, attempt_id=read_attempt_id(data), step=step, at=at)


@desk_action
def voice(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Sound of the line arrives in the agent's browser, after so many milliseconds on the way."""
    services.report_voice(user=request.user, attempt_id=read_attempt_id(data), browser_ms=read_id(data, "browser_ms"))


@desk_action
def phone(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """The agent's phone is to be in this page; with `leg` it is, and takes calls."""
    leg_sid = str(data["leg"]) if "leg" in data else None
    services.bring_phone(user=request.user, page=str(data.get("page", ""))[:40], leg_sid=leg_sid)


@desk_action
def by_phone(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Have calls put through to the agent's telephone, or to the browser again."""
    change = desk_phones.use_phone if data.get("is_by_phone") is True else desk_phones.use_browser
    change(session=services.get_session(request.user), actor=request.user, at=at)


@carrier_action
def mute(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Let nobody hear the agent's telephone, or everybody again; the browser mutes itself."""
    with tenant_scope(request.tenant.id):
        session = services.get_session(request.user)
    desk_phones.mute(session=session, is_muted=data.get("is_muted") is True)


@require_POST
@requires(Permission.TAKE_CALLS)
def phone_access(request: TenantRequest, slug: str) -> HttpResponse:
    """What the browser needs to take calls, good for an hour."""
    return _access(request, is_test=False)


@require_POST
@requires(Permission.TAKE_CALLS)
def test_access(request: TenantRequest, slug: str) -> HttpResponse:
    """The same for a test call."""
    return _access(request, is_test=True)


def _access(request: TenantRequest, *, is_test: bool) -> HttpResponse:
    try:
        access = make_phone_access(tenant=request.tenant, user=request.user, is_test=is_test)
    except NoPhoneError as error:
        return JsonResponse({"error": {"code": error.code, "message": error.message, "field": ""}}, status=409)
    return JsonResponse(access)


@desk_action
def test_call(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Have this browser rung to hear itself."""
    test_calls.ask_test_call(tenant_id=request.tenant.id, user_id=request.user.id)


@require_GET
@requires(Permission.TAKE_CALLS)
@cache_control(max_age=YEAR, private=True, immutable=True)
def sound(request: TenantRequest, slug: str, sound: str) -> HttpResponse:
    """A sound that the phone makes by itself."""
    if sound not in SOUNDS:
        raise Http404
    return HttpResponse(make_wav(sound), content_type="audio/wav")


@desk_action
def dispose(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Record the outcome of the call."""
    services.dispose(user=request.user, form=read_disposition(data), at=at)


@desk_action
def draft(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Keep what has been typed so far."""
    services.save_draft(user=request.user, attempt_id=read_attempt_id(data), draft=read_draft(data), at=at)


@desk_action
def ping(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """The desk is still there."""
    sessions.touch(session_id=services.get_session(request.user).id, at=at)


@desk_action
def help_me(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Ask a supervisor for help, or need none any more."""
    session = services.get_session(request.user)
    if data.get("is_asking") is True:
        steering.ask_help(session=session, at=at)
    else:
        steering.withdraw_help(session=session)


@desk_action
def notice_seen(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """A supervisor's message has been read."""
    steering.see_notice(user=request.user, notice_id=read_id(data, "notice"), at=at)
