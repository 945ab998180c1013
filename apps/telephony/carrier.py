"""The carrier port: what the platform asks of a carrier, in its own types."""

from collections.abc import Iterator
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
class CoachOrder:
    """A supervisor's leg in an agent's conference, which it neither begins nor ends.

    Muted it only listens. With `coached_sid`, the agent's leg, only that one hears it; else everybody does.
    """

    to: str
    caller_id: str
    room: str
    label: str
    time_limit: int
    is_muted: bool
    coached_sid: str = ""


@dataclass(frozen=True, slots=True)
class TargetOrder:
    """Somebody to whom a call is transferred, dialled into a conference; `to` is E.164.

    `is_alone_with_person`: the conference is theirs and the person's, who hears music until they answer, and it ends
    with them. Otherwise it is the agent's, in which the ringing is heard and which they neither begin nor end.
    """

    to: str
    caller_id: str
    room: str
    label: str
    status_url: str
    ring_seconds: int
    is_alone_with_person: bool


@dataclass(frozen=True, slots=True)
class StaffOrder:
    """A call to one of the tenant's own people, at their telephone or browser; `ended_url` hears of its end."""

    to: str
    caller_id: str
    answer_url: str
    ring_seconds: int
    ended_url: str | None = None


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as the carrier sees it now; `status` is the carrier's word."""

    sid: str
    status: str
    created_at: datetime
    queue_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as the carrier describes it; `answered_at` is the carrier's own clock, in whole seconds."""

    sid: str
    name: str
    is_active: bool
    is_trial: bool
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """An API key; the carrier shows its secret this once."""

    sid: str
    secret: str


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A subaccount that was opened."""

    sid: str
    auth_token: str


@dataclass(frozen=True, slots=True)
class NumberView:
    """A number (E.164) that calls may show: one of the account's own, or an outside one that was verified."""

    phone: str
    label: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """One of the account's own numbers; `calls_go_to` names who is asked about a call to it, empty for nobody."""

    sid: str
    calls_go_to: str


class Administration(Protocol):
    """What is asked of the carrier about an account apart from calls; nothing here dials for us.

    Every method raises CarrierError and none repeats a create by itself.
    """

    def get_account(self) -> AccountView: ...

    def open_account(self, name: str) -> NewAccount: ...

    def make_key(self, name: str) -> NewKey: ...

    def delete_key(self, sid: str) -> None: ...

    def try_key(self, sid: str, secret: str) -> None: ...

    def list_numbers(self) -> list[NumberView]: ...

    def may_show(self, phone: str) -> bool: ...

    def find_own_number(self, phone: str) -> OwnNumber | None: ...

    def send_calls(self, sid: str, *, voice_url: str, over_url: str) -> None: ...

    def verify_number(self, phone: str, label: str) -> str: ...

    def may_dial(self, country: str) -> bool: ...

    def longest_wait(self) -> float | None: ...

    def send_event(self, url: str) -> None: ...

    def stop_events(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording as it arrives: a WAV file of `size` bytes in pieces."""

    size: int
    pieces: Iterator[bytes]


class Carrier(Protocol):
    """One tenant's account at a carrier. Every method raises CarrierError and none repeats a create by itself."""

    def create_call(self, order: CallOrder) -> CallView: ...

    def call_staff(self, order: StaffOrder) -> str: ...

    def create_leg(self, order: LegOrder) -> str: ...

    def create_coach(self, order: CoachOrder) -> str: ...

    def change_coach(self, *, room_sid: str, sid: str, is_muted: bool, coached_sid: str) -> None: ...

    def create_target(self, order: TargetOrder) -> str: ...

    def hold_leg(self, *, room_sid: str, sid: str, is_held: bool) -> None: ...

    def start_recording(self, *, sid: str, status_url: str) -> str: ...

    def find_recording(self, *, sid: str) -> str: ...

    def pause_recording(self, *, sid: str, recording_sid: str, is_paused: bool) -> None: ...

    def open_recording(self, sid: str) -> Sound: ...

    def delete_recordings_of(self, call_sid: str) -> None: ...

    def delete_recording(self, sid: str) -> None: ...

    def mute_leg(self, *, room_sid: str, sid: str, is_muted: bool) -> None: ...

    def redirect_call(self, sid: str, document: str) -> None: ...

    def end_call(self, sid: str) -> None: ...

    def cancel_call(self, sid: str) -> None: ...

    def find_calls(self, *, to: str, caller_id: str, since: datetime) -> list[CallView]: ...

    def get_call(self, sid: str) -> CallView: ...
