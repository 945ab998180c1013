"""Call-backs that their agent has missed."""

from datetime import datetime, timedelta

from apps.calls.models import Callback
from apps.campaigns.models import QueueState
from apps.campaigns.services import queue

# A personal call-back overdue by this goes to whoever is free.
GRACE = timedelta(minutes=30)


def hand_over_missed(*, campaign_id: int, at: datetime) -> int:
    """Give overdue personal call-backs of a campaign to the pool; returns how many."""
    missed = list(
        Callback.objects.filter(
            campaign_lead__campaign_id=campaign_id,
            state=Callback.State.DUE,
            agent__isnull=False,
            # Not while the agent is keeping the promise.
            campaign_lead__state=QueueState.WAITING,
            due_at__lte=at - GRACE,
        ).order_by("due_at", "id")[:500]
    )
    for callback in missed:
        queue.try_again(
            campaign_lead_id=callback.campaign_lead_id, at=at, reason="callback", priority=queue.PRIORITY_CALLBACK
        )
    Callback.objects.filter(id__in=[callback.id for callback in missed]).update(agent=None)
    return len(missed)
