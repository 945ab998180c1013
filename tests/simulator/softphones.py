"""What the tests with sound share: a simulator at real speed whose callees answer at once, and agents on the phone."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twilio.rest import Client

from simulator.config import PERSONALITIES
from tests.conformance.running import Customer, RunningCarrier, fast_config
from tests.simulator.browser_phone import BrowserPhone, token
from tests.simulator.helpers import FROM, ROOM


@pytest.fixture
def carrier(tmp_path: Path) -> Iterator[RunningCarrier]:
    """At real speed, as sound needs it. Nobody lets it ring, and those who talk would go soon if nobody talked to them."""
    text = re.sub(r"^ring = .*$", "ring = [0.01, 0.02]", PERSONALITIES.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = re.sub(r'(dialogue = "(?:sale|dnc)"\nring = .*\ntalk = ).*', r"\1[1.5, 1.5, 1.5]", text)
    quick = tmp_path / "personalities.toml"
    quick.write_text(text, encoding="utf-8")
    with RunningCarrier(fast_config(speed=1.0, personalities=quick)) as running:
        yield running


@pytest.fixture
def phone(carrier: RunningCarrier) -> Iterator[BrowserPhone]:
    """A browser that is connected, not yet signed in."""
    with BrowserPhone(carrier.address) as phone:
        yield phone


def ring(client: Client, customer: Customer, to: str = "client:t1-u7", **fields: Any) -> str:
    """Call an agent into the room; returns the call's SID."""
    given = {
        "from_": FROM,
        "beep": "false",
        "status_callback": customer.url("/agent"),
        "status_callback_event": ["ringing", "answered", "completed"],
        "conference_status_callback": customer.url("/conference"),
        "conference_status_callback_event": ["join", "leave"],
    } | fields
    leg = client.conferences(ROOM).participants.create(to=to, **given)
    return str(leg.call_sid)


def seat(client: Client, customer: Customer, phone: BrowserPhone, identity: str = "t1-u7", **fields: Any) -> str:
    """Sign an agent in and bring them into the room; returns their call's SID."""
    phone.sign_in(token(identity))
    sid = ring(client, customer, f"client:{identity}", **fields)
    phone.take_call()
    customer.wait_for("/conference", where=lambda one: one.fields.get("CallSid") == sid)
    return sid


def bring(client: Client, carrier: RunningCarrier, number: str, personality: str, **fields: Any) -> str:
    """Dial a callee into the room; returns the call's SID once it is answered."""
    carrier.pin(number, personality)
    carrier.sim(f"callees/{number}", "PUT", {"language": "en"})
    leg = client.conferences(ROOM).participants.create(from_=FROM, to=number, label="lead-1", beep="false", **fields)
    carrier.wait_until(leg.call_sid, lambda row: row["answered_at"] is not None)
    return str(leg.call_sid)


def room(client: Client) -> Any:
    """The room in use."""
    (found,) = client.conferences.list(friendly_name=ROOM, status="in-progress")
    return client.conferences(found.sid)
