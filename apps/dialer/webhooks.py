"""The carrier's callbacks. They stand here because an answer needs both the attempt and an agent.

Each is verified against the token of the account it names, stored once, and answered quickly: no request to the carrier
and no job on the way from a person's hello to an agent's voice.
"""

import logging
import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.agents.models import LostLine
from apps.agents.services import coaching, keypad, legs, lost_lines, sessions, transfers
from apps.calls.addresses import room_name
from apps.calls.domain.fold import EventName, read_event
from apps.calls.enums import AttemptState, KeypadChoice
from apps.calls.models import Attempt
from apps.calls.selectors import get_language
from apps.calls.services.attempts import mark_unattended, note_opt_out, settle_attempt
from apps.calls.services.events import CarrierEvent, Recorded, record_event
from apps.calls.services.recordings import begin_taping, save_recording
from apps.core import clock
from apps.core.jobs import enqueue
from apps.telephony.addresses import hook_url
from apps.telephony.models import ProviderAccount
from apps.telephony.signature import is_signed
from apps.telephony.twiml import answers, interruption
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)

Hook = Callable[[HttpRequest, int, datetime], HttpResponse]
MACHINE_VERDICTS = ("machine", "fax")
# PostgreSQL's bigint; what is larger is no tenant.
LARGEST_ID = 2**63 - 1


def carrier_hook(view: Hook) -> Callable[..., HttpResponse]:
    """Let a callback through when its signature is right, inside the scope of its tenant; 403 otherwise."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def verified(request: HttpRequest, tenant_id: int) -> HttpResponse:
        at = clock.now()
        if tenant_id > LARGEST_ID:
            return HttpResponse(status=403)
        with tenant_scope(tenant_id):
            account = ProviderAccount.objects.filter(sid=read_sid(request, "AccountSid", "AC")).first()
            if account is None or not is_signed(request, account.auth_token):
                logger.warning("hook.unsigned", extra={"path": request.path})
                return HttpResponse(status=403)
            return view(request, tenant_id, at)

    return verified


def xml(document: str) -> HttpResponse:
    """A TwiML document as an answer."""
    return HttpResponse(document, content_type="text/xml")


def read_sid(request: HttpRequest, field: str, kind: str) -> str:
    """An identifier of the carrier; empty when the field holds none of this kind."""
    text = request.POST.get(field, "")
    return text if re.fullmatch(kind + "[0-9a-fA-F]{32}", text) else ""


def _number(request: HttpRequest, field: str) -> int:
    text = request.POST.get(field, "")
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else 0


def find_attempt(request: HttpRequest, key: str | None = None) -> Attempt | None:
    """The attempt that the address (or `key`) names, if the callback is of its call; locked, as all that follows needs."""
    sid = read_sid(request, "CallSid", "CA")
    try:
        attempt_id = UUID(request.GET.get("a", "") if key is None else key)
    except ValueError:
        return None
    attempts = Attempt.objects.select_for_update(of=("self",)).select_related("campaign", "tenant")
    attempt = attempts.filter(id=attempt_id).first() if sid else None
    return attempt if attempt and attempt.sid in {None, sid} else None


def _record(request: HttpRequest, attempt: Attempt, name: EventName, at: datetime, *key: str) -> Recorded | None:
    """Store the callback under a key that every repetition of it has."""
    sid = request.POST["CallSid"]
    payload = {field: text.replace("\0", "") for field, text in request.POST.dict().items()}
    event = CarrierEvent(
        key=":".join((sid, name, *key)).replace("\0", "")[:120],
        name=name,
        sid=sid,
        payload=payload,
        progress=read_event(name, payload, at),
    )
    return record_event(attempt_id=attempt.id, event=event, at=at)


@carrier_hook
def answer(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """The person has answered: join them to an agent, or say sorry at once."""
    attempt = find_attempt(request)
    if attempt is None:
        return xml(answers.hang_up())
    _record(request, attempt, EventName.ANSWER, at)
    if attempt.state == AttemptState.ENDED:
        return xml(answers.hang_up())
    if attempt.is_unattended:
        # The apology is being heard already: an agent put to it now would wait for nobody.
        return _apologise(attempt)
    session = sessions.claim_for_answer(attempt=attempt, at=at)
    if session is None:
        return _apologise(attempt)
    return xml(
        answers.join_conference(
            room=room_name(tenant_id, session.id),
            label=f"lead-{attempt.id}",
            conference_url=hook_url(tenant_id, "conference"),
        )
    )


@carrier_hook
def fallback(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """Our answer failed or was late: the person hears the apology, and it counts as abandoned."""
    attempt = find_attempt(request)
    if attempt is None:
        return xml(answers.hang_up())
    sessions.let_go(attempt_id=attempt.id, at=at)
    return _apologise(attempt)


def _apologise(attempt: Attempt) -> HttpResponse:
    mark_unattended(attempt_id=attempt.id)
    tenant: Tenant = attempt.tenant
    return xml(
        answers.abandonment_message(
            language=get_language(attempt),
            seller=tenant.seller,
            phone=tenant.seller_phone,
            opt_out_url=hook_url(tenant.id, "optout", a=str(attempt.id)),
        )
    )


@carrier_hook
def wait(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """A person whose agent's line was lost has waited a moment: the agent, a little more patience, or a choice."""
    attempt = find_attempt(request)
    if attempt is None:
        return xml(answers.hang_up())
    line = lost_lines.take_step(attempt_id=attempt.id, at=at)
    if line is None:
        session = lost_lines.find_return(attempt_id=attempt.id)
        return xml(lost_lines.rejoin(session, attempt) if session else answers.hang_up())
    language = get_language(attempt)
    if line.state != LostLine.State.OFFERED:
        return xml(interruption.thank_for_waiting(language=language, next_url=lost_lines.wait_url(attempt)))
    return xml(
        interruption.offer_callback(
            language=language,
            missed=interruption.Missed.AGENT,
            seller=attempt.tenant.seller,
            phone=attempt.tenant.seller_phone,
            choice_url=hook_url(tenant_id, "choice", a=str(attempt.id)),
        )
    )


@carrier_hook
def choice(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """The person for whom nobody came pressed a key."""
    attempt = find_attempt(request)
    offer = keypad.choose(attempt=attempt, digits=request.POST.get("Digits", ""), at=at) if attempt else None
    if attempt is None or offer is None:
        return xml(answers.hang_up())
    language = get_language(attempt)
    if offer.choice == KeypadChoice.NEVER:
        return xml(answers.confirm_opt_out(language=language))
    if offer.callback_at is None:
        return xml(interruption.refuse_callback(language=language, phone=attempt.tenant.seller_phone))
    when = keypad.when(offer.callback_at, attempt.lead.place.zones[0], language=language, at=at)
    return xml(interruption.confirm_callback(language=language, when=when))


@carrier_hook
def status(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """A call has come further, or has ended."""
    attempt = find_attempt(request)
    if attempt is None:
        return HttpResponse(status=204)
    post = request.POST
    recorded = _record(
        request,
        attempt,
        EventName.STATUS,
        at,
        post.get("CallbackSource", ""),
        post.get("SequenceNumber", ""),
        post.get("CallStatus", ""),
    )
    _follow_end(attempt, recorded, at)
    return HttpResponse(status=204)


def _follow_end(attempt: Attempt, recorded: Recorded | None, at: datetime) -> None:
    if recorded and recorded.state == AttemptState.ENDED:
        settle_attempt(attempt_id=attempt.id, at=at)
        transfers.follow_attempt(attempt_id=attempt.id, at=at)
        sessions.follow_attempt(attempt_id=attempt.id, at=at)
        enqueue("dialer.dial_campaign", tenant_id=attempt.tenant_id, campaign_id=attempt.campaign_id)


@carrier_hook
def amd(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """The verdict on who answered; a machine is hung up and its agent freed, unless the agent has judged already."""
    attempt = find_attempt(request)
    if attempt is None:
        return HttpResponse(status=204)
    _follow_end(attempt, _record(request, attempt, EventName.AMD, at), at)
    if request.POST.get("AnsweredBy", "").startswith(MACHINE_VERDICTS) and _is_agents(attempt):
        enqueue("calls.end_call", tenant_id=tenant_id, attempt_id=str(attempt.id))
    return HttpResponse(status=204)


def _is_agents(attempt: Attempt) -> bool:
    """Whether a machine's call is for us to end: its agent has neither judged it nor left it to somebody else."""
    return attempt.disposed_at is None and attempt.left_at is None


@carrier_hook
def conference(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """Somebody joined or left an agent's standing conference."""
    post = request.POST
    event, label = post.get("StatusCallbackEvent", ""), post.get("ParticipantLabel", "")
    if event not in {"participant-join", "participant-leave"}:
        return HttpResponse(status=204)
    kind, _, key = label.partition("-")
    room = read_sid(request, "ConferenceSid", "CF")
    is_joining = event == "participant-join"
    sid = read_sid(request, "CallSid", "CA")
    if kind in {"agent", "coach"} and re.fullmatch("[0-9]{1,18}", key):
        if kind == "coach":
            (coaching.coach_joined if is_joining else coaching.coach_left)(user_id=int(key), sid=sid, at=at)
            return HttpResponse(status=204)
        if not is_joining:
            coaching.dismiss_coaches(session_id=int(key), at=at)
        legs.set_leg(session_id=int(key), sid=sid, is_connected=is_joining, at=at, room_sid=room if is_joining else "")
    elif kind == "lead" and is_joining and (attempt := find_attempt(request, key)):
        _meet(request, attempt, room, at)
    return HttpResponse(status=204)


def _meet(request: HttpRequest, attempt: Attempt, room: str, at: datetime) -> None:
    """The person has come into the conference; without the agent in it they are connected when these come."""
    if legs.meet_in_room(attempt_id=attempt.id, room_sid=room, at=at):
        _follow_end(attempt, _record(request, attempt, EventName.CONNECTED, at), at)
        coaching.hear_call(attempt_id=attempt.id, at=at)
        begin_taping(attempt_id=attempt.id, at=at)


@carrier_hook
def recording(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """A recording has begun, is ready, or came to nothing."""
    attempt, sid = find_attempt(request), read_sid(request, "RecordingSid", "RE")
    if attempt is not None and sid:
        save_recording(
            attempt=attempt,
            sid=sid,
            url=request.POST.get("RecordingUrl", "").replace("\0", "")[:500],
            seconds=_number(request, "RecordingDuration"),
            status=request.POST.get("RecordingStatus", "").replace("\0", ""),
            at=at,
        )
    return HttpResponse(status=204)


@carrier_hook
def optout(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """The person pressed a key during the apology: nine means never again, from this instant on."""
    attempt = find_attempt(request)
    if attempt is None or request.POST.get("Digits") != "9":
        return xml(answers.hang_up())
    note_opt_out(attempt=attempt, at=at)
    return xml(answers.confirm_opt_out(language=get_language(attempt)))
