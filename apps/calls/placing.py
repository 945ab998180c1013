"""The only place where a call is created at the carrier. Every mode, retry, call-back and test call comes through here.

An attempt is dialled at most once: `RESERVED -> PLACING` is a compare-and-set that also checks the stored decision, the
request goes out after its commit and is never repeated unless the carrier certainly did not take it. What is not known
stays UNKNOWN until a callback or `reconcile_unknown` settles it.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from apps.calls.addresses import client_identity, coach_identity, room_name, test_identity
from apps.calls.control import gone_already
from apps.calls.domain.fold import progress_of
from apps.calls.enums import AttemptState, Outcome
from apps.calls.models import Attempt, Transfer
from apps.calls.selectors import requests_for
from apps.calls.services.attempts import end_attempt, is_promised, settle_attempt
from apps.calls.services.events import merge_progress
from apps.campaigns.models import Campaign
from apps.campaigns.services import queue
from apps.compliance.services import gate
from apps.core import clock
from apps.telephony.addresses import REPEATED, hook_url
from apps.telephony.carrier import CallOrder, CallView, CoachOrder, LegOrder, StaffOrder, TargetOrder
from apps.telephony.errors import Blame, CarrierError, Fate
from apps.telephony.gateway import carrier_for
from apps.telephony.models import CallerId, ProviderAccount
from apps.telephony.services.accounts import suspend_account, take_call_slot
from apps.telephony.services.caller_ids import withdraw_caller_id
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)

# Real seconds: the worker that places may be given up after this; it covers the carrier's read time-out.
LEASE_SECONDS = 45.0
# Real seconds after which an unknown dial that the carrier does not list is closed.
UNKNOWN_SECONDS = 60.0
# Real seconds without news after which a live call is looked up at the carrier.
SILENCE_SECONDS = 60.0
# The carrier would end an agent's leg after four hours by itself; a day is the longest it allows.
LEG_SECONDS = 24 * 60 * 60
# A colleague gets as long as most telephones ring before a mailbox answers.
TARGET_RING_SECONDS = 20
# A telephone that nobody answers goes to its mailbox later than this.
DESK_PHONE_SECONDS = 20


def place_attempt(*, tenant_id: int, attempt_id: UUID, now: Callable[[], datetime]) -> None:
    """Place a reserved attempt if the law, its campaign and the account's rate still allow it.

    Does nothing when the attempt is no longer RESERVED, and leaves it RESERVED when no slot is free: the next tick asks
    again until the decision expires. Opens its own short scopes: no transaction spans the request. `now` is read again
    right before the request, because a stalled worker or database must not let the phone ring after its hours.
    """
    at = now()
    with tenant_scope(tenant_id):
        attempt = _claim_for_placing(attempt_id, at)
    if attempt is None:
        return
    if attempt.decision.expires_at <= now():
        with tenant_scope(tenant_id):
            _put_back(attempt)
        return
    account = attempt.caller_id.account
    try:
        call = carrier_for(account.sid, account.auth_token).create_call(_order(attempt))
    except CarrierError as error:
        with tenant_scope(tenant_id):
            _record_failure(attempt, error, at)
        return
    with tenant_scope(tenant_id):
        _bind(attempt, call, at)


def _claim_for_placing(attempt_id: UUID, at: datetime) -> Attempt | None:
    attempt = (
        Attempt.objects.select_related("campaign", "caller_id__account", "decision", "lead__place")
        .filter(id=attempt_id, state=AttemptState.RESERVED)
        .first()
    )
    if attempt is None:
        return None
    if attempt.decision.expires_at <= at or attempt.campaign.state != Campaign.State.RUNNING:
        end_attempt(attempt_id=attempt.id, expected=AttemptState.RESERVED, outcome=Outcome.EXPIRED, at=at)
        return None
    if not _is_still_allowed(attempt, at):
        return None
    if not take_call_slot(account_id=attempt.caller_id.account_id, at=at):
        return None
    # The stored decision is part of the condition: no call without an allow that is still good.
    claimed = Attempt.objects.filter(
        id=attempt_id, state=AttemptState.RESERVED, decision__is_allowed=True, decision__expires_at__gt=at
    ).update(state=AttemptState.PLACING, placing_at=at, trusted_until=at + clock.real_seconds(LEASE_SECONDS))
    return attempt if claimed else None


def _is_still_allowed(attempt: Attempt, at: datetime) -> bool:
    """Ask the gate again: a revocation, a do-not-call request or the clock may have come between."""
    requests = requests_for(attempt.campaign, [attempt.lead], mode=attempt.mode, at=at)
    verdicts = gate.check(requests, at=at)
    decision = verdicts[0].decision
    if decision.is_allowed:
        return True
    gate.store(verdicts, at=at)
    reasons = ", ".join(decision.reasons)
    lead = attempt.campaign_lead_id
    stands = is_promised(lead) or queue.was_done(lead)
    is_ended = end_attempt(
        attempt_id=attempt.id, expected=AttemptState.RESERVED, outcome=Outcome.CANCELED, at=at, error=reasons
    )
    if is_ended and not stands:
        queue.park([queue.Park(lead, decision.reasons[0], decision.next_allowed_at)], at=at)
    return False


def _order(attempt: Attempt) -> CallOrder:
    key = str(attempt.id)
    tenant_id = attempt.tenant_id
    return CallOrder(
        to=attempt.phone,
        caller_id=attempt.caller_id.phone,
        # Short limits, so that the fallback speaks within the two seconds when we do not.
        answer_url=hook_url(tenant_id, "answer", a=key) + "#ct=1000&rt=1500&rc=0",
        fallback_url=hook_url(tenant_id, "fallback", a=key),
        status_url=hook_url(tenant_id, "status", a=key) + REPEATED,
        amd_url=hook_url(tenant_id, "amd", a=key) if attempt.campaign.is_machine_detected else None,
        ring_seconds=attempt.campaign.ring_seconds,
    )


def _bind(attempt: Attempt, call: CallView, at: datetime) -> None:
    merge_progress(attempt_id=attempt.id, progress=progress_of(status="queued", at=at), sid=call.sid)
    trusted_until = at + timedelta(seconds=attempt.campaign.ring_seconds) + clock.real_seconds(SILENCE_SECONDS)
    Attempt.objects.filter(id=attempt.id).update(placed_at=at, trusted_until=trusted_until)
    if call.queue_seconds > 0:
        logger.warning("call.queued_by_carrier", extra={"attempt": str(attempt.id), "seconds": call.queue_seconds})


def _record_failure(attempt: Attempt, error: CarrierError, at: datetime) -> None:
    """Draw the consequence of a failed request: unknown, back to reserved, or refused."""
    if error.fate == Fate.UNKNOWN:
        # No error code: that field is the carrier's verdict on the call, and decides its outcome.
        Attempt.objects.filter(id=attempt.id, state=AttemptState.PLACING).update(
            state=AttemptState.UNKNOWN, error=error.message[:300]
        )
        return
    if not error.permanent:
        _put_back(attempt)
        return
    outcome = Outcome.BAD_NUMBER if error.blame == Blame.NUMBER else Outcome.REFUSED
    end_attempt(
        attempt_id=attempt.id,
        expected=AttemptState.PLACING,
        outcome=outcome,
        at=at,
        error_code=error.code,
        error=error.message,
    )
    # Last, for the audit's entries wait for each other.
    _blame(attempt, error, at)
    logger.warning("call.refused", extra={"attempt": str(attempt.id), "code": error.code, "blame": error.blame})


def _put_back(attempt: Attempt) -> None:
    """The carrier certainly has not taken the call: it does not count as placed, neither for caps nor for the limit."""
    Attempt.objects.filter(id=attempt.id, state=AttemptState.PLACING).update(
        state=AttemptState.RESERVED, placing_at=None, trusted_until=None
    )


def _blame(attempt: Attempt, error: CarrierError, at: datetime) -> None:
    reason = f"{error.code}: {error.message}"
    if error.blame == Blame.CALLER_ID:
        withdraw_caller_id(caller_id=attempt.caller_id, reason=reason, actor=None, at=at)
    elif error.blame == Blame.ACCOUNT:
        suspend_account(account=attempt.caller_id.account, reason=reason, at=at)


def give_up_lost_placing(*, at: datetime) -> int:
    """Attempts whose worker died while placing become UNKNOWN; nobody dials them again. Returns how many."""
    return Attempt.objects.filter(state=AttemptState.PLACING, trusted_until__lte=at).update(state=AttemptState.UNKNOWN)


def reconcile_unknown(*, tenant_id: int, attempt_id: UUID, at: datetime) -> None:
    """Ask the carrier what became of an unknown dial; bind it, or close it after a while, counted as an attempt."""
    with tenant_scope(tenant_id):
        attempt = (
            Attempt.objects.select_related("caller_id__account")
            .filter(id=attempt_id, state=AttemptState.UNKNOWN)
            .first()
        )
        if attempt is None or attempt.placing_at is None:
            return
        taken = set(Attempt.objects.filter(phone=attempt.phone).exclude(sid=None).values_list("sid", flat=True))
    account = attempt.caller_id.account
    try:
        calls = carrier_for(account.sid, account.auth_token).find_calls(
            to=attempt.phone, caller_id=attempt.caller_id.phone, since=attempt.placing_at
        )
    except CarrierError:
        logger.warning("call.reconcile_failed", extra={"attempt": str(attempt.id)})
        return
    found = next((call for call in calls if call.sid not in taken), None)
    with tenant_scope(tenant_id):
        if found is not None:
            merge_progress(attempt_id=attempt.id, progress=progress_of(status=found.status, at=at), sid=found.sid)
            settle_attempt(attempt_id=attempt.id, at=at)
        elif attempt.placing_at <= at - clock.real_seconds(UNKNOWN_SECONDS):
            end_attempt(attempt_id=attempt.id, expected=AttemptState.UNKNOWN, outcome=Outcome.UNKNOWN, at=at)


def refresh_silent(*, tenant_id: int, attempt_id: UUID, at: datetime) -> None:
    """Fetch a live call whose callbacks have stopped, and merge what the carrier says."""
    with tenant_scope(tenant_id):
        attempt = Attempt.objects.select_related("caller_id__account").get(id=attempt_id)
    if attempt.sid is None or attempt.state == AttemptState.ENDED:
        return
    account = attempt.caller_id.account
    try:
        call = carrier_for(account.sid, account.auth_token).get_call(attempt.sid)
    except CarrierError as error:
        if error.blame != Blame.GONE:
            return
        call = CallView(sid=attempt.sid, status="failed", created_at=at)
    with tenant_scope(tenant_id):
        merge_progress(attempt_id=attempt.id, progress=progress_of(status=call.status, at=at))
        Attempt.objects.filter(id=attempt.id).update(trusted_until=at + clock.real_seconds(SILENCE_SECONDS))
        settle_attempt(attempt_id=attempt.id, at=at)


def end_call(*, tenant_id: int, attempt_id: UUID) -> None:
    """Hang up, or cancel while it is not answered. A call that has ended already is no error."""
    with tenant_scope(tenant_id):
        attempt = Attempt.objects.select_related("caller_id__account").get(id=attempt_id)
    if attempt.sid is None or attempt.state == AttemptState.ENDED:
        return
    account = attempt.caller_id.account
    carrier = carrier_for(account.sid, account.auth_token)
    is_answered = attempt.state >= AttemptState.ANSWERED
    with gone_already():
        (carrier.end_call if is_answered else carrier.cancel_call)(attempt.sid)


def connect_agent(
    *, tenant_id: int, account: ProviderAccount, caller_id: CallerId, session_id: int, user_id: int
) -> str:
    """Ring an agent's client into their standing conference; returns the leg's sid. Raises CarrierError."""
    return carrier_for(account.sid, account.auth_token).create_leg(
        LegOrder(
            to=f"client:{client_identity(tenant_id, user_id)}",
            caller_id=caller_id.phone,
            room=room_name(tenant_id, session_id),
            label=f"agent-{session_id}",
            conference_url=hook_url(tenant_id, "conference") + REPEATED,
            time_limit=LEG_SECONDS,
        )
    )


def ring_desk_phone(*, tenant_id: int, caller_id: CallerId, session_id: int, phone: str) -> str:
    """Ring an agent's approved telephone, which joins the standing conference by a key; returns the leg's sid.

    Raises CarrierError.
    """
    account = caller_id.account
    order = StaffOrder(
        to=phone,
        caller_id=caller_id.phone,
        answer_url=hook_url(tenant_id, "desk_phone", s=str(session_id)),
        ring_seconds=DESK_PHONE_SECONDS,
    )
    return carrier_for(account.sid, account.auth_token).call_staff(order)


def connect_coach(
    *, tenant_id: int, caller_id: CallerId, session_id: int, user_id: int, is_muted: bool, coached_sid: str
) -> str:
    """Ring a supervisor's client into an agent's conference; returns the leg's sid. Raises CarrierError."""
    account = caller_id.account
    return carrier_for(account.sid, account.auth_token).create_coach(
        CoachOrder(
            to=f"client:{coach_identity(tenant_id, user_id)}",
            caller_id=caller_id.phone,
            room=room_name(tenant_id, session_id),
            label=f"coach-{user_id}",
            time_limit=LEG_SECONDS,
            is_muted=is_muted,
            coached_sid=coached_sid,
        )
    )


def dial_target(*, transfer: Transfer, room: str, at: datetime) -> str:
    """Dial the target of a transfer into a conference; returns the leg's sid. Raises CarrierError.

    The number comes from the tenant's list and from nowhere else. It is no lead: no window of the law binds the call.
    """
    attempt = transfer.attempt
    account = attempt.caller_id.account
    # Takes a slot of the rate where there is one, so that fewer leads are dialled meanwhile; a person is waiting.
    with tenant_scope(attempt.tenant_id):
        take_call_slot(account_id=account.id, at=at)
    return carrier_for(account.sid, account.auth_token).create_target(
        TargetOrder(
            to=transfer.target.phone,
            caller_id=attempt.caller_id.phone,
            room=room,
            label=f"target-{transfer.id}",
            status_url=hook_url(attempt.tenant_id, "target", t=str(transfer.id)) + REPEATED,
            ring_seconds=TARGET_RING_SECONDS,
            is_alone_with_person=transfer.way == Transfer.Way.BLIND,
        )
    )


def place_test_call(*, tenant_id: int, caller_id: CallerId, user_id: int) -> str:
    """Ring somebody's own browser, which is to hear itself; returns the call's sid. Raises CarrierError."""
    account = caller_id.account
    order = StaffOrder(
        to=f"client:{test_identity(tenant_id, user_id)}",
        caller_id=caller_id.phone,
        answer_url=hook_url(tenant_id, "test_call"),
        ring_seconds=DESK_PHONE_SECONDS,
        ended_url=hook_url(tenant_id, "test_call_over") + REPEATED,
    )
    return carrier_for(account.sid, account.auth_token).call_staff(order)
