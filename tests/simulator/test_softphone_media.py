import io
import wave
from collections.abc import Iterator

import numpy as np
import pytest
import requests
from twilio.rest import Client

from simulator.softphone import switchboard
from simulator.softphone.pcm import silence, wav
from simulator.softphone.speech import synthesiser
from tests.conformance.running import Customer, RunningCarrier
from tests.simulator.browser_phone import APPLICATION, BrowserPhone, Samples, level, likeness, power, tone
from tests.simulator.helpers import event
from tests.simulator.softphones import bring, carrier, phone, room, seat

__all__ = ["carrier", "phone"]

LEAD = "+12125550181"
LOW, HIGH, OTHER, BEEP_HZ = 440.0, 900.0, 1_700.0, 520.0
AUDIBLE, SILENT = 1_000.0, 60.0
VOICE = int(LEAD[-2:])
# A rhythm that an envelope can be known by.
PHRASE = np.concatenate([tone(LOW, 0.2), silence(0.15), tone(LOW, 0.35), silence(0.05), tone(LOW, 0.1)])


@pytest.fixture
def second(carrier: RunningCarrier) -> Iterator[BrowserPhone]:
    with BrowserPhone(carrier.address) as phone:
        yield phone


@pytest.fixture
def third(carrier: RunningCarrier) -> Iterator[BrowserPhone]:
    with BrowserPhone(carrier.address) as phone:
        yield phone


def is_said(line: str) -> "Said":
    return Said(synthesiser().say(line, "en", VOICE))


class Said:
    """Whether a line of a callee is in what was heard, by its envelope."""

    def __init__(self, line: Samples) -> None:
        self.line = line

    def __call__(self, heard: Samples) -> bool:
        return likeness(self.line, heard) > 0.9


def sound_of(customer: Customer, client: Client) -> Samples:
    """The finished recording, one column a channel; as long as the carrier said it is."""
    done = customer.wait_for("/recording", where=lambda one: one.fields["RecordingStatus"] == "completed")[0].fields
    url = done["RecordingUrl"] + ".wav"
    body = requests.get(url, auth=(client.username, client.password), timeout=10).content
    with wave.open(io.BytesIO(body)) as reader:
        assert reader.getnframes() / reader.getframerate() == float(done["RecordingDuration"])
        samples = np.frombuffer(reader.readframes(reader.getnframes()), np.int16)
        return samples.reshape(-1, reader.getnchannels())


def test_callee_who_wants_no_calls_says_so_and_hangs_up(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone
) -> None:
    seat(client, customer, phone)
    lead = bring(client, carrier, LEAD, "dnc")
    phone.hear(is_said("Hello?"))

    phone.say(PHRASE)

    phone.hear(is_said("Stop. Never call this number again. Take me off your list."))
    assert carrier.wait_over(lead)["ended_by"] == "callee"


def test_two_agents_hear_each_other_and_not_themselves(
    client: Client, customer: Customer, phone: BrowserPhone, second: BrowserPhone
) -> None:
    seat(client, customer, phone)
    seat(client, customer, second, "t1-u8")

    phone.say(tone(LOW, 3))
    second.say(tone(HIGH, 3))

    first_heard, second_heard = phone.hear_tone(HIGH), second.hear_tone(LOW)
    assert power(first_heard, LOW) < SILENT
    assert power(second_heard, HIGH) < SILENT


def test_muted_agent_is_not_heard(
    client: Client, customer: Customer, phone: BrowserPhone, second: BrowserPhone
) -> None:
    sid = seat(client, customer, phone)
    seat(client, customer, second, "t1-u8")
    phone.say(tone(LOW, 30))
    second.hear_tone(LOW)

    room(client).participants(sid).update(muted=True)
    second.hear_silence()
    room(client).participants(sid).update(muted=False)

    second.hear_tone(LOW)


def test_held_agent_hears_music_and_is_not_heard(
    client: Client, customer: Customer, phone: BrowserPhone, second: BrowserPhone
) -> None:
    sid = seat(client, customer, phone)
    seat(client, customer, second, "t1-u8")
    phone.say(tone(HIGH, 30))
    second.say(tone(LOW, 30))
    second.hear_tone(HIGH)

    room(client).participants(sid).update(hold=True)

    second.hear_silence()
    held = phone.hear(lambda sound: len(sound) >= 3_200 and power(sound, LOW) < SILENT, window=0.4)
    assert level(held) > 300


def test_held_agent_hears_the_sound_of_the_customer(client: Client, customer: Customer, phone: BrowserPhone) -> None:
    customer.answers["/hold.wav"] = wav(tone(OTHER, 2), 1)
    sid = seat(client, customer, phone)

    room(client).participants(sid).update(hold=True, hold_url=customer.url("/hold.wav"), hold_method="GET")

    phone.hear_tone(OTHER)


def test_coach_is_heard_by_the_coached_alone(
    client: Client, customer: Customer, phone: BrowserPhone, second: BrowserPhone, third: BrowserPhone
) -> None:
    agent = seat(client, customer, phone)
    seat(client, customer, second, "t1-u8")
    coach = seat(client, customer, third, "t1-u9", coaching=True, call_sid_to_coach=agent)
    second.say(tone(LOW, 30))

    third.say(tone(HIGH, 30))

    phone.hear(lambda sound: len(sound) >= 3_200 and min(power(sound, LOW), power(sound, HIGH)) > AUDIBLE, window=0.4)
    assert power(third.hear_tone(LOW), HIGH) < SILENT
    second.forget()
    assert level(second.listen(0.4)) < SILENT

    room(client).participants(coach).update(coaching=False)
    second.hear_tone(HIGH)


def test_room_beeps_when_somebody_comes_and_goes(
    client: Client, customer: Customer, phone: BrowserPhone, second: BrowserPhone
) -> None:
    seat(client, customer, phone)
    sid = seat(client, customer, second, "t1-u8", beep="true")
    phone.hear_tone(BEEP_HZ, 0.1)
    phone.hear_silence()

    client.calls(sid).update(status="completed")

    phone.hear_tone(BEEP_HZ, 0.1)


def test_announcement_is_heard_by_all_or_by_one(
    client: Client, customer: Customer, phone: BrowserPhone, second: BrowserPhone
) -> None:
    customer.answers |= {
        "/all.wav": wav(tone(OTHER, 1), 1),
        "/one": '<Response><Play digits="0"/><Say>Listen.</Say></Response>',
    }
    sid = seat(client, customer, phone)
    seat(client, customer, second, "t1-u8")

    room(client).update(announce_url=customer.url("/all.wav"), announce_method="GET")
    phone.hear_tone(OTHER)
    second.hear_tone(OTHER)
    phone.hear_silence()
    second.hear_silence()
    second.forget()
    room(client).participants(sid).update(announce_url=customer.url("/one"))

    phone.hear(Said(synthesiser().say("Listen.", "en")))
    assert not Said(synthesiser().say("Listen.", "en"))(second.listen(0.5))


def test_keys_are_heard_by_the_callee(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone, second: BrowserPhone
) -> None:
    sid = seat(client, customer, phone)
    seat(client, customer, second, "t1-u8")
    lead = bring(client, carrier, LEAD, "silent")

    phone.send("dtmf", callsid=sid, dtmf="5w#")

    # 5 is 770 and 1336 Hz, # is 941 and 1477 Hz.
    second.hear(lambda sound: len(sound) >= 800 and min(power(sound, 770), power(sound, 1_336)) > 800, window=0.1)
    second.hear(lambda sound: len(sound) >= 800 and min(power(sound, 941), power(sound, 1_477)) > 800, window=0.1)
    assert carrier.sim(f"calls/{lead}")["heard_digits"] == "5w#"


def test_browser_hears_what_its_document_says(carrier: RunningCarrier, customer: Customer, phone: BrowserPhone) -> None:
    carrier.sim("applications", "POST", {"sid": APPLICATION, "voice_url": customer.url("/voice")})
    customer.answers |= {
        "/voice": "<Response><Say>This is a test call.</Say><Play>/tone.wav</Play><Hangup/></Response>",
        "/tone.wav": wav(tone(OTHER, 1), 1),
    }
    phone.sign_in()

    sid = phone.dial()

    phone.hear(Said(synthesiser().say("This is a test call.", "en")))
    phone.hear_tone(OTHER)
    assert carrier.wait_over(sid)["ended_by"] == "script"


@pytest.mark.parametrize(("language", "voice"), [("ru-RU", "ru"), ("arb", "ar"), ("pt-BR", "pt")])
def test_a_document_is_spoken_by_a_voice_of_its_language(
    carrier: RunningCarrier, customer: Customer, phone: BrowserPhone, language: str, voice: str
) -> None:
    carrier.sim("applications", "POST", {"sid": APPLICATION, "voice_url": customer.url("/voice")})
    customer.answers["/voice"] = f'<Response><Say language="{language}">1 2 5</Say><Pause length="1"/></Response>'
    phone.sign_in()

    phone.dial()

    spoken = Said(synthesiser().say("1 2 5", voice))
    assert not spoken(synthesiser().say("1 2 5", "en"))
    phone.hear(spoken)


def test_agent_hears_themselves_in_a_test_call(
    carrier: RunningCarrier, customer: Customer, phone: BrowserPhone
) -> None:
    carrier.sim("applications", "POST", {"sid": APPLICATION, "voice_url": customer.url("/voice")})
    customer.answers |= {
        "/voice": '<Response><Record maxLength="4" action="/replay"/></Response>',
        "/replay": lambda asked: f"<Response><Play>{asked.fields['RecordingUrl']}</Play></Response>",
    }
    phone.sign_in()
    phone.dial()
    phone.hear(lambda sound: len(sound) > 0)

    # Whenever the recording begins and ends, the phrase is in it.
    phone.say(np.concatenate([PHRASE, silence(0.2)] * 7))

    phone.hear(Said(PHRASE))


def test_agent_talks_to_the_number_its_document_dials(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone
) -> None:
    carrier.pin(LEAD, "sale")
    carrier.sim(f"callees/{LEAD}", "PUT", {"language": "en"})
    carrier.sim("applications", "POST", {"sid": APPLICATION, "voice_url": customer.url("/voice")})
    customer.answers["/voice"] = f'<Response><Dial callerId="+12025550101"><Number>{LEAD}</Number></Dial></Response>'
    phone.sign_in()

    phone.dial()
    phone.hear(is_said("Hello?"))
    phone.say(PHRASE)

    phone.hear(is_said("Yes, speaking. What is it about?"))


def test_agent_and_callee_talk_and_are_recorded_apart(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone
) -> None:
    seat(client, customer, phone)
    lead = bring(
        client,
        carrier,
        LEAD,
        "sale",
        record=True,
        recording_channels="dual",
        recording_status_callback=customer.url("/recording"),
        recording_status_callback_event=["completed"],
    )
    phone.hear(is_said("Hello?"))
    phone.say(PHRASE)
    phone.hear(is_said("Yes, speaking. What is it about?"))
    client.calls(lead).update(status="completed")

    sound = sound_of(customer, client)

    left, right = sound[:, 0], sound[:, 1]
    assert likeness(is_said("Yes, speaking. What is it about?").line, left) > 0.95
    assert likeness(PHRASE, right) > 0.95
    assert likeness(PHRASE, left) < 0.8
    assert likeness(is_said("Yes, speaking. What is it about?").line, right) < 0.8


def test_pause_in_a_recording_is_silent(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone, second: BrowserPhone
) -> None:
    sid = seat(client, customer, phone)
    seat(client, customer, second, "t1-u8")
    recording = client.calls(sid).recordings.create(
        recording_channels="dual", recording_status_callback=customer.url("/recording")
    )
    phone.say(tone(LOW, 0.5))
    second.hear_tone(LOW)
    second.hear_silence()
    client.calls(sid).recordings(recording.sid).update(status="paused", pause_behavior="silence")
    phone.say(tone(HIGH, 0.5))
    second.hear_tone(HIGH)
    second.hear_silence()
    client.calls(sid).recordings(recording.sid).update(status="in-progress")
    phone.say(tone(OTHER, 0.5))
    second.hear_tone(OTHER)
    client.calls(sid).update(status="completed")

    sound = sound_of(customer, client)

    loud = {hz: power(sound[:, 0], hz) > 50 for hz in (LOW, HIGH, OTHER)}
    assert loud == {LOW: True, HIGH: False, OTHER: True}


def test_room_is_recorded_with_all_voices(
    client: Client, customer: Customer, phone: BrowserPhone, second: BrowserPhone
) -> None:
    seat(
        client,
        customer,
        phone,
        conference_record="true",
        conference_recording_status_callback=customer.url("/recording"),
    )
    seat(client, customer, second, "t1-u8")
    phone.say(tone(LOW, 1))
    second.say(tone(HIGH, 1))
    phone.hear_tone(HIGH)
    second.hear_tone(LOW)
    room(client).update(status="completed")

    sound = sound_of(customer, client)

    assert sound.shape[1] == 1
    assert min(power(sound[:, 0], LOW), power(sound[:, 0], HIGH)) > 100


def test_sound_survives_a_change_of_network(
    client: Client, customer: Customer, phone: BrowserPhone, second: BrowserPhone
) -> None:
    sid = seat(client, customer, phone)
    seat(client, customer, second, "t1-u8")
    second.say(tone(LOW, 1))
    phone.hear_tone(LOW)

    phone.restart(sid)
    phone.forget()
    second.say(tone(HIGH, 2))

    phone.hear_tone(HIGH)


def test_browser_that_is_gone_with_its_sound_is_hung_up(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(switchboard, "SILENT_SECONDS", 0.2)
    monkeypatch.setattr(switchboard, "CHECK_SECONDS", 0.05)
    sid = seat(client, customer, phone)
    phone.hear(lambda sound: len(sound) > 0)
    phone.die()

    left = customer.wait_for("/conference", where=lambda one: event(one) == "participant-leave")

    assert left[0].fields["CallSid"] == sid
    assert carrier.wait_over(sid)["status"] == "completed"


def test_rooms_without_a_browser_cost_nothing(
    client: Client, carrier: RunningCarrier, customer: Customer, phone: BrowserPhone
) -> None:
    sid = seat(client, customer, phone)
    phone.hear(lambda sound: len(sound) > 0)
    assert carrier.carrier.gateway.media.is_running

    client.calls(sid).update(status="completed")

    phone.expect("hangup")
    carrier.wait_over(sid)
    assert not carrier.carrier.gateway.media.is_running


def test_crash_of_the_mixer_is_counted_and_the_next_browser_is_served(
    client: Client,
    carrier: RunningCarrier,
    customer: Customer,
    phone: BrowserPhone,
    second: BrowserPhone,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(carrier.carrier.gateway.media, "tick", lambda: 1 / 0)
        seat(client, customer, phone)
        carrier.wait_count("crashes", 1)

    seat(client, customer, second, "t1-u8")
    second.say(tone(LOW, 30))

    phone.hear_tone(LOW)
