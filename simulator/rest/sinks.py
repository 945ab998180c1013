"""Sinks of Event Streams, as far as testing a web hook needs them: https://www.twilio.com/docs/events/event-streams"""

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from aiohttp import web

from simulator.config import is_local_url
from simulator.errors import CarrierError
from simulator.model import Sink
from simulator.registry import new_sid
from simulator.rest.context import account_of, carrier_of, form_of
from simulator.rest.forms import Form
from simulator.rest.pages import meta_page

HOST = "https://events.twilio.com"


async def create(request: web.Request) -> web.Response:
    """Register an address for events; only web hooks are simulated."""
    account, form, carrier = account_of(request), await form_of(request), carrier_of(request)
    if form.text("SinkType") != "webhook":
        raise CarrierError(20001, "SinkType")
    destination, method = _configuration(form)
    sink = Sink(new_sid("DG"), account, form.text("Description"), destination, method, carrier.now())
    carrier.registry.sinks[sink.sid] = sink
    return web.json_response(sink_json(sink), status=201)


async def index(request: web.Request) -> web.Response:
    """The account's sinks."""
    account = account_of(request)
    sinks = [sink for sink in carrier_of(request).registry.sinks.values() if sink.account is account]
    return meta_page(request, "sinks", sinks, sink_json, HOST)


async def test(request: web.Request) -> web.Response:
    """Send a test event to the sink, signed, without waiting for the answer."""
    sink, carrier = _sink(request), carrier_of(request)
    carrier.callbacks.event(sink, json.dumps([_test_event(sink, carrier.now())]))
    return web.json_response({"result": "submitted"}, status=201)


async def delete(request: web.Request) -> web.Response:
    """Forget the address."""
    del carrier_of(request).registry.sinks[_sink(request).sid]
    return web.Response(status=204)


def sink_json(sink: Sink) -> dict[str, Any]:
    """A sink."""
    url = f"{HOST}/v1/Sinks/{sink.sid}"
    return {
        "date_created": _iso(sink.created_at),
        "date_updated": _iso(sink.created_at),
        "description": sink.description,
        "sid": sink.sid,
        "sink_configuration": {"destination": sink.destination, "method": sink.method},
        "sink_type": "webhook",
        "status": "active",
        "url": url,
        "links": {"sink_test": f"{url}/Test", "sink_validate": f"{url}/Validate"},
    }


def _configuration(form: Form) -> tuple[str, str]:
    try:
        given = json.loads(form.text("SinkConfiguration"))
        destination, method = str(given["destination"]), str(given.get("method", "POST"))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise CarrierError(20001, "SinkConfiguration") from None
    if not is_local_url(destination) or method != "POST":
        raise CarrierError(20001, "destination: not a URL on loopback, and this is a simulation")
    return destination, method


def _test_event(sink: Sink, at: datetime) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "type": "com.twilio.eventstreams.test-event",
        "source": "Sink",
        "id": sink.account.sid,
        "dataschema": "https://events-schemas.twilio.com/EventStreams.TestSink/1.json",
        "datacontenttype": "application/json",
        "time": _iso(at),
        "data": {"test_id": str(uuid4())},
    }


def _sink(request: web.Request) -> Sink:
    sink = carrier_of(request).registry.sinks.get(request.match_info["sid"])
    if sink is None or sink.account is not account_of(request):
        raise CarrierError(20404, request.path)
    return sink


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
