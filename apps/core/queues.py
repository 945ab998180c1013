"""The queues of the platform; a slow report must never delay a dial."""

from enum import StrEnum


class Queue(StrEnum):
    """Every task names one of these."""

    DIAL = "dial"
    EVENTS = "events"
    IMPORT = "import"
    DEFAULT = "default"
