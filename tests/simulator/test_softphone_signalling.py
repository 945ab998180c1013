from typing import Any

import aiohttp
import pytest
from twilio.rest import Client

from simulator.config import SoftphoneConfig
from tests.conformance.client import conforming_client
from tests.conformance.running import Customer, RunningCarrier, fast_config
from tests.simulator.browser_phone import APPLICATION, BrowserPhone, token
from tests.simulator.helpers import FROM, ROOM, event
from tests.simulator.softphones import carrier, phone, ring, seat

__all__ = ["carrier", "phone"]

JOIN_ROOM = f'<Response><Dial><Conference participantLabel="agent-7">{ROOM}</Conference></Dial></Response>'


def test_connected_says_who_the_browser_is(phone: BrowserPhone) -> None:
    phone.send("listen", token=token("t1-u9", ttl=600), browserinfo={}, reconnectTimeout=0)

    connected = phone.expect("connected")["token"]

    assert (connected["identity"], 590 < connected["ttl"] <= 600) == ("t1-u9", True)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"ttl": -10}, 31205),
        ({"secret": "simulated-of-another-key-and-also-long"}, 31204),
        ({"signing_key_sid": "SK" + "2".zfill(32)}, 31204),
        ({"account_sid": "AC" + "9".zfill(32)}, 31204),
    ],
)
def test_bad_token_is_refused(phone: BrowserPhone, settings: dict[str, Any], code: int) -> None:
    phone.send("listen", token=token(**settings), browserinfo={}, reconnectTimeout=0)

    assert phone.expect("error")["error"]["code"] == code


def test_nothing_is_done_before_sign_in(phone: BrowserPhone) -> None:
    phone.send("register", media={"audio": True})

    assert phone.expect("error")["error"]["code"] == 31201


def test_token_that_takes_no_calls_does_not_register(phone: BrowserPhone) -> None:
    phone.send("listen", token=token(takes_calls=False), browserinfo={}, reconnectTimeout=0)
    phone.send("register", media={"audio": True})

    assert phone.expect("error")["error"]["code"] == 31403


@pytest.mark.parametrize("origin", ["https://elsewhere.example", ""])
def test_foreign_page_is_refused(carrier: RunningCarrier, origin: str) -> None:
    phone = BrowserPhone(carrier.address, origin)

    with pytest.raises(aiohttp.WSServerHandshakeError) as refused, phone:
        pass

    assert refused.value.status == 403


def test_registered_browser_is_rung_and_answers(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone
) -> None:
    phone.sign_in()

    sid = ring(client, customer, "client:t1-u7?lead=%D9%85&tier=a%26b")
    invite = phone.expect("invite")
    phone.take_call()

    customer.wait_for("/agent", 2)
    customer.wait_for("/conference", where=lambda one: event(one) == "participant-join")
    assert (invite["callsid"], invite["parameters"]["From"]) == (sid, FROM)
    assert invite["parameters"]["Params"] == "lead=%D9%85&tier=a%26b"
    assert carrier.sim(f"calls/{sid}")["status"] == "in-progress"


def test_browser_that_does_not_answer_is_given_up(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone
) -> None:
    phone.sign_in()

    sid = ring(client, customer, timeout=1)

    assert phone.expect("cancel") == {"callsid": sid}
    assert carrier.wait_over(sid)["status"] == "no-answer"


def test_cancelled_call_stops_ringing(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone
) -> None:
    phone.sign_in()
    sid = ring(client, customer)
    phone.expect("invite")

    client.calls(sid).update(status="canceled")

    assert phone.expect("cancel") == {"callsid": sid}


def test_rejected_call_is_busy(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone
) -> None:
    phone.sign_in()
    sid = ring(client, customer)
    phone.expect("invite")

    phone.send("reject", callsid=sid)

    assert carrier.wait_over(sid)["status"] == "busy"


def test_person_who_is_away_is_not_answered_for(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone
) -> None:
    phone.sign_in()
    phone.drop()
    carrier.wait_browsers(0)

    sid = ring(client, customer)

    assert carrier.wait_over(sid)["status"] == "no-answer"


def test_person_who_signed_off_leaves_the_simulator_to_answer(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone
) -> None:
    phone.sign_in()
    phone.send("register", media={"audio": False})
    phone.expect("offline")

    sid = ring(client, customer)

    customer.wait_for("/conference", where=lambda one: event(one) == "participant-join")
    assert carrier.sim(f"calls/{sid}")["status"] == "in-progress"


def test_identity_outside_the_simulated_agents_is_not_answered_for() -> None:
    config = fast_config(speed=1.0, softphone=SoftphoneConfig(agents=("robot-*",)))
    with RunningCarrier(config) as running:
        conforming = conforming_client(running.address)
        person = ring(conforming, running.customer)
        ring(conforming, running.customer, "client:robot-1")

        assert running.wait_over(person)["status"] == "no-answer"
        running.customer.wait_for("/conference", where=lambda one: event(one) == "participant-join")


def test_browser_hangs_up(client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone) -> None:
    sid = seat(client, customer, phone)

    phone.send("hangup", callsid=sid)

    over = carrier.wait_over(sid)
    assert (over["status"], over["ended_by"]) == ("completed", "callee")


def test_call_ended_by_the_customer_hangs_the_browser_up(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone
) -> None:
    sid = seat(client, customer, phone)

    client.calls(sid).update(status="completed")

    assert phone.expect("hangup") == {"callsid": sid}


def test_call_belongs_to_its_identity(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone
) -> None:
    phone.sign_in()
    sid = ring(client, customer)
    phone.expect("invite")
    with BrowserPhone(carrier.address) as other:
        other.sign_in(token("t2-u1"))

        other.send("hangup", callsid=sid)

        assert other.expect("error")["error"]["code"] == 31404
    assert carrier.sim(f"calls/{sid}")["status"] == "ringing"


def test_browser_dials_its_application(carrier: RunningCarrier, customer: Customer, phone: BrowserPhone) -> None:
    carrier.sim("applications", "POST", {"sid": APPLICATION, "voice_url": customer.url("/voice")})
    customer.answers["/voice"] = JOIN_ROOM
    phone.sign_in()

    sid = phone.dial(campaign="9", From="+12025550199", AccountSid="AC0")

    (asked,) = customer.wait_for("/voice")
    assert asked.signed
    wanted = {
        "CallSid": sid,
        "From": "client:t1-u7",
        "Direction": "inbound",
        "CallStatus": "ringing",
        "ApplicationSid": APPLICATION,
        "campaign": "9",
    }
    assert {name: asked.fields[name] for name in wanted} == wanted
    assert asked.fields["AccountSid"] != "AC0"


def test_browser_without_an_application_is_told(phone: BrowserPhone) -> None:
    phone.sign_in()

    phone.send("invite", callsid="TJS1", sdp="v=0", twilio={"params": ""})

    told = phone.expect("hangup")
    assert (told["callsid"], told["error"]["code"]) == ("TJS1", 31404)


@pytest.mark.parametrize("sdp", ["hello", "v=0", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0"])
def test_unusable_description_is_refused(
    carrier: RunningCarrier, customer: Customer, phone: BrowserPhone, sdp: str
) -> None:
    carrier.sim("applications", "POST", {"sid": APPLICATION, "voice_url": customer.url("/voice")})
    phone.sign_in()

    phone.send("invite", callsid="TJS1", sdp=sdp, twilio={"params": ""})

    told = phone.expect("hangup")
    assert (told["callsid"], told["error"]["code"]) == ("TJS1", 31400)
    assert customer.received("/voice") == []


@pytest.mark.parametrize("text", ["not json", "[]", '{"type": "answer", "payload": "x"}', '{"type": 7}'])
def test_nonsense_does_not_end_the_connection(phone: BrowserPhone, text: str) -> None:
    phone.send_text(text)

    phone.sign_in()


def test_call_is_taken_up_after_a_lost_connection(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone
) -> None:
    sid = seat(client, customer, phone)
    phone.drop()

    phone.resume(sid)

    assert phone.expect("answer")["callsid"] == sid
    phone.send("hangup", callsid=sid)
    assert carrier.wait_over(sid)["ended_by"] == "callee"


def test_call_is_not_taken_up_with_a_wrong_token(client: Client, customer: Customer, phone: BrowserPhone) -> None:
    sid = seat(client, customer, phone)
    phone.reconnect = "guessed"

    phone.resume(sid)

    assert phone.expect("error")["error"]["code"] == 31404


def test_call_that_ended_meanwhile_is_hung_up(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone
) -> None:
    sid = seat(client, customer, phone)
    phone.drop()
    client.calls(sid).update(status="completed")

    phone.resume(sid)

    assert phone.expect("hangup") == {"callsid": sid}
