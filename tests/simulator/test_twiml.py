import io
import wave
from datetime import datetime
from typing import Any

import pytest
from twilio.rest import Client

from tests.conformance.running import Customer, RunningCarrier
from tests.simulator.helpers import PERSON, STEADY, VOICEMAIL, dial

GATHER = (
    '<Response><Gather numDigits="1" action="/optout?a=1" timeout="3"><Say>All agents are busy. '
    "Press 9 and we will not call again.</Say></Gather><Hangup/></Response>"
)


def codes(carrier: RunningCarrier) -> list[int]:
    return [one["code"] for one in carrier.sim("notifications")["notifications"]]


def test_callee_presses_nine_when_offered(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.pin(PERSON, "opt_out")
    customer.answers |= {"/answer": GATHER, "/optout": "<Response><Say>Done</Say></Response>"}

    sid = dial(client, customer, PERSON)

    (pressed,) = customer.wait_for("/optout?a=1")
    assert (pressed.fields["Digits"], pressed.fields["CallSid"], pressed.signed) == ("9", sid, True)
    assert carrier.wait_over(sid)["ended_by"] == "script"


def test_callee_who_does_not_press_hears_the_rest(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.pin(PERSON, "silent")
    customer.answers["/answer"] = GATHER

    assert carrier.wait_over(dial(client, customer, PERSON))["ended_by"] == "script"
    assert customer.received("/optout?a=1") == []


def test_empty_result_is_posted_when_asked_for(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.pin(PERSON, "silent")
    customer.answers["/answer"] = GATHER.replace("<Gather", '<Gather actionOnEmptyResult="true"')
    customer.answers["/optout"] = "<Response/>"

    dial(client, customer, PERSON)

    assert customer.wait_for("/optout?a=1")[0].fields["Digits"] == ""


def test_redirect_is_relative_to_its_document(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    customer.answers |= {"/answer": "<Response><Redirect>next?x=1</Redirect></Response>", "/next": "<Response/>"}

    dial(client, customer, PERSON)

    assert customer.wait_for("/next?x=1")[0].signed


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (500, 11200),
        (204, 12300),
        ("<Response><Say>never closed</Response>", 12100),
        ("<Response><Speak>Hello</Speak></Response>", 12200),
        ("<!DOCTYPE x><Response/>", 12100),
        ("<Response><Say>" + "x" * 70_000 + "</Say></Response>", 11750),
    ],
    ids=["error", "empty", "not-xml", "unknown-verb", "doctype", "too-long"],
)
def test_bad_document_goes_to_the_fallback(
    client: Client, carrier: RunningCarrier, customer: Customer, answer: Any, code: int
) -> None:
    customer.answers |= {"/answer": answer, "/fallback": "<Response><Say>Sorry</Say></Response>"}

    sid = dial(client, customer, PERSON, fallback_url=customer.url("/fallback"))

    (fallback,) = customer.wait_for("/fallback")
    assert (fallback.fields["ErrorCode"], fallback.fields["ErrorUrl"]) == (str(code), customer.url("/answer"))
    carrier.wait_over(sid)
    assert codes(carrier) == [code]


def test_bad_document_without_fallback_ends_the_call(
    client: Client, carrier: RunningCarrier, customer: Customer
) -> None:
    customer.answers["/answer"] = 500

    row = carrier.wait_over(dial(client, customer, PERSON))

    assert (row["status"], row["ended_by"], codes(carrier)) == ("completed", "script", [11200])


def test_unknown_attribute_is_noted_and_ignored(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    customer.answers["/answer"] = "<Response><Say voyce='x'>Hello</Say></Response>"

    carrier.wait_over(dial(client, customer, PERSON))

    (note,) = carrier.sim("notifications")["notifications"]
    assert (note["code"], note["text"]) == (12200, "<Say> has no attribute 'voyce'")


def test_slow_answer_hook_goes_to_the_fallback(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    dead = "http://127.0.0.1:9/answer"
    customer.answers["/fallback"] = "<Response/>"

    dial(client, customer, PERSON, url=dead + "#ct=100&rc=0", fallback_url=customer.url("/fallback"))

    assert customer.wait_for("/fallback")[0].fields["ErrorCode"] == "11200"


@STEADY
def test_dialled_number_is_a_child_call(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    target = "+12125550123"
    carrier.pin(PERSON, "sale_slow")
    carrier.pin(target, "no_pitch")
    customer.answers |= {
        "/answer": f'<Response><Dial action="/after" callerId="+12025550102"><Number statusCallback="/child" '
        f'statusCallbackEvent="initiated ringing answered completed">{target}</Number></Dial></Response>',
        "/after": "<Response><Hangup/></Response>",
    }

    sid = dial(client, customer, PERSON)

    (after,) = customer.wait_for("/after")
    told = customer.wait_for("/child", 4)
    (child,) = client.calls.list(parent_call_sid=sid)
    assert (after.fields["DialCallStatus"], after.fields["DialCallSid"]) == ("completed", child.sid)
    assert (child.direction, child.to, child._from) == ("outbound-dial", target, "+12025550102")
    assert {one.fields["ParentCallSid"] for one in told} == {sid}


def test_dialled_number_that_is_busy_is_told_to_the_action(
    client: Client, carrier: RunningCarrier, customer: Customer
) -> None:
    carrier.pin(PERSON, "sale_slow")
    customer.answers |= {
        "/answer": '<Response><Dial action="/after">+12125550190</Dial></Response>',
        "/after": "<Response/>",
    }

    dial(client, customer, PERSON)

    assert customer.wait_for("/after")[0].fields["DialCallStatus"] == "busy"


@STEADY
def test_dialled_agent_hears_a_whisper_and_the_talk_is_recorded(
    client: Client, carrier: RunningCarrier, customer: Customer
) -> None:
    carrier.pin(PERSON, "sale_slow")
    customer.answers |= {
        "/answer": '<Response><Dial record="record-from-answer-dual" recordingStatusCallback="/recorded">'
        '<Client url="/whisper">t1-u7</Client></Dial></Response>',
        "/whisper": "<Response><Say>A lead from the spring list</Say></Response>",
    }

    sid = dial(client, customer, PERSON)

    (whisper,) = customer.wait_for("/whisper")
    carrier.sim(f"calls/{sid}/hang_up", "POST")
    (recorded,) = customer.wait_for("/recorded")
    assert (whisper.fields["ParentCallSid"], whisper.fields["To"]) == (sid, "client:t1-u7")
    assert (recorded.fields["RecordingSource"], recorded.fields["RecordingChannels"]) == ("DialVerb", "2")
    (child,) = client.calls.list(parent_call_sid=sid)
    assert carrier.wait_over(child.sid)["ended_by"] == "caller"


@STEADY
def test_lead_who_hangs_up_while_the_target_rings_cancels_it(
    client: Client, carrier: RunningCarrier, customer: Customer
) -> None:
    carrier.pin(PERSON, "hangs_up")
    customer.answers["/answer"] = '<Response><Dial timeout="60"><Number>+12125550191</Number></Dial></Response>'

    sid = dial(client, customer, PERSON)

    carrier.wait_over(sid)
    (child,) = client.calls.list(parent_call_sid=sid)
    assert carrier.wait_over(child.sid)["status"] == "canceled"


def test_noun_that_is_not_simulated_fails_the_document(
    client: Client, carrier: RunningCarrier, customer: Customer
) -> None:
    customer.answers["/answer"] = "<Response><Dial><Queue>support</Queue></Dial></Response>"

    carrier.wait_over(dial(client, customer, PERSON))

    assert codes(carrier) == [12200]


def test_message_is_recorded(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.pin(PERSON, "sale_slow")
    customer.answers |= {
        "/answer": '<Response><Record action="/after" recordingStatusCallback="/recorded" maxLength="8"/></Response>',
        "/after": "<Response/>",
    }

    dial(client, customer, PERSON)

    (recorded,) = customer.wait_for("/recorded")
    assert customer.wait_for("/after")[0].fields["RecordingDuration"] == "8"
    assert (recorded.fields["RecordingSource"], recorded.fields["RecordingDuration"]) == ("RecordVerb", "8")


def test_sound_plays_for_its_length(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setparams((1, 1, 8000, 0, "NONE", ""))
        sound.writeframes(b"\x80" * 8000 * 4)
    carrier.pin(PERSON, "sale_slow")
    customer.answers |= {
        "/answer": "<Response><Play loop='2'>/hello.wav</Play></Response>",
        "/hello.wav": buffer.getvalue(),
    }

    row = carrier.wait_over(dial(client, customer, PERSON))

    # Fetching it takes real time.
    assert 8 <= seconds(row) < 30


def test_machine_speaks_its_greeting_then_records(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    customer.answers["/answer"] = "<Response><Pause length='600'/></Response>"

    row = carrier.wait_over(dial(client, customer, VOICEMAIL, timeout=40))

    assert (row["ended_by"], row["personality"]) == ("callee", "voicemail")
    assert 0 <= seconds(row) - row["talk_seconds"] < 30


def test_verb_that_is_not_simulated_is_skipped(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    customer.answers["/answer"] = "<Response><Echo/><Redirect>/next</Redirect></Response>"
    customer.answers["/next"] = "<Response/>"

    dial(client, customer, PERSON)

    customer.wait_for("/next")
    assert carrier.sim("notifications")["notifications"][0]["text"] == "<Echo> is not simulated"


def seconds(row: dict[str, Any]) -> float:
    return (datetime.fromisoformat(row["ended_at"]) - datetime.fromisoformat(row["answered_at"])).total_seconds()
