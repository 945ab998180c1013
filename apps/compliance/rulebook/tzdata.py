"""Whether the time zone data in use is new enough for the law's local times."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

# British Columbia stays on UTC-7 from November 2026 on; data older than 2026b puts it an hour behind.
_PROBE = datetime(2026, 12, 1, 12, tzinfo=UTC)
_PROBE_ZONE = "America/Vancouver"
_EXPECTED = timedelta(hours=-7)


def check_tzdata() -> str | None:
    """None when the zone data is current, else a sentence for the person who can fix it."""
    offset = _PROBE.astimezone(ZoneInfo(_PROBE_ZONE)).utcoffset()
    if offset == _EXPECTED:
        return None
    return (
        f"The time zone data is out of date ({_PROBE_ZONE} at {_PROBE:%Y-%m-%d} must be UTC-7): calls would be placed "
        "outside the law's hours. Set PYTHONTZPATH to an empty value and install the pinned tzdata package."
    )
