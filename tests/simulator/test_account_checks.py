"""What an account can be asked about itself without a call: test events, permissions, clock, kind, numbers."""

import hashlib
import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from simulator.config import DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN
from tests.conformance.running import Customer, RunningCarrier
from tests.simulator.helpers import BUSY, FROM

OTHER = "+12025550102"


def test_sink_receives_a_signed_test_event(client: Client, customer: Customer) -> None:
    sink = client.events.v1.sinks.create(
        description="Test",
        sink_configuration={"destination": customer.url("/event?c=1"), "method": "POST"},
        sink_type="webhook",
    )

    assert client.events.v1.sinks(sink.sid).sink_test.create().result == "submitted"
    (one,) = customer.wait_for_prefix("/event?c=1&bodySHA256=")
    (event,) = json.loads(one.body)
    assert (event["type"], event["id"]) == ("com.twilio.eventstreams.test-event", DEFAULT_ACCOUNT_SID)
    assert one.path.endswith(hashlib.sha256(one.body.encode()).hexdigest())
    assert RequestValidator(DEFAULT_AUTH_TOKEN).validate(
        customer.address + one.path, one.body, one.headers["X-Twilio-Signature"]
    )
    assert [kept.sid for kept in client.events.v1.sinks.list()] == [sink.sid]
    assert client.events.v1.sinks(sink.sid).delete()
    assert client.events.v1.sinks.list() == []


@pytest.mark.parametrize(("kind", "destination"), [("webhook", "https://example.com/"), ("kinesis", "")])
def test_sink_elsewhere_is_refused(client: Client, kind: str, destination: str) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.events.v1.sinks.create("Test", {"destination": destination, "method": "POST"}, kind)
    assert refused.value.code == 20001


def test_lost_event_is_not_sent(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.fault("lost", target="callback.event")
    configuration = {"destination": customer.url("/event"), "method": "POST"}
    sink = client.events.v1.sinks.create("Test", configuration, "webhook")

    client.events.v1.sinks(sink.sid).sink_test.create()

    assert client.events.v1.sinks(sink.sid).delete()
    assert customer.diary == []


def test_countries_are_open_unless_closed(client: Client, carrier: RunningCarrier) -> None:
    carrier.sim(
        "accounts",
        "POST",
        {"sid": DEFAULT_ACCOUNT_SID, "auth_token": DEFAULT_AUTH_TOKEN, "closed_countries": ["TR"], "is_trial": True},
    )
    countries = client.voice.v1.dialing_permissions.countries

    assert countries("US").fetch().low_risk_numbers_enabled is True
    assert countries("TR").fetch().low_risk_numbers_enabled is False
    assert client.api.v2010.accounts(DEFAULT_ACCOUNT_SID).fetch().type == "Trial"
    with pytest.raises(TwilioRestException) as unknown:
        countries("QQ").fetch()
    assert unknown.value.code == 20404


def test_answers_are_dated_by_the_simulated_clock(client: Client) -> None:
    answer = client.api.v2010.accounts(DEFAULT_ACCOUNT_SID).fetch_with_http_info()

    assert parsedate_to_datetime(answer.headers["Date"]).date() == datetime(2026, 3, 10, tzinfo=UTC).date()


def test_account_that_lists_no_number_shows_the_fictional_one_that_is_asked_for(client: Client) -> None:
    assert client.incoming_phone_numbers.list() == []
    assert [one.phone_number for one in client.incoming_phone_numbers.list(phone_number=FROM)] == [FROM]
    client.incoming_phone_numbers.create(phone_number=OTHER)
    assert client.incoming_phone_numbers.list(phone_number=FROM) == []


def test_verified_number_takes_no_other_away(client: Client) -> None:
    client.validation_requests.create(phone_number=OTHER)

    for sender in (OTHER, FROM):
        assert client.calls.create(to=BUSY, from_=sender, twiml="<Response/>").status == "queued"
    client.incoming_phone_numbers.create(phone_number=FROM)
    for sender in (OTHER, FROM):
        assert client.calls.create(to=BUSY, from_=sender, twiml="<Response/>").status == "queued"
