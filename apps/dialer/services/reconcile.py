"""What callbacks, workers and messages have left undone. Runs every few seconds and may run at any time, any number of times."""

from datetime import datetime, timedelta
from uuid import UUID

from apps.agents.models import AgentSession, AgentState
from apps.agents.services import sessions
from apps.calls import placing
from apps.calls.models import Attempt, AttemptState
from apps.calls.services.attempts import settle_attempt
from apps.core import clock
from apps.core.jobs import enqueue
from apps.tenants.scope import tenant_scope

# A call that the carrier has taken and that does not ring after this is stuck in a queue and is cancelled: it could
# ring after its window has closed.
STUCK = timedelta(seconds=45)
BATCH = 200


def reconcile(*, tenant_id: int, at: datetime) -> None:
    """Bring every unfinished attempt and agent of a tenant one step on.

    Each attempt has a transaction of its own: two settled in one would hold the campaign's totals while waiting for
    each other's callbacks.
    """
    with tenant_scope(tenant_id):
        placing.give_up_lost_placing(at=at)
        _ask_carrier(tenant_id, at)
        unsettled, ended = _unsettled(), _with_agent_after_end()
    for attempt_id in unsettled:
        with tenant_scope(tenant_id):
            settle_attempt(attempt_id=attempt_id, at=at)
            sessions.follow_attempt(attempt_id=attempt_id, at=at)
    for attempt_id in ended:
        with tenant_scope(tenant_id):
            sessions.follow_attempt(attempt_id=attempt_id, at=at)


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


def _ask_carrier(tenant_id: int, at: datetime) -> None:
    live = Attempt.objects.order_by("reserved_at")
    silent = live.filter(state__gte=AttemptState.PLACED, state__lt=AttemptState.ENDED, trusted_until__lte=at)
    jobs = {
        "calls.reconcile_unknown": live.filter(state=AttemptState.UNKNOWN),
        "calls.refresh_silent": silent,
        "calls.end_call": live.filter(
            state=AttemptState.PLACED, placed_at__lte=at - max(STUCK, clock.real_seconds(STUCK.seconds))
        ),
    }
    for name, attempts in jobs.items():
        for attempt_id in attempts.values_list("id", flat=True)[:BATCH]:
            enqueue(name, tenant_id=tenant_id, attempt_id=str(attempt_id))
