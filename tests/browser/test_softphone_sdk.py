"""Twilio's own Voice SDK, unmodified, in a real browser against the simulator: sound in both directions."""

import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright
from twilio.rest import Client

from simulator.softphone.pcm import silence, wav
from tests.conformance.fixtures import client, customer
from tests.conformance.running import Customer, RunningCarrier
from tests.simulator.browser_phone import APPLICATION, BrowserPhone, power, token, tone
from tests.simulator.helpers import ROOM
from tests.simulator.softphones import carrier, ring, seat

__all__ = ["carrier", "client", "customer"]

pytestmark = [pytest.mark.browser, pytest.mark.sound]

ROOT = Path(__file__).parents[2]
SDK = ROOT / "node_modules" / "@twilio" / "voice-sdk"
VERSION = "2.18.5"
MICROPHONE_HZ, COLLEAGUE_HZ = 440.0, 900.0
# The SDK is as it comes; what leads it to the simulator is what the agent's desk serves.
PAGE = """<!doctype html><title>Softphone</title>
<script src="/phone_local.js" data-host="HOST"></script>
<script src="/twilio.min.js"></script>
<script>
  const events = []
  const names = ['incoming', 'outgoing', 'disconnect', ...Array.from('0123456789', (key) => 'dtmf' + key), 'dtmfh', 'dtmfs']
  const options = {
    chunderw: location.hash.slice(1), publishEvents: false, logLevel: 'error', enableImprovedSignalingErrorPrecision: true,
    sounds: Object.fromEntries(names.map((name) => [name, '/silence.wav'])),
  }
  let device, call, analyser
  const follow = (started) => {
    call = started
    for (const name of ['accept', 'disconnect', 'cancel', 'reconnecting', 'reconnected', 'error'])
      call.on(name, () => events.push('call ' + name))
  }
  const signIn = async (token) => {
    device = new Twilio.Device(token, options)
    for (const name of ['registered', 'unregistered', 'error']) device.on(name, () => events.push(name))
    device.on('incoming', (ringing) => { follow(ringing); ringing.accept() })
    await device.register()
  }
  const dial = async (params) => follow(await device.connect({ params }))
  const pitch = () => {
    const stream = call && call.getRemoteStream()
    if (!stream) return 0
    if (!analyser) {
      const context = new AudioContext()
      analyser = context.createAnalyser()
      analyser.fftSize = 8192
      context.createMediaStreamSource(stream).connect(analyser)
    }
    const bins = new Float32Array(analyser.frequencyBinCount)
    analyser.getFloatFrequencyData(bins)
    const best = bins.indexOf(Math.max(...bins))
    return bins[best] > -60 ? best * analyser.context.sampleRate / analyser.fftSize : 0
  }
</script>"""


class Quiet(SimpleHTTPRequestHandler):
    """Files, without a line on each."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def page_address(carrier: RunningCarrier, tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "page"
    folder.mkdir()
    host = carrier.address.removeprefix("http://")
    (folder / "index.html").write_text(PAGE.replace("HOST", host), encoding="utf-8")
    shutil.copy(ROOT / "static" / "js" / "phone_local.js", folder)
    (folder / "silence.wav").write_bytes(wav(silence(0.1), 1))
    shutil.copy(SDK / "dist" / "twilio.min.js", folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def softphone(
    playwright: Playwright,
    browser_type_launch_args: dict[str, Any],
    carrier: RunningCarrier,
    page_address: str,
    tmp_path: Path,
) -> Iterator[Page]:
    """A page whose microphone hears one steady tone."""
    microphone = tmp_path / "microphone.wav"
    microphone.write_bytes(wav(tone(MICROPHONE_HZ, 2), 1))
    sound = [f"--use-file-for-fake-audio-capture={microphone}", "--autoplay-policy=no-user-gesture-required"]
    settings = {**browser_type_launch_args, "args": [*browser_type_launch_args["args"], *sound]}
    browser = playwright.chromium.launch(**settings)
    page = browser.new_page()
    page.goto(f"{page_address}#{carrier.address.removeprefix('http://')}")
    page.evaluate("(token) => signIn(token)", token("t1_u7", ttl=600))
    yield page
    browser.close()


@pytest.fixture
def colleague(carrier: RunningCarrier) -> Iterator[BrowserPhone]:
    with BrowserPhone(carrier.address) as phone:
        yield phone


def wait(page: Page, condition: str) -> None:
    page.wait_for_function(condition, timeout=15_000)


def hears(page: Page, hz: float) -> None:
    wait(page, f"() => Math.abs(pitch() - {hz}) < 30")


def test_sdk_is_the_version_that_was_tried() -> None:
    assert json.loads((SDK / "package.json").read_text(encoding="utf-8"))["version"] == VERSION


def test_person_is_called_talks_and_comes_back_after_a_lost_connection(
    client: Client, carrier: RunningCarrier, customer: Customer, softphone: Page, colleague: BrowserPhone
) -> None:
    sid = ring(client, customer, "client:t1_u7")
    wait(softphone, "() => events.includes('call accept')")
    seat(client, customer, colleague, "t1_u8")

    colleague.say(tone(COLLEAGUE_HZ, 30))
    hears(softphone, COLLEAGUE_HZ)
    colleague.hear_tone(MICROPHONE_HZ)

    softphone.evaluate("() => call.mute(true)")
    colleague.hear_silence()
    softphone.evaluate("() => call.sendDigits('5')")
    # The mixer lets the others hear the key: 770 and 1336 Hz.
    colleague.hear(lambda sound: len(sound) >= 800 and min(power(sound, 770), power(sound, 1_336)) > 800, window=0.1)
    softphone.evaluate("() => call.mute(false)")
    colleague.hear_tone(MICROPHONE_HZ)

    carrier.drop_browsers()
    wait(softphone, "() => events.includes('call reconnected')")
    hears(softphone, COLLEAGUE_HZ)
    softphone.evaluate("() => call.disconnect()")
    over = carrier.wait_over(sid)
    assert (over["ended_by"], carrier.sim(f"calls/{sid}")["status"]) == ("callee", "completed")


def test_person_dials_into_the_room_and_is_hung_up(
    client: Client, carrier: RunningCarrier, customer: Customer, softphone: Page, colleague: BrowserPhone
) -> None:
    carrier.sim("applications", "POST", {"sid": APPLICATION, "voice_url": customer.url("/voice")})
    customer.answers["/voice"] = f"<Response><Dial><Conference>{ROOM}</Conference></Dial></Response>"
    seat(client, customer, colleague, "t1_u8")

    softphone.evaluate("() => dial({ campaign: '9' })")
    wait(softphone, "() => events.includes('call accept')")
    colleague.say(tone(COLLEAGUE_HZ, 30))
    hears(softphone, COLLEAGUE_HZ)
    colleague.hear_tone(MICROPHONE_HZ)
    (asked,) = customer.received("/voice")
    client.calls(asked.fields["CallSid"]).update(status="completed")

    wait(softphone, "() => events.includes('call disconnect')")
    assert (asked.fields["From"], asked.fields["campaign"]) == ("client:t1_u7", "9")
