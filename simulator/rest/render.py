"""Twilio's JSON for each resource: its names, strings where it has strings, its dates."""

import re
from datetime import datetime
from typing import Any

from simulator.clock import rfc2822
from simulator.config import KeyConfig
from simulator.model import (
    API_VERSION,
    Account,
    Call,
    CallStatus,
    Notification,
    OwnedNumber,
    Recording,
    Room,
    Seat,
)

CALL_PARTS = (
    "notifications",
    "recordings",
    "payments",
    "events",
    "siprec",
    "streams",
    "transcriptions",
    "user_defined_message_subscriptions",
    "user_defined_messages",
)
ACCOUNT_PARTS = (
    "calls",
    "conferences",
    "incoming_phone_numbers",
    "notifications",
    "outgoing_caller_ids",
    "recordings",
)
SEAT_STATUS = {
    CallStatus.QUEUED: "queued",
    CallStatus.RINGING: "ringing",
    CallStatus.IN_PROGRESS: "connected",
    CallStatus.COMPLETED: "complete",
}


def account_uri(account: Account) -> str:
    """The path every resource of an account begins with."""
    return f"/{API_VERSION}/Accounts/{account.sid}"


def account_json(account: Account) -> dict[str, Any]:
    """An account, its token included, as Twilio shows it to its owner."""
    return {
        "auth_token": account.auth_token,
        "date_created": rfc2822(account.created_at),
        "date_updated": rfc2822(account.updated_at),
        "friendly_name": account.friendly_name,
        "owner_account_sid": account.owner_sid,
        "sid": account.sid,
        "status": account.status,
        "subresource_uris": _parts(account_uri(account), ACCOUNT_PARTS),
        "type": "Trial" if account.is_trial else "Full",
        "uri": f"{account_uri(account)}.json",
    }


def key_json(key: KeyConfig) -> dict[str, Any]:
    """An API key, without its secret."""
    made = _date(key.created_at)
    return {"sid": key.sid, "friendly_name": key.friendly_name, "date_created": made, "date_updated": made}


def call_json(call: Call) -> dict[str, Any]:
    """A call."""
    uri = f"{account_uri(call.account)}/Calls/{call.sid}"
    owned = call.account.numbers.get(call.sender)
    return {
        "account_sid": call.account.sid,
        "answered_by": call.answered_by or None,
        "api_version": API_VERSION,
        "caller_name": None,
        "date_created": rfc2822(call.created_at),
        "date_updated": rfc2822(call.updated_at),
        "direction": call.direction,
        "duration": str(call.seconds) if call.ended_at else None,
        "end_time": _date(call.ended_at),
        "forwarded_from": None,
        "from": call.sender,
        "from_formatted": formatted(call.sender),
        "group_sid": None,
        "parent_call_sid": call.parent_sid or None,
        "phone_number_sid": owned.sid if owned else None,
        "price": None,
        "price_unit": "USD",
        "queue_time": str(call.queue_ms),
        "sid": call.sid,
        "start_time": _date(call.started_at),
        "status": call.status.value,
        "subresource_uris": _parts(uri, CALL_PARTS),
        "to": call.to,
        "to_formatted": formatted(call.to),
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def room_json(room: Room) -> dict[str, Any]:
    """A conference."""
    uri = f"{account_uri(room.account)}/Conferences/{room.sid}"
    return {
        "account_sid": room.account.sid,
        "api_version": API_VERSION,
        "call_sid_ending_conference": room.ended_by_sid or None,
        "date_created": rfc2822(room.created_at),
        "date_updated": rfc2822(room.updated_at),
        "friendly_name": room.name,
        "region": room.region,
        "sid": room.sid,
        "status": room.status,
        "subresource_uris": _parts(uri, ("participants", "recordings")),
        "uri": f"{uri}.json",
    } | ({"reason_conference_ended": room.end_reason} if room.end_reason else {})


def seat_json(seat: Seat) -> dict[str, Any]:
    """A participant."""
    call = seat.call
    return {
        "account_sid": call.account.sid,
        "call_sid": call.sid,
        "call_sid_to_coach": seat.coach_sid or None,
        "coaching": seat.coaching,
        "conference_sid": seat.room.sid,
        "date_created": rfc2822(seat.created_at),
        "date_updated": rfc2822(seat.updated_at),
        "end_conference_on_exit": seat.end_on_exit,
        "hold": seat.hold,
        "label": seat.entry.label or None,
        "muted": seat.muted,
        "queue_time": str(call.queue_ms),
        "start_conference_on_enter": seat.entry.start_on_enter,
        "status": SEAT_STATUS.get(call.status, "failed"),
        "uri": f"{account_uri(call.account)}/Conferences/{seat.room.sid}/Participants/{call.sid}.json",
    }


def recording_json(recording: Recording, media_url: str) -> dict[str, Any]:
    """A recording, as the account's Recordings list shows it."""
    uri = f"{account_uri(recording.account)}/Recordings/{recording.sid}"
    return {
        **_recording_core(recording),
        "media_url": media_url,
        "subresource_uris": _parts(uri, ("add_on_results", "transcriptions")),
        "uri": f"{uri}.json",
    }


def call_recording_json(recording: Recording) -> dict[str, Any]:
    """A recording, as a call's Recordings show it."""
    uri = f"{account_uri(recording.account)}/Calls/{recording.call_sid}/Recordings/{recording.sid}.json"
    return {**_recording_core(recording), "track": recording.options.track, "uri": uri}


def room_recording_json(recording: Recording) -> dict[str, Any]:
    """A recording, as a conference's Recordings show it."""
    uri = f"{account_uri(recording.account)}/Conferences/{recording.room_sid}/Recordings/{recording.sid}.json"
    return {**_recording_core(recording), "uri": uri}


def number_json(account: Account, number: OwnedNumber) -> dict[str, Any]:
    """An incoming phone number."""
    settings = number.settings
    return {
        "account_sid": account.sid,
        "address_requirements": "none",
        "address_sid": None,
        "api_version": API_VERSION,
        "beta": False,
        "bundle_sid": None,
        "capabilities": {"fax": False, "mms": False, "sms": False, "voice": True},
        "date_created": rfc2822(number.created_at),
        "date_updated": rfc2822(number.created_at),
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "emergency_status": "Inactive",
        "friendly_name": number.friendly_name,
        "identity_sid": None,
        "origin": "twilio",
        "phone_number": number.phone_number,
        "sid": number.sid,
        "sms_application_sid": None,
        "sms_fallback_method": "POST",
        "sms_fallback_url": "",
        "sms_method": "POST",
        "sms_url": "",
        "status": "in-use",
        "status_callback": settings.get("StatusCallback", ""),
        "status_callback_method": settings.get("StatusCallbackMethod", "POST"),
        "trunk_sid": None,
        "uri": f"{account_uri(account)}/IncomingPhoneNumbers/{number.sid}.json",
        "voice_application_sid": None,
        "voice_caller_id_lookup": False,
        "voice_fallback_method": settings.get("VoiceFallbackMethod", "POST"),
        "voice_fallback_url": settings.get("VoiceFallbackUrl", ""),
        "voice_method": settings.get("VoiceMethod", "POST"),
        "voice_receive_mode": "voice",
        "voice_url": settings.get("VoiceUrl", ""),
    }


def caller_id_json(account: Account, number: OwnedNumber) -> dict[str, Any]:
    """A verified outside caller id."""
    return {
        "account_sid": account.sid,
        "date_created": rfc2822(number.created_at),
        "date_updated": rfc2822(number.created_at),
        "friendly_name": number.friendly_name,
        "phone_number": number.phone_number,
        "sid": number.sid,
        "uri": f"{account_uri(account)}/OutgoingCallerIds/{number.sid}.json",
    }


def notification_json(notification: Notification) -> dict[str, Any]:
    """A debugger line, for the control end point."""
    return {
        "at": notification.at.isoformat(),
        "account_sid": notification.account_sid,
        "call_sid": notification.call_sid or None,
        "code": notification.code,
        "text": notification.text,
        "url": notification.url or None,
    }


def formatted(number: str) -> str:
    """Twilio's display form of a North American number; others unchanged."""
    found = re.fullmatch(r"\+1(\d{3})(\d{3})(\d{4})", number)
    return f"({found[1]}) {found[2]}-{found[3]}" if found else number


def _recording_core(recording: Recording) -> dict[str, Any]:
    return {
        "account_sid": recording.account.sid,
        "api_version": API_VERSION,
        "call_sid": recording.call_sid or None,
        "channels": recording.options.channels,
        "conference_sid": recording.room_sid or None,
        "date_created": rfc2822(recording.started_at),
        "date_updated": rfc2822(recording.updated_at),
        "duration": None if recording.seconds is None else str(recording.seconds),
        "encryption_details": None,
        "error_code": None,
        "price": None,
        "price_unit": "USD",
        "sid": recording.sid,
        "source": recording.source,
        "start_time": rfc2822(recording.started_at),
        "status": recording.status,
    }


def _parts(uri: str, names: tuple[str, ...]) -> dict[str, str]:
    return {name: f"{uri}/{''.join(word.capitalize() for word in name.split('_'))}.json" for name in names}


def _date(instant: datetime | None) -> str | None:
    return rfc2822(instant) if instant else None
