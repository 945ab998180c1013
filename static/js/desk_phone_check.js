// The test call in the headset dialog, and the line's health in the phone's strip during the shift.
import { at, make, say, setText } from "./desk_dom.js";
import { request } from "./desk_server.js";
import { check, sum } from "./phone_check.js";

const FAILURES = { noAccess: "phoneNoAccess", noAnswer: "phoneNoAnswer", notRung: "checkNotRung", noCall: "checkNoCall" };
const STEPS = { ring: "checkRing", speak: "checkSpeak" };
// Seconds of samples that the health is the mean of.
const WINDOW = 10;
let samples = [];

const titled = (word) => word[0].toUpperCase() + word.slice(1);
const milliseconds = (value) => (value === null ? "–" : say("milliseconds", { value: Math.round(value) }));
const percent = (value) => (value === null ? "–" : `${(100 * value).toFixed(1)} %`);

async function post(path) {
  try {
    const answer = await request(path, { method: "POST", body: "{}" });
    return answer.ok ? answer.values : null;
  } catch {
    return null;
  }
}

function showResult(result) {
  const rows = result.failure ? [] : [
    [say("checkServer"), milliseconds(result.server)], [say("checkSignalling"), milliseconds(result.signalling)],
    [say("checkRtt"), milliseconds(result.rtt)], [say("checkJitter"), milliseconds(result.jitter)],
    [say("checkLost"), percent(result.lost)], [say("checkMos"), result.mos === null ? "–" : result.mos.toFixed(1)],
  ];
  at("check-figures").replaceChildren(...rows.flatMap(([name, value]) => [make("dt", name), make("dd", value)]));
  const text = result.failure ? say(FAILURES[result.failure] || "phoneNoAnswer") : say(`check${titled(result.verdict)}`);
  setText(at("check-note"), text);
  at("check-note").dataset.verdict = result.failure ? "poor" : result.verdict;
}

async function run() {
  const button = at("check");
  button.disabled = true;
  at("check-figures").replaceChildren();
  setText(at("check-note"), say("checkConnect"));
  delete at("check-note").dataset.verdict;
  showResult(await check({
    access: () => post("test-access"), ring: async () => Boolean(await post("test-call")),
    told: (step) => setText(at("check-note"), say(STEPS[step])),
  }));
  button.disabled = false;
}

// One sample a second while the phone is on; null when it goes.
export function health(sample) {
  samples = sample ? [...samples, sample].slice(-WINDOW) : [];
  const place = at("phone-health");
  place.hidden = !samples.length;
  if (!samples.length) return;
  const { verdict, rtt, lost } = sum(samples);
  place.dataset.verdict = verdict;
  setText(place, `${say(`health${titled(verdict)}`)} · ${milliseconds(rtt)} · ${percent(lost)}`);
}

export function start() {
  at("check").addEventListener("click", run);
}
