"""Calls from outside: who missed a call rings the number that it showed, and is put through to nobody else."""

import pytest
from twilio.rest import Client

from simulator.callees import load_callees
from simulator.config import DEFAULT_ACCOUNT_SID, PERSONALITIES
from tests.conformance.running import Customer, RunningCarrier
from tests.simulator.helpers import BUSY, FROM, dial

CALLER = "+12125550123"
MENU = '<Response><Gather numDigits="1" action="/chosen" method="POST"><Say>Press a key.</Say></Gather><Hangup/></Response>'
BYE = "<Response><Say>Thank you.</Say><Hangup/></Response>"


@pytest.fixture
def answering(carrier: RunningCarrier, customer: Customer, client: Client) -> Customer:
    """The customer takes the calls to the number, which its account owns without listing it."""
    customer.answers |= {"/inbound": MENU, "/chosen": BYE}
    (number,) = client.incoming_phone_numbers.list(phone_number=FROM)
    client.incoming_phone_numbers(number.sid).update(
        voice_url=customer.url("/inbound"), status_callback=customer.url("/over")
    )
    return customer


def let_ring(carrier: RunningCarrier, caller: str, keys: str, to: str = FROM) -> str:
    body = {"account_sid": DEFAULT_ACCOUNT_SID, "to": to, "keys": keys}
    return str(carrier.sim(f"callees/{caller}/ring", "POST", body)["call_sid"])


def test_who_missed_a_call_rings_back_and_presses_their_key(
    carrier: RunningCarrier, answering: Customer, client: Client
) -> None:
    carrier.carrier.callees.personalities["asks_back"] = {  # type: ignore[index]  # a dict behind the mapping
        "answers": "nobody",
        "rings_back": [30, 30],
        "presses_back": {"1": 1},
    }
    carrier.pin(CALLER, "asks_back")
    missed = carrier.wait_over(dial(client, answering, CALLER))

    (over,) = answering.wait_for("/over")
    (rang,), (chosen,) = answering.received("/inbound"), answering.received("/chosen")
    assert (missed["status"], rang.signed, chosen.signed, over.signed) == ("no-answer", True, True, True)
    shown = {name: rang.fields[name] for name in ("From", "To", "Direction", "CallStatus", "AccountSid")}
    assert shown == {
        "From": CALLER,
        "To": FROM,
        "Direction": "inbound",
        "CallStatus": "ringing",
        "AccountSid": DEFAULT_ACCOUNT_SID,
    }
    assert (chosen.fields["Digits"], chosen.fields["CallSid"]) == ("1", rang.fields["CallSid"])
    assert (over.fields["CallStatus"], over.fields["CallSid"]) == ("completed", rang.fields["CallSid"])
    back = client.calls(rang.fields["CallSid"]).fetch()
    assert (back.direction, back.status, back.to) == ("inbound", "completed", FROM)
    assert [row["call_sid"] for row in carrier.sim("dials")["dials"]] == [missed["call_sid"]]


def test_an_outside_call_can_be_asked_for_with_the_number_hidden(carrier: RunningCarrier, answering: Customer) -> None:
    sid = let_ring(carrier, "anonymous", "9")

    answering.wait_for("/over")
    assert [one.fields["From"] for one in answering.received("/inbound")] == ["anonymous"]
    assert [(one.fields["CallSid"], one.fields["Digits"]) for one in answering.received("/chosen")] == [(sid, "9")]


def test_who_presses_nothing_hears_all_and_the_call_ends(carrier: RunningCarrier, answering: Customer) -> None:
    let_ring(carrier, CALLER, "")

    answering.wait_for("/over")
    assert answering.received("/chosen") == []


def test_a_number_whose_calls_nobody_takes_is_reached_by_nobody(carrier: RunningCarrier) -> None:
    with pytest.raises(AssertionError, match="nobody is asked"):
        let_ring(carrier, CALLER, "1")
    assert carrier.sim("stats")["counts"]["calls.inbound_nowhere"] == 1


def test_an_outside_call_takes_no_slot_of_the_rate(
    carrier: RunningCarrier, answering: Customer, client: Client
) -> None:
    before = carrier.sim("stats")["dialled"]
    for _ in range(3):
        let_ring(carrier, CALLER, "1")
    answering.wait_for("/over", count=3)

    assert (carrier.sim("stats")["dialled"], carrier.sim("stats")["queued"]) == (before, 0)
    assert carrier.wait_over(dial(client, answering, BUSY))["status"] == "busy"


def test_some_people_who_miss_a_call_ring_back_and_the_same_ones_each_time() -> None:
    callees = load_callees(PERSONALITIES, seed=7)
    plans = [callees.plan(f"+1646200{n:04}", 1) for n in range(2000)]
    backs = [plan for plan in plans if plan.rings_back_after is not None]

    assert 20 < len(backs) < 120
    assert {plan.answers for plan in backs} == {"nobody"}
    assert {plan.keys_back for plan in backs} == {"1", "9", ""}
    assert plans == [callees.plan(f"+1646200{n:04}", 1) for n in range(2000)]
