"""What the simulator's tests share: numbers, an account, a call that reports everything."""

from typing import Any

import pytest
import requests
from twilio.rest import Client

from simulator.config import DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN
from tests.conformance.running import Customer, Received, RunningCarrier

# For tests that act while people talk: a call lasts seconds, not milliseconds.
STEADY = pytest.mark.parametrize("carrier", [60.0], indirect=True)
FROM = "+12025550101"
PERSON, BUSY, VOICEMAIL = "+12125550181", "+12125550190", "+12125550192"
ALL_EVENTS = ["initiated", "ringing", "answered", "completed"]
ROOM_EVENTS = ["start", "end", "join", "leave", "mute", "hold", "modify"]
ROOM = "t1-agent-7"
JOIN = (
    '<Response><Dial><Conference startConferenceOnEnter="false" endConferenceOnExit="false" beep="false" waitUrl="" '
    f'participantLabel="lead-1">{ROOM}</Conference></Dial></Response>'
)


def dial(client: Client, customer: Customer, to: str, **fields: Any) -> str:
    """Create a call with an answer hook and all status callbacks; returns its SID."""
    given = {
        "from_": FROM,
        "url": customer.url("/answer"),
        "status_callback": customer.url("/status"),
        "status_callback_event": ALL_EVENTS,
    } | fields
    return str(client.calls.create(to=to, **given).sid)


def park_agent(client: Client, customer: Customer, **fields: Any) -> str:
    """Put an agent's standing leg into the room; returns its call SID."""
    leg = client.conferences(ROOM).participants.create(
        from_=FROM,
        to="client:t1-u7",
        label="agent-7",
        conference_status_callback=customer.url("/conference"),
        conference_status_callback_event=ROOM_EVENTS,
        **fields,
    )
    customer.wait_for("/conference", where=lambda one: event(one) == "participant-join")
    return str(leg.call_sid)


def meet(client: Client, carrier: RunningCarrier, customer: Customer, **fields: Any) -> tuple[str, str]:
    """Park an agent and bring a lead who has time into the room; returns both call SIDs."""
    carrier.pin(PERSON, "sale_slow")
    customer.answers["/answer"] = JOIN
    agent = park_agent(client, customer)
    lead = dial(client, customer, PERSON, **fields)
    customer.wait_for("/conference", where=lambda one: one.fields.get("ParticipantLabel") == "lead-1")
    return agent, lead


def post_call(carrier: RunningCarrier, form: dict[str, str]) -> dict[str, Any]:
    """Create a call past Twilio's client, with any fields; returns the JSON of the answer."""
    url = f"{carrier.address}/2010-04-01/Accounts/{DEFAULT_ACCOUNT_SID}/Calls.json"
    answer = requests.post(url, data=form, auth=(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN), timeout=10)
    body: dict[str, Any] = answer.json()
    return body


def event(one: Received) -> str:
    """The conference event of a callback."""
    return one.fields.get("StatusCallbackEvent", "")


def statuses(customer: Customer, path: str = "/status") -> list[str]:
    """CallStatus of each status callback so far."""
    return [one.fields["CallStatus"] for one in customer.received(path)]
