"""Time zones, as people and files name them."""

from zoneinfo import ZoneInfo


def read_zone(name: str) -> ZoneInfo:
    """The IANA zone of this name. Raises ValueError when there is none."""
    try:
        return ZoneInfo(name)
    except (LookupError, OSError) as error:
        # OSError: a folder of zones, such as America.
        raise ValueError(f"{name} is no time zone") from error
