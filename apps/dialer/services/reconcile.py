"""What callbacks, workers and messages have left undone. Runs every few seconds and may run at any time, any number of times."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from apps.agents.models import AgentSession, AgentState, LostLine
from apps.agents.selectors import list_unheard_listenings
from apps.agents.services import lost_lines, sessions, transfers
from apps.agents.services.sessions import DESK_SILENCE, SHIFT_SILENCE
from apps.calls import placing
from apps.calls.domain.fold import Verdict
from apps.calls.enums import AttemptState, TransferState
from apps.calls.models import Attempt, Transfer
from apps.calls.selectors import list_tapings_behind
from apps.calls.services.attempts import settle_attempt
from apps.core import clock
from apps.core.jobs import enqueue
from apps.tenants.scope import tenant_scope

# A call that the carrier has taken and that does not ring after this is stuck in a queue and is cancelled: it could
# ring after its window has closed.
STUCK = timedelta(seconds=45)
BATCH = 200
# Real seconds after which a connected leg is looked up: the callback of its end may have been lost.
LEG_TRUST = 60.0
# Real seconds in which what follows the end of a transfer should have been done.
ALONE_SECONDS = 5.0
# The carrier ends a leg by itself after a day.
LEG_LIFE = timedelta(days=1)


def reconcile(*, tenant_id: int, at: datetime) -> None:
    """Bring every unfinished attempt and agent of a tenant one step on.

    Each attempt has a transaction of its own: two settled in one would hold the campaign's totals while waiting for
    each other's callbacks.
    """
    with tenant_scope(tenant_id):
        placing.give_up_lost_placing(at=at)
        _wake_for_attempts(tenant_id, at)
        _wake_for_legs(tenant_id, at)
        _wake_for_coaches(tenant_id, at)
        _wake_for_transfers(tenant_id, at)
        _wake_for_tapings(tenant_id, at)
        unsettled, ended = _unsettled(), _with_agent_after_end()
        alone, deserted = _with_target_after_end(), _deserted_shifts(at)
    with tenant_scope(tenant_id):
        lost_lines.follow_lines(at=at)
    for attempt_id in unsettled:
        with tenant_scope(tenant_id):
            settle_attempt(attempt_id=attempt_id, at=at)
            sessions.follow_attempt(attempt_id=attempt_id, at=at)
    for attempt_id in ended:
        with tenant_scope(tenant_id):
            sessions.follow_attempt(attempt_id=attempt_id, at=at)
    for attempt_id in alone:
        with tenant_scope(tenant_id):
            transfers.follow_attempt(attempt_id=attempt_id, at=at)
    for session_id in deserted:
        with tenant_scope(tenant_id):
            sessions.end_deserted(session_id=session_id, before=at - clock.real_seconds(SHIFT_SILENCE), at=at)


def _unsettled() -> list[UUID]:
    ended = Attempt.objects.filter(state=AttemptState.ENDED, settled_at__isnull=True)
    return list(ended.order_by("ended_at", "id").values_list("id", flat=True)[:BATCH])


def _with_agent_after_end() -> list[UUID]:
    stuck = Attempt.objects.filter(
        id__in=AgentSession.objects.filter(
            state__in=[AgentState.RESERVED, AgentState.ON_CALL], ended_at__isnull=True
        ).values("attempt_id"),
        settled_at__isnull=False,
    )
    return list(stuck.order_by("id").values_list("id", flat=True)[:BATCH])


def _deserted_shifts(at: datetime) -> list[int]:
    """Shifts whose agent has gone without ending them; one in a call is looked at again after it."""
    silent = AgentSession.objects.filter(ended_at__isnull=True, seen_at__lt=at - clock.real_seconds(SHIFT_SILENCE))
    idle = silent.exclude(state__in=[AgentState.RESERVED, AgentState.ON_CALL])
    return list(idle.order_by("seen_at", "id").values_list("id", flat=True)[:BATCH])


def _with_target_after_end() -> list[UUID]:
    """Calls that are over, or whose agent's line is lost, while somebody is on the line whom only the agent wanted."""
    lost = LostLine.objects.filter(ended_at__isnull=True).exclude(state=LostLine.State.BACK).values("attempt_id")
    is_deserted = Q(attempt__state=AttemptState.ENDED) | Q(attempt__in=lost, handed_over_at__isnull=True)
    live = Transfer.objects.filter(is_deserted, state__lt=TransferState.ENDING)
    return list(live.order_by("asked_at", "id").values_list("attempt_id", flat=True)[:BATCH])


def _wake_for_transfers(tenant_id: int, at: datetime) -> None:
    """Dial targets that nobody dialled, look up and hang up legs without news, and fetch people left waiting alone."""
    live = Transfer.objects.filter(state__lt=TransferState.ENDED).order_by("asked_at", "id")
    silent = live.filter(trusted_until__lte=at)
    jobs = {
        "agents.dial_target": live.filter(state=TransferState.ASKED),
        "agents.refresh_target": silent,
        "agents.end_target": silent.filter(state=TransferState.ENDING),
    }
    for name, rows in jobs.items():
        for transfer_id in rows.values_list("id", flat=True)[:BATCH]:
            enqueue(name, tenant_id=tenant_id, transfer_id=str(transfer_id))
    for name, attempt_ids in _left_alone(at).items():
        for attempt_id in attempt_ids:
            enqueue(name, tenant_id=tenant_id, attempt_id=str(attempt_id))


def _left_alone(at: datetime) -> dict[str, list[UUID]]:
    """People whose transfer is over and whose call is not, by the job that sees to them."""
    alone = Transfer.objects.filter(
        state=TransferState.ENDED,
        handed_over_at__isnull=False,
        returned_at__isnull=True,
        ended_at__lte=at - clock.real_seconds(ALONE_SECONDS),
        attempt__state__lt=AttemptState.ENDED,
    ).order_by("ended_at", "id")
    is_talked = Q(result=Transfer.Result.COMPLETED)
    return {
        "calls.end_call": list(alone.filter(is_talked).values_list("attempt_id", flat=True)[:BATCH]),
        "agents.fetch_person": list(alone.exclude(is_talked).values_list("attempt_id", flat=True)[:BATCH]),
    }


def _wake_for_attempts(tenant_id: int, at: datetime) -> None:
    """Send again every message on which an attempt depends: any of them may have been lost."""
    live = Attempt.objects.filter(state__lt=AttemptState.ENDED).order_by("reserved_at", "id")
    placed = live.filter(state__gte=AttemptState.PLACED)
    is_stuck = Q(state=AttemptState.PLACED, placed_at__lte=at - max(STUCK, clock.real_seconds(STUCK.seconds)))
    is_judged = Q(disposed_at__isnull=False) | Q(answered_by__gte=Verdict.MACHINE)
    # A call that its agent has left goes on with somebody else, or with a message.
    is_over_for_us = is_judged & Q(left_at__isnull=True)
    jobs = {
        # Whoever places an attempt whose decision has expired ends it, also when its campaign is ticked no more.
        "calls.place_attempt": live.filter(state=AttemptState.RESERVED, decision__expires_at__lte=at),
        "calls.reconcile_unknown": live.filter(state=AttemptState.UNKNOWN),
        "calls.refresh_silent": placed.filter(trusted_until__lte=at),
        "calls.end_call": placed.filter(is_stuck | is_over_for_us),
    }
    for name, attempts in jobs.items():
        for attempt_id in attempts.values_list("id", flat=True)[:BATCH]:
            enqueue(name, tenant_id=tenant_id, attempt_id=str(attempt_id))


def _wake_for_coaches(tenant_id: int, at: datetime) -> None:
    """Look up supervisors' legs not heard of for long."""
    unheard = list_unheard_listenings(before=at - clock.real_seconds(LEG_TRUST))
    for listening_id in unheard.values_list("id", flat=True)[:BATCH]:
        enqueue("agents.check_coach", tenant_id=tenant_id, listening_id=listening_id)


def _wake_for_tapings(tenant_id: int, at: datetime) -> None:
    """Recordings that are not as wanted: a message or a worker was lost, or the carrier did not do it."""
    for attempt_id in list_tapings_behind(at=at).values_list("attempt_id", flat=True)[:BATCH]:
        enqueue("calls.steer_taping", tenant_id=tenant_id, attempt_id=str(attempt_id))


def _wake_for_legs(tenant_id: int, at: datetime) -> None:
    """Ring agents whose leg is not connected, look up those not heard of for long, hang up legs of closed shifts."""
    seen = at - clock.real_seconds(DESK_SILENCE)
    shifts = AgentSession.objects.order_by("id")
    is_doubtful = Q(is_leg_connected=False) | Q(leg_seen_at__lte=at - clock.real_seconds(LEG_TRUST))
    jobs = {
        "agents.connect_leg": shifts.filter(is_doubtful, ended_at__isnull=True, seen_at__gte=seen),
        "agents.end_leg": shifts.filter(ended_at__gte=at - LEG_LIFE).exclude(leg_sid=""),
    }
    for name, rows in jobs.items():
        for session_id in rows.values_list("id", flat=True)[:BATCH]:
            enqueue(name, tenant_id=tenant_id, session_id=session_id)
