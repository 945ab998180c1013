import asyncio
import socket
from datetime import timedelta
from typing import cast

import numpy as np
import pytest
from aioice import Connection
from av import AudioCodecContext, Packet

from ops.ports import random_free_port
from simulator.callees import load_callees
from simulator.clock import Clock
from simulator.config import (
    DEFAULT_ACCOUNT_SID,
    DEFAULT_AUTH_TOKEN,
    DEFAULT_KEY_SECRET,
    DEFAULT_KEY_SID,
    PERSONALITIES,
    ConfigError,
    KeyConfig,
    config_from_env,
)
from simulator.model import Account, Recording, RecordOptions
from simulator.softphone import pcm
from simulator.softphone.activity import Activity
from simulator.softphone.callee import Lines, Person, Voice, fax, machine
from simulator.softphone.dialogue import choose, load_dialogues
from simulator.softphone.mixer import Party, mix
from simulator.softphone.network import MediaNetwork, NoPortError
from simulator.softphone.pcm import FRAME, RATE, SILENCE, Samples, level, tone
from simulator.softphone.registrar import Listener, Registrar
from simulator.softphone.speech import Synthesiser, murmur, synthesiser
from simulator.softphone.tapes import Tapes
from tests.conformance.running import MORNING
from tests.simulator.browser_phone import pitch, power

SPEECH = tone(0.02, 500)
GREET, SAYS, BYE, STILL, FILLER = (tone(0.1, hz) for hz in (600, 900, 1_200, 1_500, 1_800))


def frames(seconds: float) -> int:
    return round(seconds * RATE / FRAME)


def lines(*, hangs_up: bool) -> Lines:
    return Lines(GREET, (SAYS,), BYE, STILL, (FILLER,), hangs_up)


class Conversation:
    """A callee and the frames they said, without any clock."""

    def __init__(self, callee: Voice) -> None:
        self.callee = callee
        self.said: list[Samples] = []

    def go_on(self, seconds: float, agent: Samples = SILENCE) -> list[int]:
        """Let time pass while the agent speaks or not; the pitches of what was said meanwhile, each once."""
        begun = len(self.said)
        for _ in range(frames(seconds)):
            self.said.append(self.callee.speak())
            self.callee.listen(agent)
        heard = [round(pitch(frame), -2) for frame in self.said[begun:] if level(frame) > 100]
        return [int(hz) for hz in dict.fromkeys(heard)]


def test_callee_waits_for_the_agent_to_finish() -> None:
    talk = Conversation(Person(lines(hangs_up=False), 100, lambda: None))

    said = [talk.go_on(1), talk.go_on(3, SPEECH), talk.go_on(0.7), talk.go_on(0.4)]

    assert said == [[600], [], [], [900]]


def test_callee_hangs_up_when_all_is_said() -> None:
    gone: list[bool] = []
    talk = Conversation(Person(lines(hangs_up=True), 100, lambda: gone.append(True)))
    talk.go_on(1)

    talk.go_on(1, SPEECH)
    said = talk.go_on(2)

    assert (said, gone) == ([900, 1_200], [True])


def test_callee_with_time_makes_small_talk_until_it_is_up() -> None:
    gone: list[bool] = []
    talk = Conversation(Person(lines(hangs_up=False), 8, lambda: gone.append(True)))
    talk.go_on(1)

    said = []
    for _ in range(4):
        talk.go_on(1, SPEECH)
        said.append(talk.go_on(1.5))

    assert (said, gone) == ([[900], [1_800], [1_800], [1_200]], [True])


def test_callee_who_hears_nobody_asks_twice_and_goes() -> None:
    gone: list[bool] = []
    talk = Conversation(Person(lines(hangs_up=False), 100, lambda: gone.append(True)))

    said = [talk.go_on(5), talk.go_on(2), talk.go_on(7), talk.go_on(7)]

    assert (said, gone) == ([[600], [1_500], [1_500], [1_200]], [True])


def test_click_is_no_turn() -> None:
    activity = Activity()
    for frame in [SPEECH] * 3 + [SILENCE] * 100:
        activity.follow(frame)

    assert (activity.has_spoken, activity.has_finished) == (False, False)


def test_speech_is_told_from_a_noisy_room() -> None:
    activity, noise = Activity(), tone(0.02, 300, amplitude=1_200)
    for _ in range(frames(10)):
        activity.follow(noise)
    activity.reset()

    for frame in [SPEECH] * frames(1) + [noise] * frames(0.5):
        activity.follow(frame)
    is_speaking = activity.is_speaking
    for frame in [noise] * frames(0.5):
        activity.follow(frame)

    assert (is_speaking, activity.has_finished) == (True, True)


def test_greeting_ends_with_a_beep_where_it_should() -> None:
    talk = Conversation(machine(GREET, 2.0, 0.0, beeps=True))

    assert [talk.go_on(0.1), talk.go_on(1.9), talk.go_on(0.6), talk.go_on(1)] == [[600], [], [1_000], []]


def test_late_listener_hears_the_rest_of_a_greeting() -> None:
    talk = Conversation(machine(tone(3, 600), 3.0, 2.0, beeps=False))

    assert [talk.go_on(1), talk.go_on(1)] == [[600], []]


def test_fax_calls_again_and_again() -> None:
    talk = Conversation(fax(0.0))

    assert [talk.go_on(3), talk.go_on(1.5), talk.go_on(3)] == [[2_100], [], [2_100]]


def test_everybody_hears_all_but_itself() -> None:
    one, two, three = (np.full(FRAME, value, np.int16) for value in (1, 20, 300))

    heard, aloud = mix({"a": Party(one), "b": Party(two), "c": Party(three)})

    assert {sid: int(frame[0]) for sid, frame in heard.items()} == {"a": 320, "b": 301, "c": 21}
    assert int(aloud[0]) == 321


def test_muted_and_held_are_not_heard_and_coach_only_by_one() -> None:
    voices = [np.full(FRAME, value, np.int16) for value in (1, 20, 300, 4_000)]

    heard, aloud = mix(
        {
            "agent": Party(voices[0]),
            "coach": Party(voices[1], coaches="agent"),
            "muted": Party(voices[2], muted=True),
            "held": Party(voices[3], held=SILENCE),
        }
    )

    assert {sid: int(frame[0]) for sid, frame in heard.items()} == {"agent": 20, "coach": 1, "muted": 1, "held": 0}
    assert int(aloud[0]) == 1


def test_loud_voices_are_clipped_not_wrapped() -> None:
    loud = np.full(FRAME, 30_000, np.int16)

    heard, _ = mix({"a": Party(loud), "b": Party(loud), "c": Party(SILENCE)})

    assert int(heard["c"][0]) == 32_767


def test_mu_law_is_what_decoders_expect() -> None:
    codes = bytes(range(256))
    decoder = AudioCodecContext.create("pcm_mulaw", "r")
    decoder.format, decoder.layout, decoder.sample_rate = "s16", "mono", RATE
    (frame,) = decoder.decode(Packet(codes))
    values = frame.to_ndarray()[0]

    # Mu-law has two zeros.
    assert pcm.ulaw(values).replace(b"\x7f", b"\xff") == codes.replace(b"\x7f", b"\xff")


def test_sound_file_is_read_back_as_it_was_written() -> None:
    sound = tone(0.5, 700)

    assert pcm.decode(pcm.wav(sound, 1)).tolist() == sound.tolist()


def test_what_is_no_sound_is_refused() -> None:
    with pytest.raises(ValueError, match="not a sound"):
        pcm.decode(b"<html>")


def test_keys_have_their_two_tones() -> None:
    sound = pcm.keys("8")

    assert [hz for hz in (697, 770, 852, 941, 1_209, 1_336, 1_477) if power(sound, hz) > 500] == [852, 1_336]


@pytest.mark.parametrize("language", ["en", "es", "ar", "ru", "tr"])
def test_every_dialogue_is_spoken_in_every_language(language: str) -> None:
    callees, dialogues = load_callees(PERSONALITIES, 1), load_dialogues()
    names = {data["dialogue"] for data in callees.personalities.values() if "dialogue" in data}

    assert language in callees.languages
    assert [name for name in names if (name, language) not in dialogues] == []
    assert synthesiser().can_speak
    dialogue = choose(dialogues, "dnc", language)
    assert dialogue is not None
    spoken = synthesiser().say(dialogue.says[0], language)
    assert (level(spoken) > 1_000, 1.5 < len(spoken) / RATE < 12) == (True, True)


def test_without_speech_there_are_tones_of_about_its_length() -> None:
    text = "Never call this number again."

    assert 0.4 < len(murmur(text)) / len(synthesiser().say(text, "en")) < 2.5
    assert level(murmur(text)) > 1_000


def test_missing_library_is_said_at_start(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("espeakng_loader.get_library_path", lambda: "/nowhere/libespeak-ng.so")

    without = Synthesiser()

    assert without.can_speak is False
    assert "callees are heard as tones" in caplog.text
    assert without.say("Hello?", "en").tolist() == murmur("Hello?").tolist()


def test_number_keeps_its_language() -> None:
    callees = load_callees(PERSONALITIES, 1)
    numbers = [f"+1212555{ending:04d}" for ending in range(200)]

    spoken = [callees.language(number) for number in numbers]

    assert spoken == [callees.language(number) for number in numbers]
    assert set(spoken) == {"en", "es", "ar", "ru", "tr"}
    assert callees.plan(numbers[0], 1).language == spoken[0]


def recording(channels: int, track: str = "both") -> Recording:
    account = Account("AC1", "x", "x", MORNING, MORNING)
    return Recording("RE1", account, "OutboundAPI", MORNING, MORNING, RecordOptions(channels, track))


@pytest.mark.parametrize(
    ("channels", "track", "wanted"),
    [(2, "both", [7, 30]), (2, "inbound", [7, 0]), (2, "outbound", [0, 30]), (1, "both", [37])],
)
def test_tape_keeps_channels_and_length(channels: int, track: str, wanted: list[int]) -> None:
    tapes, one = Tapes(Clock(MORNING, 0.0)), recording(channels, track)
    said, heard = np.full(FRAME, 7, np.int16), np.full(FRAME, 30, np.int16)

    tapes.write(one, said, heard, MORNING + timedelta(seconds=1))
    one.seconds = 3
    body = tapes.wav(one)
    tapes.close()

    assert body is not None
    sound = np.frombuffer(body[44:], np.int16).reshape(-1, channels)
    assert len(sound) == 3 * RATE
    assert sound[RATE].tolist() == wanted
    assert not sound[:RATE].any()


@pytest.mark.parametrize(("skips", "seconds"), [(False, 4), (True, 2)])
def test_nothing_is_heard_of_a_pause_which_is_silence_or_left_out(skips: bool, seconds: int) -> None:
    tapes, one = Tapes(Clock(MORNING, 0.0)), recording(1)
    said = np.full(FRAME, 7, np.int16)

    def speak(second: int) -> None:
        for frame in range(50):
            tapes.write(one, said, SILENCE, MORNING + timedelta(seconds=second + frame / 50))

    speak(0)
    one.status = "paused"
    speak(1)
    speak(2)
    one.status, one.skipped_seconds = "in-progress", 2.0 if skips else 0.0
    speak(3)
    one.seconds = seconds
    body = tapes.wav(one)
    tapes.close()

    assert body is not None
    sound = np.frombuffer(body[44:], np.int16)
    spoken = [bool(sound[second * RATE : (second + 1) * RATE].all()) for second in range(seconds)]
    assert (len(sound), spoken) == (seconds * RATE, [True, True] if skips else [True, False, False, True])


def test_erased_tape_is_gone() -> None:
    tapes, one = Tapes(Clock(MORNING, 0.0)), recording(1)
    tapes.write(one, SPEECH, SILENCE, MORNING)

    tapes.erase("RE1")

    assert tapes.wav(one) is None
    tapes.close()


async def gather(network: MediaNetwork) -> list[tuple[str, int]]:
    connection = Connection(ice_controlling=False)
    try:
        return [(one.host, one.port) for one in await network._gather(connection, 1, [])]
    finally:
        await connection.close()


def test_media_keeps_to_its_ports_and_address() -> None:
    # None that the kernel gives to somebody else meanwhile.
    port = random_free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", port))
        with pytest.raises(NoPortError):
            asyncio.run(gather(MediaNetwork("127.0.0.1", "", port, port)))

    assert asyncio.run(gather(MediaNetwork("127.0.0.1", "192.0.2.7", port, port))) == [("192.0.2.7", port)]


class Nobody:
    def send(self, kind: str, payload: dict[str, object]) -> None:
        """Nothing listens."""


def test_last_browser_takes_the_calls() -> None:
    registrar, first, second = Registrar(["*"]), cast(Listener, Nobody()), cast(Listener, Nobody())
    registrar.register(("AC1", "a"), first)
    registrar.register(("AC1", "a"), second)

    assert registrar.lose(("AC1", "a"), first) is False
    assert registrar.find(("AC1", "a")) is second
    assert registrar.find(("AC2", "a")) is None


def test_settings_of_the_softphone_are_read() -> None:
    application = "AP" + "3".zfill(32)
    config = config_from_env(
        {
            "SIM_KEYS": f"SK{'2'.zfill(32)}:simulated-secret-of-thirty-two-chars:{DEFAULT_ACCOUNT_SID}",
            "SIM_APPLICATIONS": f"{application}=http://127.0.0.1:8000/hooks/voice?x=1",
            "SIM_ORIGINS": "http://localhost:8000",
            "SIM_AGENTS": "t1-*",
            "SIM_MEDIA_ADDRESS": "0.0.0.0",
            "SIM_MEDIA_ADVERTISED": "127.0.0.1",
            "SIM_MEDIA_PORTS": "40000-40039",
            "TWILIO_AUTH_TOKEN": DEFAULT_AUTH_TOKEN,
        }
    ).softphone

    assert config.keys == (
        KeyConfig(DEFAULT_KEY_SID, DEFAULT_KEY_SECRET, DEFAULT_ACCOUNT_SID),
        KeyConfig("SK" + "2".zfill(32), "simulated-secret-of-thirty-two-chars", DEFAULT_ACCOUNT_SID),
    )
    assert config.applications == {application: "http://127.0.0.1:8000/hooks/voice?x=1"}
    assert (config.origins, config.agents) == (("http://localhost:8000",), ("t1-*",))
    assert (config.media_address, config.advertised_address) == ("0.0.0.0", "127.0.0.1")
    assert config.media_ports == (40_000, 40_039)


@pytest.mark.parametrize(
    "settings",
    [
        {"SIM_KEYS": "SK" + "a" * 32 + ":simulated-secret-of-thirty-two-chars"},
        {"SIM_KEYS": f"SK{'2'.zfill(32)}:simulated-short"},
        {"TWILIO_API_KEY_SECRET": "0123456789abcdef" * 2},
        {"SIM_APPLICATIONS": f"AP{'3'.zfill(32)}=https://example.com/voice"},
        {"SIM_MEDIA_PORTS": "40039-40000"},
    ],
)
def test_settings_that_could_be_live_or_wrong_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        config_from_env(settings)
