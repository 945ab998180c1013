// A test call to oneself by the way that calls take: the server, the carrier's signalling, sound in both directions.
// The words that one speaks come back; meanwhile the way is measured.
import { useMicrophone, useSpeaker } from "./phone_devices.js";

const REGISTER_LIMIT = 10000;
const CALL_LIMIT = 40000;
// Up to these, milliseconds and shares, people talk at ease, or with some effort.
const GOOD = { rtt: 200, jitter: 30, lost: 0.01 };
const FAIR = { rtt: 400, jitter: 50, lost: 0.03 };

const mean = (values) => (values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null);
const known = (samples, name) => samples.map((sample) => sample[name]).filter((value) => Number.isFinite(value));

function limited(promise, milliseconds, reason) {
  const limit = new Promise((_, reject) => { setTimeout(() => reject(new Error(reason)), milliseconds); });
  return Promise.race([promise, limit]);
}

function register(device) {
  const refused = new Promise((_, reject) => { device.on("error", () => reject(new Error("noAnswer"))); });
  return limited(Promise.race([device.register(), refused]), REGISTER_LIMIT, "noAnswer");
}

function talk(device, ring, told) {
  const samples = [];
  const over = new Promise((resolve) => {
    device.on("incoming", (call) => {
      call.on("sample", (sample) => samples.push(sample));
      call.on("disconnect", () => resolve(samples));
      call.accept();
      told("speak");
    });
  });
  return limited(ring().then((isRung) => { if (!isRung) throw new Error("notRung"); return over; }), CALL_LIMIT, "noCall");
}

// What samples of the carrier's program come to: milliseconds, share of packets lost, mean opinion score from 1 to 4.5.
export function sum(samples) {
  const received = known(samples, "packetsReceived").reduce((total, value) => total + value, 0);
  const missed = known(samples, "packetsLost").reduce((total, value) => total + value, 0);
  const figures = {
    rtt: mean(known(samples, "rtt")), jitter: mean(known(samples, "jitter")), mos: mean(known(samples, "mos")),
    lost: received ? missed / (received + missed) : null,
  };
  return { ...figures, verdict: received ? verdict(figures) : "silent" };
}

function verdict(figures) {
  const within = (limits) => Object.entries(limits).every(([name, most]) => (figures[name] ?? 0) <= most);
  return within(GOOD) ? "good" : within(FAIR) ? "fair" : "poor";
}

// access() answers {token, options} or null, ring() whether the call comes; told(step) says what to do. Answers what was
// measured, or {failure}.
export async function check({ access, ring, told }) {
  const asked = performance.now();
  const answer = await access();
  const server = performance.now() - asked;
  if (!answer) return { failure: "noAccess" };
  const device = new globalThis.Twilio.Device(answer.token, answer.options);
  try {
    await useMicrophone(device);
    const begun = performance.now();
    await register(device);
    const signalling = performance.now() - begun;
    await useSpeaker(device);
    told("ring");
    return { server, signalling, ...sum(await talk(device, ring, told)) };
  } catch (error) {
    return { failure: error.message };
  } finally {
    device.destroy();
  }
}
