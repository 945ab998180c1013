"""Conferences and participants: https://www.twilio.com/docs/voice/api/conference-resource"""

import re

from aiohttp import web

from simulator.carrier import Carrier
from simulator.conferences import ENDED_BY_API, UPDATED_BY_API
from simulator.errors import CarrierError
from simulator.model import Account, CallStatus, RecordOptions, Room, RoomEntry, Seat
from simulator.rest.calls import new_call
from simulator.rest.context import account_of, carrier_of, form_of
from simulator.rest.forms import RECORDING_EVENTS, ROOM_EVENTS, Form, amd_options, recording_options
from simulator.rest.pages import date_filter, page
from simulator.rest.render import room_json, seat_json
from simulator.softphone.pcm import Samples

ROOM_SID = re.compile(r"^CF[0-9a-fA-F]{32}$")
JITTER = ("off", "small", "medium", "large")


async def index(request: web.Request) -> web.Response:
    """Conferences, newest first, filtered."""
    query = request.query
    created, updated = date_filter(request, "DateCreated"), date_filter(request, "DateUpdated")
    rooms = (
        room
        for room in carrier_of(request).registry.rooms_of(account_of(request))
        if query.get("FriendlyName", room.name) == room.name
        and query.get("Status", room.status) == room.status
        and created(room.created_at)
        and updated(room.updated_at)
    )
    return page(request, "conferences", rooms, room_json)


async def fetch(request: web.Request) -> web.Response:
    """One conference."""
    return web.json_response(room_json(_room(request)))


async def update(request: web.Request) -> web.Response:
    """End a conference, by SID or name, or announce something to all in it (which takes no time here)."""
    form, carrier = await form_of(request), carrier_of(request)
    room = carrier.registry.find_open_room(account_of(request), request.match_info["room"]) or _room(request)
    status = form.choice("Status", ("completed",), "")
    announcement = await _sound(carrier, room, form, "Announce")
    if announcement is not None:
        carrier.gateway.media.announce(room, announcement)
    if status:
        carrier.rooms.end(room, ENDED_BY_API, "conference-ended-via-api", carrier.now())
    return web.json_response(room_json(room))


async def create_participant(request: web.Request) -> web.Response:
    """Dial somebody into a conference, by SID or name, making it when there is none of that name.

    This and ending a conference are the only operations that take a name; all others take the SID alone.
    """
    carrier, account = carrier_of(request), account_of(request)
    form = await form_of(request)
    call = new_call(carrier, account, form)
    entry = _entry(_room_name(carrier, account, request.match_info["room"]), form)
    call.amd = amd_options(form, always_async=True)
    options = recording_options(form)
    call.record = options if form.flag("Record", False) else None
    call.program = entry
    seat = carrier.rooms.reserve(call, entry, carrier.now())
    try:
        carrier.exchange.place(call)
    except CarrierError:
        carrier.rooms.leave(seat, UPDATED_BY_API, carrier.now())
        raise
    return web.json_response(seat_json(seat), status=201)


async def list_participants(request: web.Request) -> web.Response:
    """Those in the conference now."""
    query = request.query
    seats = (
        seat
        for seat in _room(request).present
        if query.get("Muted", _word(seat.muted)) == _word(seat.muted)
        and query.get("Hold", _word(seat.hold)) == _word(seat.hold)
        and query.get("Coaching", _word(seat.coaching)) == _word(seat.coaching)
    )
    return page(request, "participants", seats, seat_json)


async def fetch_participant(request: web.Request) -> web.Response:
    """One participant, by call SID or label."""
    return web.json_response(seat_json(_seat(request)))


async def update_participant(request: web.Request) -> web.Response:
    """Mute, hold, coach, or let the conference end with this one."""
    seat, form, carrier = _seat(request), await form_of(request), carrier_of(request)
    if not seat.is_present:
        raise CarrierError(20404)
    at = carrier.now()
    coach = form.text("CallSidToCoach")
    form.url("WaitUrl", 21205)
    announcement = await _sound(carrier, seat.room, form, "Announce")
    hold_music = await _sound(carrier, seat.room, form, "Hold")
    if form.has("Coaching") or coach:
        carrier.rooms.set_coaching(seat, form.flag("Coaching", True), coach, at)
    if form.has("Muted"):
        carrier.rooms.set_muted(seat, form.flag("Muted", False), at)
    if announcement is not None:
        carrier.gateway.media.prompt(seat.call, announcement)
    if form.has("Hold"):
        carrier.gateway.media.set_hold_music(seat.call, hold_music)
        carrier.rooms.set_hold(seat, form.flag("Hold", False), at)
    seat.end_on_exit = form.flag("EndConferenceOnExit", seat.end_on_exit)
    return web.json_response(seat_json(seat))


async def delete_participant(request: web.Request) -> web.Response:
    """Put somebody out. A leg that came by `<Dial>` goes on with its TwiML, another one ends."""
    seat, carrier = _seat(request), carrier_of(request)
    if seat.is_present:
        carrier.rooms.leave(seat, UPDATED_BY_API, carrier.now(), kicked=True)
    else:
        carrier.exchange.hang_up(seat.call, CallStatus.COMPLETED, "api", carrier.now())
    return web.Response(status=204)


def _room(request: web.Request) -> Room:
    return carrier_of(request).registry.room(account_of(request), request.match_info["room"])


def _room_name(carrier: Carrier, account: Account, sid_or_name: str) -> str:
    if not ROOM_SID.match(sid_or_name):
        return sid_or_name
    room = carrier.registry.room(account, sid_or_name)
    if room.status == "completed":
        raise CarrierError(20404)
    return room.name


def _seat(request: web.Request) -> Seat:
    room, who = _room(request), request.match_info["who"]
    for seat in room.seats.values():
        if who in (seat.call.sid, seat.entry.label):
            return seat
    raise CarrierError(20404)


def _entry(room: str, form: Form) -> RoomEntry:
    form.choice("JitterBufferSize", JITTER, "large")
    form.url("WaitUrl", 21205)
    record = None
    if form.text("ConferenceRecord", "false") in ("true", "record-from-start"):
        hook = form.hook("ConferenceRecordingStatusCallback", RECORDING_EVENTS, "completed")
        record = RecordOptions(hook=hook)
    coach = form.text("CallSidToCoach")
    return RoomEntry(
        room=room,
        label=form.text("Label"),
        muted=form.flag("Muted", False),
        beep=form.choice("Beep", ("true", "false", "onEnter", "onExit"), "true"),
        start_on_enter=form.flag("StartConferenceOnEnter", True),
        end_on_exit=form.flag("EndConferenceOnExit", False),
        coach=coach if form.flag("Coaching", bool(coach)) else "",
        max_participants=int(form.number("MaxParticipants", 250, 2, 250)),
        hook=form.hook("ConferenceStatusCallback", ROOM_EVENTS, "start end"),
        record=record,
        region=form.text("Region"),
    )


async def _sound(carrier: Carrier, room: Room, form: Form, name: str) -> Samples | None:
    """The sound of AnnounceUrl or HoldUrl, None when not sent, or when no browser could hear it."""
    url, method = form.url(f"{name}Url", 21205), form.method(f"{name}Method")
    if not url or not carrier.gateway.media.hears(room):
        return None
    return await carrier.gateway.sounds.fetch(room.account, url, method)


def _word(value: bool) -> str:
    return "true" if value else "false"
