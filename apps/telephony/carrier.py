"""The carrier port: what the platform asks of a carrier, in its own types."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CallOrder:
    """An outbound call to place. URLs are absolute; `ring_seconds` is at least 15."""

    to: str
    caller_id: str
    answer_url: str
    fallback_url: str
    status_url: str
    ring_seconds: int
    amd_url: str | None = None


@dataclass(frozen=True, slots=True)
class LegOrder:
    """A person's standing leg in a conference; `to` is a client address such as `client:t1_u2`, `time_limit` in seconds."""

    to: str
    caller_id: str
    room: str
    label: str
    conference_url: str
    time_limit: int


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as the carrier sees it now; `status` is the carrier's word."""

    sid: str
    status: str
    created_at: datetime
    queue_seconds: float = 0.0


class Carrier(Protocol):
    """One tenant's account at a carrier. Every method raises CarrierError and none repeats a create by itself."""

    def create_call(self, order: CallOrder) -> CallView: ...

    def create_leg(self, order: LegOrder) -> str: ...

    def hold_leg(self, *, room_sid: str, sid: str, is_held: bool) -> None: ...

    def end_call(self, sid: str) -> None: ...

    def cancel_call(self, sid: str) -> None: ...

    def find_calls(self, *, to: str, caller_id: str, since: datetime) -> list[CallView]: ...

    def get_call(self, sid: str) -> CallView: ...
