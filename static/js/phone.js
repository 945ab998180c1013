// The agent's phone: the carrier's program in this browser, reduced to one state and one standing call.
//
// `step` is off (no headset), elsewhere (another page has it), asking (for the microphone), joining, idle (no call yet), on, lost (coming back) or failed;
// `isHeard` says whether sound arrives right now, which an accepted call alone does not mean; null until that shows.
import { openMicrophone, useMicrophone, useSpeaker } from "./phone_devices.js";

const REGISTER_LIMIT = 10000;
// A reconnect signs the program off and on again within this; only what lasts longer is worth a word.
const LOST_AFTER = 3000;
const SILENT_SAMPLES = 2;
// A key that has just been made is not known everywhere in the carrier's network at once.
const REFUSALS = 4;
const REFUSAL_PAUSE = 3000;
// Seconds before its end at which a token is replaced, and between two tries.
const EARLY = 90;
const RETRY = 5;
const TOKEN_ERRORS = new Set([20101, 20104, 31204, 31205]);
const phone = { step: "off", reason: "", isMuted: false, isHeard: null, warning: "", warnings: [] };
let hooks = {};
let device = null;
let call = null;
let lostTimer;
let refreshTimer;
let refusals = 0;
// Until when the token is good, in milliseconds of this computer's clock.
let goodUntil = 0;

// access() answers {token, ttl, options} or null; registered(callSid) tells the server; changed(phone) and
// levels(microphone, speaker), both 0 to 1, show it; sampled(sample) gets the carrier's figures of each
// second, and null when there is no line any more.
export function start(given) {
  hooks = given;
}

export function now() {
  return { ...phone };
}

function set(changes) {
  const before = JSON.stringify(phone);
  Object.assign(phone, changes);
  if (JSON.stringify(phone) !== before) hooks.changed(now());
}

// A program that is put away has nothing more to say.
function putAway() {
  clearTimeout(lostTimer);
  clearTimeout(refreshTimer);
  const before = device;
  device = call = null;
  before?.destroy();
}

function fail(reason) {
  putAway();
  hooks.sampled?.(null);
  set({ step: "failed", reason, isHeard: false, isMuted: false, warning: "", warnings: [] });
}

export async function connect() {
  if (["asking", "joining", "idle", "on"].includes(phone.step)) return;
  if (!globalThis.Twilio?.Device) return fail("noProgram");
  if (!globalThis.Twilio.Device.isSupported || !navigator.mediaDevices) return fail("unsupported");
  set({ step: "asking", reason: "" });
  try {
    (await openMicrophone()).getTracks().forEach((track) => track.stop());
  } catch (error) {
    return fail(error.name === "NotAllowedError" ? "microphoneBlocked" : "noMicrophone");
  }
  set({ step: "joining" });
  refusals = 0;
  await join();
}

async function join() {
  const access = await hooks.access();
  if (!access) return fail("noAccess");
  putAway();
  const ours = device = new globalThis.Twilio.Device(access.token, { ...access.options, allowIncomingWhileBusy: true });
  for (const [event, run] of Object.entries(HANDLERS)) {
    ours.on(event, (...values) => { if (device === ours) run(...values); });
  }
  keep(access.ttl);
  setTimeout(() => { if (device === ours && phone.step === "joining" && !refusals) fail("noAnswer"); }, REGISTER_LIMIT);
  try {
    await useMicrophone(device);
    await device.register();
  } catch {
    if (device === ours) fail("noAnswer");
    return;
  }
  await useSpeaker(ours);
}

// The program's own timer can be lost when it reconnects, and stands still while the computer sleeps.
function renewIn(seconds) {
  clearTimeout(refreshTimer);
  refreshTimer = setTimeout(renew, seconds * 1000);
}

function keep(ttl) {
  goodUntil = Date.now() + ttl * 1000;
  renewIn(Math.max(ttl - EARLY, ttl / 2));
}

async function renew() {
  const ours = device;
  const access = await hooks.access();
  if (!device || device !== ours) return;
  if (!access) {
    renewIn(RETRY);
    return;
  }
  device.updateToken(access.token);
  keep(access.ttl);
}

// After a sleep or a time without a network.
export function wake() {
  if (device && Date.now() > goodUntil - EARLY * 1000) renew();
}

function refused() {
  refusals += 1;
  if (refusals === REFUSALS) fail("refused");
  else setTimeout(() => { if (phone.step === "joining") join(); }, REFUSAL_PAUSE);
}

const HANDLERS = {
  registered() {
    clearTimeout(lostTimer);
    set({ step: call ? "on" : "idle", reason: "" });
    hooks.registered(call?.parameters.CallSid || "");
  },
  unregistered() {
    clearTimeout(lostTimer);
    // Who has not been let in yet has nothing to lose, and tries again.
    lostTimer = setTimeout(() => { if (device && !["failed", "joining"].includes(phone.step)) set({ step: "lost" }); }, LOST_AFTER);
  },
  tokenWillExpire: renew,
  error(error) {
    if (TOKEN_ERRORS.has(error.code) && phone.step === "joining") refused();
    else if (TOKEN_ERRORS.has(error.code)) renew();
    else set({ warning: error.description || error.message });
  },
  incoming: take,
};

// The only call is the standing one, into which people are put; a newer one replaces it.
function take(incoming) {
  call = incoming;
  const isCurrent = (run) => (...values) => { if (call === incoming) run(...values); };
  let silent = 0;
  incoming.on("accept", isCurrent(() => set({ step: "on", isMuted: false, isHeard: null, warning: "", warnings: [] })));
  incoming.on("sample", isCurrent((sample) => {
    silent = sample.packetsReceived > 0 ? 0 : silent + 1;
    if (!silent || silent >= SILENT_SAMPLES) set({ isHeard: !silent });
    hooks.sampled?.(sample);
  }));
  incoming.on("volume", isCurrent((microphone, speaker) => hooks.levels(phone.isMuted ? 0 : microphone, speaker)));
  incoming.on("mute", isCurrent((isMuted) => set({ isMuted })));
  incoming.on("reconnecting", isCurrent(() => set({ step: "lost" })));
  incoming.on("reconnected", isCurrent(() => set({ step: "on" })));
  incoming.on("warning", isCurrent((name) => set({ warnings: [...new Set([...phone.warnings, name])] })));
  incoming.on("warning-cleared", isCurrent((name) => set({ warnings: phone.warnings.filter((one) => one !== name) })));
  const over = isCurrent(() => {
    call = null;
    hooks.levels(0, 0);
    hooks.sampled?.(null);
    set({ step: "idle", isHeard: false, isMuted: false, warning: "", warnings: [] });
  });
  for (const event of ["disconnect", "cancel", "reject"]) incoming.on(event, over);
  incoming.accept();
}

// Another page has the phone now.
export function leave() {
  putAway();
  hooks.levels(0, 0);
  hooks.sampled?.(null);
  set({ step: "elsewhere", reason: "", isMuted: false, isHeard: null, warning: "", warnings: [] });
}

export function mute(isMuted) {
  call?.mute(isMuted);
}

export function sendDigits(digits) {
  call?.sendDigits(digits);
}

export function program() {
  return device;
}
