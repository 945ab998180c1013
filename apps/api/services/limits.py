"""How many requests a key may send: the generic cell rate algorithm (GCRA), one round trip to Valkey.

A key may send `per_minute` requests a minute, evenly, and up to ten seconds' worth of them at once. The state is one
number: the instant at which the key would have used up all it may. Without Valkey requests are taken uncounted: the
limit shares a machine fairly and no law rests on it, whereas a refused lead may never be sent again.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import ceil
from typing import Any, Final

from redis.exceptions import RedisError

from apps.core.publish import client

logger = logging.getLogger(__name__)

BURST_SECONDS: Final = 10.0
# Times are seconds. A stored instant far beyond the burst is from a clock that was set back; it must not lock the key
# out. The minute is for clocks of several hosts that differ a little, and for a clock that stands: the state is not
# forgotten by real time before it means nothing any more.
_TAKE: Final = """
local now, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full_at = tonumber(redis.call('get', KEYS[1]) or now)
if full_at > now + burst + 60 then full_at = now end
full_at = math.max(full_at, now) + interval
local wait = full_at - burst - now
if wait > 0.000001 then return {'-1', tostring(wait)} end
redis.call('set', KEYS[1], string.format('%.6f', full_at), 'ex', math.ceil(full_at - now) + 60)
return {tostring(math.floor((burst - (full_at - now)) / interval + 0.000001)), '0'}
"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whether a request may pass, how many more may follow at once, and seconds to wait when it may not."""

    is_allowed: bool
    limit: int
    remaining: int
    retry_after: int


@lru_cache(maxsize=1)
def _script() -> Any:  # noqa: ANN401 - redis-py does not type registered scripts
    return client().register_script(_TAKE)


def take_request(*, key_id: int, per_minute: int, at: datetime) -> Allowance:
    """Count one request of a key at the instant `at`. A refused request costs nothing."""
    interval = 60.0 / per_minute
    burst = max(BURST_SECONDS, interval)
    try:
        left, wait = _script()(keys=[f"api:rate:{key_id}"], args=[f"{at.timestamp():.6f}", interval, burst])
    except RedisError:
        logger.exception("api.rate_limit_unavailable")
        return Allowance(is_allowed=True, limit=per_minute, remaining=per_minute, retry_after=0)
    remaining = int(left)
    return Allowance(
        is_allowed=remaining >= 0, limit=per_minute, remaining=max(0, remaining), retry_after=max(0, ceil(float(wait)))
    )
