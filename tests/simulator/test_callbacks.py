"""Faults between carrier and customer, seen from the customer's side."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.conformance.running import Customer, RunningCarrier
from tests.simulator.helpers import BUSY, FROM, JOIN, PERSON, STEADY, VOICEMAIL, dial, park_agent, statuses

HANG_UP = "<Response><Hangup/></Response>"


def numbers(customer: Customer) -> list[str]:
    return [one.fields["SequenceNumber"] for one in customer.received("/status")]


def test_doubled_callbacks_come_twice(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.fault("doubled", target="callback.status")

    dial(client, customer, BUSY)

    customer.wait_for("/status", 6)
    assert numbers(customer) == ["0", "0", "1", "1", "2", "2"]


def test_lost_callback_never_comes(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.fault("lost", target="callback.status", next=1)

    dial(client, customer, BUSY)

    customer.wait_for("/status", 2)
    assert statuses(customer) == ["ringing", "busy"]
    assert carrier.sim("stats")["counts"]["fault.lost"] == 1


class Gate:
    """A clock by which nothing comes that is to come later, until it is opened."""

    def __init__(self, carrier: RunningCarrier) -> None:
        self._clock, self._opened = carrier.carrier.clock, threading.Event()
        self.waits: list[timedelta] = []

    def now(self) -> datetime:
        return self._clock.start

    async def until(self, instant: datetime) -> None:
        self.waits.append(instant - self.now())
        await asyncio.to_thread(self._opened.wait)

    def open(self) -> None:
        self._opened.set()


@pytest.fixture
def gate(carrier: RunningCarrier, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate(carrier)
    monkeypatch.setattr(carrier.carrier.callbacks, "_clock", gate)
    yield gate
    gate.open()


def test_reordered_callback_comes_after_the_next(
    client: Client, carrier: RunningCarrier, customer: Customer, gate: Gate
) -> None:
    carrier.fault("reordered", target="callback.status", next=1)

    dial(client, customer, BUSY)

    customer.wait_for("/status", 3)
    assert statuses(customer) == ["ringing", "initiated", "busy"]


def test_last_callback_reordered_still_comes(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.fault("reordered", target="callback.status")

    client.calls.create(to=BUSY, from_=FROM, twiml=HANG_UP, status_callback=customer.url("/status"))

    assert customer.wait_for("/status")[0].fields["CallStatus"] == "busy"


def test_late_callback_comes_late(client: Client, carrier: RunningCarrier, customer: Customer, gate: Gate) -> None:
    carrier.fault("late", target="callback.status", next=1, seconds=600)

    dial(client, customer, BUSY)

    customer.wait_for("/status", 2)
    assert (carrier.sim("stats")["pending_callbacks"], statuses(customer)) == (1, ["ringing", "busy"])
    gate.open()
    customer.wait_for("/status", 3)
    assert (gate.waits, statuses(customer)) == ([timedelta(seconds=600)], ["ringing", "busy", "initiated"])


def test_refused_callback_is_noted_and_not_repeated(
    client: Client, carrier: RunningCarrier, customer: Customer
) -> None:
    customer.answers["/status"] = 500

    dial(client, customer, BUSY)

    customer.wait_for("/status", 3)
    assert numbers(customer) == ["0", "1", "2"]
    assert {note["code"] for note in carrier.sim("notifications")["notifications"]} == {15003}


def test_refused_callback_is_repeated_when_its_address_asks(
    client: Client, carrier: RunningCarrier, customer: Customer
) -> None:
    customer.answers["/status"] = 500

    hook = customer.url("/status") + "#rc=2&rp=5xx"
    client.calls.create(to=BUSY, from_=FROM, twiml=HANG_UP, status_callback=hook)

    told = customer.wait_for("/status", 3)
    assert {one.fields["SequenceNumber"] for one in told} == {"0"}
    assert len({one.headers["I-Twilio-Idempotency-Token"] for one in told}) == 1
    assert all(one.signed for one in told)


def test_rate_limit_is_told(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.fault("throttled", next=1)

    with pytest.raises(TwilioRestException) as refused:
        dial(client, customer, BUSY)

    assert (refused.value.status, refused.value.code) == (429, 20429)
    assert carrier.sim("stats")["counts"].get("calls.created", 0) == 0


def test_failure_before_acceptance_dials_nobody(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.fault("fails_before", next=1)

    with pytest.raises(TwilioRestException) as failed:
        dial(client, customer, BUSY)

    assert (failed.value.status, client.calls.list()) == (500, [])


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "fails_after"}, TwilioRestException),
        ({"kind": "drops_after"}, requests.ConnectionError),
        ({"kind": "hangs_after", "seconds": 0.05}, requests.ConnectionError),
    ],
    ids=str,
)
def test_failure_after_acceptance_dials_all_the_same(
    client: Client, carrier: RunningCarrier, customer: Customer, fault: dict[str, Any], error: type[Exception]
) -> None:
    carrier.fault(**fault, next=1)

    with pytest.raises(error):
        dial(client, customer, BUSY)

    customer.wait_for("/status", 3)
    assert [call.status for call in client.calls.list(to=BUSY)] == ["busy"]


def test_slow_answer_still_comes(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.fault("slow", next=1, seconds=0.02)

    assert client.calls.create(to=BUSY, from_=FROM, twiml=HANG_UP).status == "queued"
    assert carrier.sim("faults")["faults"][0]["struck"] == 1


def test_faults_can_be_switched_off(carrier: RunningCarrier) -> None:
    carrier.fault("lost")

    assert carrier.sim("faults", "DELETE") == {"faults": []}


def detect(client: Client, customer: Customer, to: str, **fields: Any) -> str:
    amd = {"machine_detection": "Enable", "async_amd": "true", "async_amd_status_callback": customer.url("/amd")}
    return dial(client, customer, to, **amd | fields)


@STEADY
def test_detection_is_told_apart(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.pin(PERSON, "taken_for_machine")
    customer.answers["/answer"] = JOIN
    park_agent(client, customer)

    sid = detect(client, customer, PERSON)

    (told,) = customer.wait_for("/amd")
    assert set(told.fields) == {"CallSid", "AccountSid", "AnsweredBy", "MachineDetectionDuration"}
    assert (told.fields["AnsweredBy"], told.signed) == ("machine_start", True)
    assert 2500 <= int(told.fields["MachineDetectionDuration"]) <= 4000
    assert client.calls(sid).fetch().answered_by == "machine_start"


def test_message_end_is_detected(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    customer.answers["/answer"] = "<Response><Pause length='600'/></Response>"
    verdicts = set()
    for count in range(1, 6):
        detect(client, customer, VOICEMAIL, machine_detection="DetectMessageEnd", timeout=40)
        verdicts.add(customer.wait_for("/amd", count)[-1].fields["AnsweredBy"])

    assert "machine_end_beep" in verdicts


def test_synchronous_verdict_comes_with_the_answer(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.pin(PERSON, "taken_for_machine")

    dial(client, customer, PERSON, machine_detection="Enable")

    assert customer.wait_for("/answer")[0].fields["AnsweredBy"] == "machine_start"
    assert customer.received("/amd") == []


def test_verdict_is_unknown_when_the_callee_is_gone(
    client: Client, carrier: RunningCarrier, customer: Customer
) -> None:
    carrier.pin(PERSON, "silent")
    customer.answers["/answer"] = "<Response><Hangup/></Response>"

    detect(client, customer, PERSON)

    assert customer.wait_for("/amd")[0].fields["AnsweredBy"] == "unknown"


def test_verdict_never_overtakes_the_answer_hook(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.pin(PERSON, "taken_for_machine")
    customer.answers["/answer"] = "<Response><Pause length='30'/></Response>"

    detect(client, customer, PERSON)

    customer.wait_for("/amd")
    paths = [one.path for one in customer.diary]
    assert paths.index("/answer") < paths.index("/amd")


def test_callee_gone_during_synchronous_detection_asks_nobody(
    client: Client, carrier: RunningCarrier, customer: Customer
) -> None:
    carrier.pin(PERSON, "hangs_up")
    ends = [carrier.wait_over(dial(client, customer, PERSON, machine_detection="Enable")) for _ in range(8)]

    asked = {one.fields["CallSid"] for one in customer.received("/answer")}
    assert {row["ended_by"] for row in ends if row["call_sid"] not in asked} == {"callee"}
    assert len(asked) < 8
