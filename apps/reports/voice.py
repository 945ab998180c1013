"""How quickly people who answered heard an agent, day by day; see calls.services.voice for what is measured."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Aggregate, Count, FloatField
from django.db.models.functions import TruncDate

from apps.calls.models import Attempt

DAYS = 14


class Percentile(Aggregate):
    """A percentile of PostgreSQL, between rows where it falls between them."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) within group (order by %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True, slots=True)
class VoiceDay:
    """Milliseconds from answer to voice of `calls` talks of a local day: of half of them at most, and of 95 in 100."""

    day: date
    calls: int
    median: int
    p95: int


def voice_days(campaign_id: int, *, at: datetime) -> list[VoiceDay]:
    """The days of the last two weeks on which something was measured, in the current time zone, oldest first."""
    rows = (
        Attempt.objects.filter(
            campaign_id=campaign_id, connected_at__gte=at - timedelta(days=DAYS), voice_ms__isnull=False
        )
        .annotate(day=TruncDate("connected_at"))
        .values_list("day")
        .annotate(calls=Count("id"), median=Percentile("voice_ms", share=0.5), p95=Percentile("voice_ms", share=0.95))
        .order_by("day")
    )
    return [VoiceDay(day, calls, round(median), round(p95)) for day, calls, median, p95 in rows]
