"""Recordings of calls and conferences: https://www.twilio.com/docs/voice/api/recording"""

from aiohttp import web

from simulator.errors import CarrierError
from simulator.model import CallStatus, Recording
from simulator.recordings import silence
from simulator.rest.context import account_of, carrier_of, form_of
from simulator.rest.forms import recording_options
from simulator.rest.pages import date_filter, page
from simulator.rest.render import call_recording_json, recording_json, room_recording_json

CURRENT = "Twilio.CURRENT"


async def create_for_call(request: web.Request) -> web.Response:
    """Record a live call from now on."""
    carrier = carrier_of(request)
    call = carrier.registry.call(account_of(request), request.match_info["sid"])
    if call.status is not CallStatus.IN_PROGRESS:
        raise CarrierError(21220, "Cannot record.")
    options = recording_options(await form_of(request))
    recording = carrier.recordings.start_for_call(call, options, "StartCallRecordingAPI", carrier.now())
    return web.json_response(call_recording_json(recording), status=201)


async def list_for_call(request: web.Request) -> web.Response:
    """A call's recordings."""
    call = carrier_of(request).registry.call(account_of(request), request.match_info["sid"])
    return page(request, "recordings", reversed(call.recordings), call_recording_json)


async def fetch_for_call(request: web.Request) -> web.Response:
    """One recording of a call."""
    return web.json_response(call_recording_json(_of_call(request)))


async def update_for_call(request: web.Request) -> web.Response:
    """Pause, resume or stop a call's recording."""
    recording = _of_call(request)
    await _change(request, recording)
    return web.json_response(call_recording_json(recording))


async def list_for_room(request: web.Request) -> web.Response:
    """A conference's recordings."""
    room = carrier_of(request).registry.room(account_of(request), request.match_info["room"])
    return page(request, "recordings", [room.recording] if room.recording else [], room_recording_json)


async def fetch_for_room(request: web.Request) -> web.Response:
    """One recording of a conference."""
    return web.json_response(room_recording_json(_of_room(request)))


async def update_for_room(request: web.Request) -> web.Response:
    """Pause, resume or stop a conference's recording."""
    recording = _of_room(request)
    await _change(request, recording)
    return web.json_response(room_recording_json(recording))


async def index(request: web.Request) -> web.Response:
    """All recordings of the account, newest first."""
    carrier, query = carrier_of(request), request.query
    created = date_filter(request, "DateCreated")
    found = (
        recording
        for recording in carrier.registry.recordings_of(account_of(request))
        if query.get("CallSid", recording.call_sid) == recording.call_sid
        and query.get("ConferenceSid", recording.room_sid) == recording.room_sid
        and created(recording.started_at)
    )
    return page(request, "recordings", found, lambda one: recording_json(one, carrier.callbacks.media_url(one)))


async def fetch(request: web.Request) -> web.Response:
    """One recording: its JSON, or, without `.json`, its sound."""
    carrier = carrier_of(request)
    recording = carrier.registry.recording(account_of(request), request.match_info["recording"])
    return web.json_response(recording_json(recording, carrier.callbacks.media_url(recording)))


async def media(request: web.Request) -> web.Response:
    """The sound of a finished recording; silence of its length when no browser was there to hear it."""
    carrier = carrier_of(request)
    sid = request.match_info["recording"].removesuffix(".wav")
    recording = carrier.registry.recording(account_of(request), sid)
    if recording.status != "completed":
        raise CarrierError(20404)
    sound = carrier.gateway.media.tapes.wav(recording) or silence(recording)
    return web.Response(body=sound, content_type="audio/wav")


async def delete(request: web.Request) -> web.Response:
    """Delete a finished recording."""
    carrier = carrier_of(request)
    recording = carrier.registry.recording(account_of(request), request.match_info["recording"])
    if recording.status not in ("completed", "absent"):
        raise CarrierError(20409, "the recording is not complete")
    del carrier.registry.recordings[recording.sid]
    carrier.gateway.media.tapes.erase(recording.sid)
    return web.Response(status=204)


async def _change(request: web.Request, recording: Recording) -> None:
    form, carrier = await form_of(request), carrier_of(request)
    status = form.choice("Status", ("in-progress", "paused", "stopped"), "")
    if not status:
        raise CarrierError(20001, "Status")
    pause = form.choice("PauseBehavior", ("skip", "silence"), "silence")
    carrier.recordings.change(recording, status, pause, carrier.now())


def _of_call(request: web.Request) -> Recording:
    call = carrier_of(request).registry.call(account_of(request), request.match_info["sid"])
    return _pick(call.recordings, request.match_info["recording"])


def _of_room(request: web.Request) -> Recording:
    room = carrier_of(request).registry.room(account_of(request), request.match_info["room"])
    return _pick([room.recording] if room.recording else [], request.match_info["recording"])


def _pick(recordings: list[Recording], sid: str) -> Recording:
    for recording in reversed(recordings):
        if recording.sid == sid or (sid == CURRENT and recording.status in ("in-progress", "paused")):
            return recording
    raise CarrierError(20404)
