"""From the answer to the voice: how long somebody who answers waits until an agent and they can hear each other.

Two parts are added, neither of which compares two clocks:

- from the carrier's request that tells of the answer to its word that the person is in the agent's conference. Both are
  timed where they arrive, on our clock, and have come the same way, so that the way cancels. The carrier's own instants
  are whole seconds and too coarse. On a simulated clock the difference is divided by its speed: the carrier, the network
  and we are as quick as ever, so these are real milliseconds;
- what the agent's browser measures between the conference and the ear: half of the round trip and the jitter that its
  buffer evens out. It tells once sound of the line really arrives, which an accepted call alone does not mean.

What people take until they speak, and the way from the carrier to the person's own phone, are not in it. A talk
without such a report, as of an agent on an ordinary phone, has none.
"""

from django.db.models import Min, Q

from apps.calls.domain.fold import EventName
from apps.calls.models import Attempt, ProviderEvent
from apps.core import clock
from apps.core.errors import InvalidError

# Milliseconds. What is longer is no delay of sound but a fault of the measurement.
LONGEST_IN_BROWSER = 5_000
LONGEST = 60_000


def keep_voice_delay(*, attempt: Attempt, browser_ms: int) -> None:
    """Keep the milliseconds from answer to voice, once; nothing where the carrier has not told of both ends.

    `browser_ms` is the browser's part. Raises InvalidError when it is none.
    """
    if not 0 <= browser_ms <= LONGEST_IN_BROWSER:
        raise InvalidError(f"browser_ms must be from 0 to {LONGEST_IN_BROWSER}.", field="browser_ms")
    told = ProviderEvent.objects.filter(attempt=attempt).aggregate(
        answered_at=Min("received_at", filter=Q(name=EventName.ANSWER)),
        joined_at=Min("received_at", filter=Q(name=EventName.CONNECTED)),
    )
    if told["answered_at"] is None or told["joined_at"] is None:
        return
    until_joined = (told["joined_at"] - told["answered_at"]).total_seconds() / clock.speed()
    total = round(until_joined * 1000) + browser_ms
    if 0 <= total <= LONGEST:
        Attempt.objects.filter(id=attempt.id, voice_ms__isnull=True).update(voice_ms=total)
