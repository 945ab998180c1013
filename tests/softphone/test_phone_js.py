"""The phone's program in the browser through drops, expired tokens, sleep and another page, against a made-up carrier."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from ops.assets import find_npm

NPM = find_npm()
pytestmark = pytest.mark.skipif(NPM is None, reason="needs Node.js")
# A carrier's program that does what it is told, and a clock that moves when it is told.
BEGIN = """
import { EventEmitter } from "node:events";
import { mock } from "node:test";
mock.timers.enable({ apis: ["setTimeout", "Date"] });
const log = [];
let isRefused = false;
const tokens = ["one", "two", "three"];
const devices = [];
class Device extends EventEmitter {
  static isSupported = true;
  audio = {};
  constructor(token) { super(); log.push(`new ${token}`); devices.push(this); }
  async register() { if (!isRefused) this.emit("registered"); else this.emit("error", { code: 20101 }); }
  updateToken(token) { log.push(`update ${token}`); }
  destroy() { log.push("destroy"); this.emit("unregistered"); }
}
class Call extends EventEmitter {
  parameters = { CallSid: "CA1" };
  accept() { this.emit("accept"); }
  mute(isMuted) { this.emit("mute", isMuted); }
}
globalThis.Twilio = { Device };
globalThis.localStorage = { getItem: () => null, setItem: () => {} };
Object.defineProperty(globalThis, "navigator", { value: { mediaDevices: {
  getUserMedia: async () => ({ getTracks: () => [] }), enumerateDevices: async () => [] } } });
const phone = await import("%s");
const settle = async () => { for (let turn = 0; turn < 50; turn += 1) await Promise.resolve(); };
const pass = async (seconds) => { mock.timers.tick(seconds * 1000); await settle(); };
let isReachable = true;
phone.start({
  access: async () => (isReachable ? { token: tokens.shift() ?? "more", ttl: 3600, options: {} } : null),
  registered: () => log.push("registered"), changed: ({ step }) => log.push(step), levels() {},
});
phone.connect();
await settle();
const call = new Call();
devices[0].emit("incoming", call);
log.length = 0;
"""


def run(story: str) -> list[Any]:
    """What the phone did while the story was told, in order."""
    module = Path(settings.BASE_DIR) / "static" / "js" / "phone.js"
    source = BEGIN % module.as_uri() + story + "\nconsole.log(JSON.stringify(log));"
    done = subprocess.run(
        [NPM.node if NPM else "", "--input-type=module", "-e", source], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def test_a_dropped_signalling_is_said_and_the_call_goes_on() -> None:
    story = """
    phone.mute(true);
    call.emit("reconnecting"); devices[0].emit("unregistered"); await pass(2);
    devices[0].emit("registered"); call.emit("reconnected"); await pass(10);
    log.push(phone.now().isMuted);
    """
    assert run(story) == ["on", "lost", "on", "registered", True]


def test_a_token_is_replaced_before_its_end() -> None:
    assert run("await pass(3509); log.push('early'); await pass(1);") == ["early", "update two"]
    assert run("devices[0].emit('tokenWillExpire'); await settle();") == ["update two"]


def test_a_token_that_cannot_be_had_is_asked_for_until_it_can() -> None:
    story = """
    isReachable = false;
    await pass(3510); await pass(5); await pass(100);
    isReachable = true; await pass(5); await pass(5);
    """
    assert run(story) == ["update two"]


def test_a_token_that_has_expired_is_replaced_when_the_carrier_says_so() -> None:
    assert run("devices[0].emit('error', { code: 20104 }); await settle();") == ["update two"]


def test_after_a_sleep_the_token_is_replaced_and_a_good_one_is_kept() -> None:
    story = """
    phone.wake(); await settle();
    mock.timers.setTime(3600 * 1000 * 5);
    log.length = 0;
    phone.wake(); await settle();
    """
    assert run(story) == ["update two"]
    assert run("phone.wake(); await settle();") == []


def test_a_page_that_lets_go_takes_no_more_calls() -> None:
    story = """
    phone.leave(); call.emit("disconnect"); devices[0].emit("unregistered"); await pass(3600);
    log.push(phone.now().step);
    """
    assert run(story) == ["destroy", "elsewhere", "elsewhere"]


def test_a_key_that_is_not_known_at_once_is_tried_again() -> None:
    story = """
    phone.leave(); log.length = 0; isRefused = true;
    phone.connect(); await settle(); await pass(3); isRefused = false; await pass(3); await pass(5);
    """
    assert run(story) == [
        *["asking", "joining", "new two", "destroy", "new three", "destroy", "new more", "idle", "registered"]
    ]


SUM = """
const { sum } = await import("%s");
const samples = (rtt, jitter, lost, received = 50) => Array(3).fill({ rtt, jitter, packetsLost: lost, packetsReceived: received, mos: null });
console.log(JSON.stringify([
  sum(samples(20, 2, 0)), sum(samples(undefined, 2, 0)), sum(samples(250, 2, 0)), sum(samples(20, 2, 1)), sum(samples(20, 2, 5)),
  sum(samples(20, 2, 0, 0)), sum([]),
].map(({ verdict, rtt, lost }) => [verdict, rtt, lost && Math.round(lost * 1000)])));
"""


def test_the_line_is_judged_by_its_worst_figure_and_silence_is_no_good_line() -> None:
    module = Path(settings.BASE_DIR) / "static" / "js" / "phone_check.js"
    done = subprocess.run(
        [NPM.node if NPM else "", "--input-type=module", "-e", SUM % module.as_uri()],
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout) == [
        ["good", 20, 0],
        ["good", None, 0],
        ["fair", 250, 0],
        ["fair", 20, 20],
        ["poor", 20, 91],
        ["silent", 20, None],
        ["silent", None, None],
    ]
