"""A person whose agent's line is lost in the middle of a talk is not left in silence.

A line that is back within a moment, as after a reload, goes on as if nothing had been. Else the person is asked to wait,
hears that they are not forgotten, and gets the agent again as soon as these come back; after a while they are offered a
call-back, and the call ends. The person was talking to an agent, so this is no abandoned call.

What has to be said is a row. The carrier asks again every few seconds while the person waits (`take_step`); what it has
to be told at once, workers tell it, one at a time for each row, again until the carrier has taken it.
"""

import logging
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.agents.models import AgentSession, AgentState, LostLine
from apps.agents.selectors import list_sessions_on
from apps.audit.actions import Action
from apps.audit.services import hold_ledger, record
from apps.calls import addresses, control
from apps.calls.enums import AttemptState, TransferState
from apps.calls.models import Attempt, Transfer
from apps.calls.selectors import get_language
from apps.calls.services.attempts import mark_unattended
from apps.core import clock
from apps.core.jobs import enqueue
from apps.telephony.addresses import hook_url
from apps.telephony.errors import Blame, CarrierError
from apps.telephony.twiml.answers import join_conference
from apps.telephony.twiml.interruption import ask_to_wait
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)

State = LostLine.State
# Real seconds after the loss in which nothing is said, and after which the agent is not waited for any longer.
GRACE_SECONDS, HOLD_SECONDS = 3.0, 20.0
# Real seconds for which one worker tells the carrier.
LEASE_SECONDS = 10.0


def notice_return(*, session: AgentSession, at: datetime) -> None:
    """The line of this agent, whose row the caller holds, is there again: a person who waits for it is brought to it."""
    line = LostLine.objects.filter(attempt=session.attempt, ended_at__isnull=True).first() if session.attempt else None
    if line is not None and _move(line, State.BACK, is_pending=True):
        _wake(line)


def open_line(*, session: AgentSession, lost_at: datetime, at: datetime) -> None:
    """The person of the agent's call hears nobody: ask them to wait, now."""
    line, is_new = LostLine.objects.get_or_create(
        attempt=session.attempt,
        ended_at=None,
        defaults={"session": session, "lost_at": lost_at, "told_at": at, "is_pending": True},
    )
    if is_new or _move(line, State.WAITING, lost_at=lost_at, is_pending=True):
        _wake(line)


def _move(line: LostLine, state: State, **changes: object) -> bool:
    """Compare-and-set between waiting and back; who has been offered a call-back stays with that."""
    rows = LostLine.objects.filter(id=line.id, state__in=[State.WAITING, State.BACK], ended_at__isnull=True)
    return bool(rows.exclude(state=state).update(state=state, **changes))


def follow_lines(*, at: datetime) -> None:
    """Of the tenant in scope: ask people to wait when the moment is over, and wake workers for what is not done."""
    lines = LostLine.objects.filter(ended_at__isnull=True)
    lines.filter(attempt__state=AttemptState.ENDED).update(ended_at=at, is_pending=False)
    for session in _list_silent(at):
        open_line(session=session, lost_at=session.leg_lost_at or at, at=at)
    for line in lines.filter(_is_free(at), is_pending=True).order_by("id"):
        _wake(line)


def _list_silent(at: datetime) -> QuerySet[AgentSession]:
    """Agents who were talking to somebody and whose line has been away for longer than a reload takes."""
    told = LostLine.objects.filter(attempt_id=OuterRef("attempt_id"), ended_at__isnull=True).exclude(state=State.BACK)
    # A colleague who was called in talks on with the person, unless they are on hold.
    colleague = Transfer.objects.filter(attempt_id=OuterRef("attempt_id"), state=TransferState.TALKING)
    return AgentSession.objects.filter(
        ~Exists(told),
        Q(is_holding=True) | ~Exists(colleague),
        state=AgentState.ON_CALL,
        is_leg_connected=False,
        leg_lost_at__lte=at - clock.real_seconds(GRACE_SECONDS),
        ended_at__isnull=True,
        attempt__state__lt=AttemptState.ENDED,
        attempt__disposed_at__isnull=True,
        attempt__left_at__isnull=True,
    ).order_by("id")


def _is_free(at: datetime) -> Q:
    return Q(busy_until__isnull=True) | Q(busy_until__lte=at)


def _wake(line: LostLine) -> None:
    enqueue("agents.keep_person", tenant_id=line.tenant_id, line_id=line.id)


def keep_person(*, tenant_id: int, line_id: int, at: datetime) -> None:
    """Have the carrier do what the line's state asks for; may be repeated at will.

    A state that changes while the carrier is asked is seen to afterwards by the same worker, so that an answer which
    comes late cannot undo a newer one.
    """
    while True:
        with tenant_scope(tenant_id):
            line = _claim(line_id, at)
            if line is None:
                return
            document = _document(line)
        try:
            control.redirect_person(attempt=line.attempt, document=document)
            is_done = True
        except CarrierError as error:
            is_done = error.blame == Blame.GONE
            logger.warning("line.person_not_told", extra={"attempt": str(line.attempt_id), "code": error.code})
        with tenant_scope(tenant_id):
            if not is_done:
                LostLine.objects.filter(id=line_id).update(busy_until=None)
                return
            _carried_out(line, at)


def _claim(line_id: int, at: datetime) -> LostLine | None:
    mine = LostLine.objects.filter(_is_free(at), id=line_id, is_pending=True, ended_at__isnull=True)
    if not mine.update(busy_until=at + clock.real_seconds(LEASE_SECONDS)):
        return None
    related = ("session", "attempt__caller_id__account", "attempt__tenant", "attempt__campaign", "attempt__lead")
    return LostLine.objects.select_related(*related).get(id=line_id)


def _document(line: LostLine) -> str:
    if line.state == State.BACK:
        return rejoin(line.session, line.attempt)
    attempt = line.attempt
    return ask_to_wait(language=get_language(attempt), seller=attempt.tenant.seller, next_url=wait_url(attempt))


def _carried_out(line: LostLine, at: datetime) -> None:
    """The carrier has done what the state asks, unless that has changed meanwhile."""
    changes: dict[str, object] = {"is_pending": False}
    if line.state == State.BACK:
        # Whoever was on hold is in the talk again.
        AgentSession.objects.filter(attempt_id=line.attempt_id).update(is_holding=False)
        changes["ended_at"] = at
    LostLine.objects.filter(id=line.id, state=line.state, lost_at=line.lost_at).update(**changes)
    LostLine.objects.filter(id=line.id).update(busy_until=None)


def take_step(*, attempt_id: UUID, at: datetime) -> LostLine | None:
    """A person waits and the carrier asks what they hear next: the line as it stands now, None when it is there.

    Whoever has waited long enough is offered a call-back from now on, and their agent has a break after the call. The
    caller holds the attempt.
    """
    hold_ledger()
    session = list_sessions_on(attempt_id).select_for_update().first()
    line = LostLine.objects.select_for_update(of=("self",)).filter(attempt_id=attempt_id, ended_at__isnull=True).first()
    if line is None or line.state == State.OFFERED:
        return line
    if session is not None and session.is_leg_connected:
        line.state, line.is_pending, line.ended_at = State.BACK, False, at
        line.save(update_fields=["state", "is_pending", "ended_at"])
        AgentSession.objects.filter(id=session.id).update(is_holding=False)
        return None
    if line.lost_at <= at - clock.real_seconds(HOLD_SECONDS):
        line.state, line.offered_at = State.OFFERED, at
        if session is not None and session.next_state in {"", AgentState.READY}:
            session.next_state, session.break_reason = AgentState.BREAK, "LINE_LOST"
            session.save(update_fields=["next_state", "break_reason"])
        if Attempt.objects.filter(id=attempt_id, connected_at__isnull=True).exists():
            mark_unattended(attempt_id=attempt_id)
    line.is_pending = False
    line.save(update_fields=["state", "offered_at", "is_pending"])
    if line.state == State.OFFERED:
        data = {"agent": line.session.user_id, "from": line.lost_at.isoformat()}
        record(Action.LINE_LOST, at=at, target=f"attempt:{attempt_id}", actor_label="carrier", data=data)
    return line


def find_return(*, attempt_id: UUID) -> AgentSession | None:
    """The agent of a call, if their line is there."""
    return AgentSession.objects.filter(attempt_id=attempt_id, is_leg_connected=True, ended_at__isnull=True).first()


def rejoin(session: AgentSession, attempt: Attempt) -> str:
    """TwiML that brings the person of a call into the agent's conference."""
    return join_conference(
        room=addresses.room_name(session.tenant_id, session.id),
        label=f"lead-{attempt.id}",
        conference_url=hook_url(session.tenant_id, "conference"),
    )


def wait_url(attempt: Attempt) -> str:
    """Where the carrier asks what a waiting person hears next."""
    return hook_url(attempt.tenant_id, "wait", a=str(attempt.id))
