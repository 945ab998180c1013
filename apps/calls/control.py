"""What is asked of the carrier about calls that exist: legs held, muted, moved and ended, recordings made and deleted.

Each function is one request; none of them opens a transaction or writes a row.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from apps.calls.models import Attempt, Transfer
from apps.telephony.addresses import REPEATED, hook_url
from apps.telephony.carrier import CallView, Sound
from apps.telephony.errors import Blame, CarrierError
from apps.telephony.gateway import carrier_for
from apps.telephony.models import ProviderAccount


@contextmanager
def gone_already() -> Iterator[None]:
    """What the carrier no longer has need not be ended or deleted."""
    try:
        yield
    except CarrierError as error:
        if error.blame != Blame.GONE:
            raise


def mute_leg(*, account: ProviderAccount, room_sid: str, sid: str, is_muted: bool) -> None:
    """Let nobody hear an agent's leg, or everybody again. Raises CarrierError."""
    carrier_for(account.sid, account.auth_token).mute_leg(room_sid=room_sid, sid=sid, is_muted=is_muted)


def change_coach(*, account: ProviderAccount, room_sid: str, sid: str, is_muted: bool, coached_sid: str) -> None:
    """Let a supervisor's leg be heard by nobody, by the leg `coached_sid` alone, or by all. Raises CarrierError."""
    carrier = carrier_for(account.sid, account.auth_token)
    carrier.change_coach(room_sid=room_sid, sid=sid, is_muted=is_muted, coached_sid=coached_sid)


def look_up_leg(*, account: ProviderAccount, sid: str) -> CallView | None:
    """What the carrier says of an agent's leg; None when it knows no such leg (any more). Raises CarrierError."""
    try:
        return carrier_for(account.sid, account.auth_token).get_call(sid)
    except CarrierError as error:
        if error.blame != Blame.GONE:
            raise
        return None


def end_leg(*, account: ProviderAccount, sid: str) -> None:
    """Hang up an agent's leg; one that is gone already is no error."""
    with gone_already():
        carrier_for(account.sid, account.auth_token).end_call(sid)


def hold_person(*, account: ProviderAccount, room_sid: str, attempt: Attempt, is_held: bool) -> None:
    """Let the person of a call hear music instead of the agent, or the agent again. Raises CarrierError."""
    carrier = carrier_for(account.sid, account.auth_token)
    carrier.hold_leg(room_sid=room_sid, sid=attempt.sid or "", is_held=is_held)


def redirect_person(*, attempt: Attempt, document: str) -> None:
    """Take the person of a live call to a new TwiML document, out of the conference too. Raises CarrierError."""
    account = attempt.caller_id.account
    carrier_for(account.sid, account.auth_token).redirect_call(attempt.sid or "", document)


def redirect_target(*, transfer: Transfer, document: str) -> None:
    """Take a transfer's target to a new TwiML document. Raises CarrierError."""
    account = transfer.attempt.caller_id.account
    carrier_for(account.sid, account.auth_token).redirect_call(transfer.sid, document)


def start_recording(*, attempt: Attempt) -> str:
    """Record the person's leg from now on, in two channels; returns the recording's sid. Raises CarrierError."""
    account = attempt.caller_id.account
    status_url = hook_url(attempt.tenant_id, "recording", a=str(attempt.id)) + REPEATED
    return carrier_for(account.sid, account.auth_token).start_recording(sid=attempt.sid or "", status_url=status_url)


def find_recording(*, attempt: Attempt) -> str:
    """The sid of the recording that the carrier is making of a call; empty for none. Raises CarrierError."""
    account = attempt.caller_id.account
    return carrier_for(account.sid, account.auth_token).find_recording(sid=attempt.sid or "")


def pause_recording(*, attempt: Attempt, recording_sid: str, is_paused: bool) -> None:
    """Pause or resume a recording. Raises CarrierError."""
    account = attempt.caller_id.account
    carrier = carrier_for(account.sid, account.auth_token)
    carrier.pause_recording(sid=attempt.sid or "", recording_sid=recording_sid, is_paused=is_paused)


def open_recording(*, account: ProviderAccount, sid: str) -> Sound:
    """The sound of a recording, from where the carrier keeps it. Raises CarrierError."""
    return carrier_for(account.sid, account.auth_token).open_recording(sid)


def delete_recording(*, account: ProviderAccount, sid: str) -> None:
    """Have the carrier delete a recording; one that is gone already is no error. Raises CarrierError."""
    with gone_already():
        carrier_for(account.sid, account.auth_token).delete_recording(sid)


def forget_test_call(*, account: ProviderAccount, sid: str) -> None:
    """Have the carrier delete what was said in a test call. Raises CarrierError."""
    with gone_already():
        carrier_for(account.sid, account.auth_token).delete_recordings_of(sid)
