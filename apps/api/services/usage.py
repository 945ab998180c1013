"""What a source's requests came to, by day: counters in Valkey, kept for a month, for people to look at.

They steer nothing, so a lost count is only a lost count; the leads themselves are counted in the database.
"""

import logging
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, cast

from redis.exceptions import RedisError

from apps.core.publish import client

logger = logging.getLogger(__name__)

KEPT_DAYS: Final = 31


def _name(key_id: int, on: date) -> str:
    return f"api:usage:{key_id}:{on.isoformat()}"


def count_answers(*, key_id: int, on: date, counts: Mapping[str, int]) -> None:
    """Add to a key's counters of a day: how many leads or requests got each answer code."""
    pipeline = client().pipeline(transaction=False)
    for code, count in counts.items():
        pipeline.hincrby(_name(key_id, on), code, count)
    pipeline.expire(_name(key_id, on), KEPT_DAYS * 86_400)
    try:
        pipeline.execute()
    except RedisError:
        logger.warning("api.usage_not_counted")


def get_usage(*, key_id: int, until: date, days: int) -> list[tuple[date, dict[str, int]]]:
    """The counters of the last `days` days, newest first; days without requests are left out, all without Valkey."""
    dates = [until - timedelta(days=back) for back in range(days)]
    pipeline = client().pipeline(transaction=False)
    for on in dates:
        pipeline.hgetall(_name(key_id, on))
    try:
        found = cast(list[dict[bytes, bytes]], pipeline.execute())
    except RedisError:
        logger.warning("api.usage_not_read")
        return []
    counted = [(on, {code.decode(): int(n) for code, n in row.items()}) for on, row in zip(dates, found, strict=True)]
    return [(on, counts) for on, counts in counted if counts]
