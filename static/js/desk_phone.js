// The phone on the desk: its state in words, levels, mute, hold, keypad, and the choice and test of the headset.
import { at, make, say, setText } from "./desk_dom.js";
import { act, isBusy, request, state } from "./desk_server.js";
import * as check from "./desk_phone_check.js";
import * as place from "./desk_phone_place.js";
import { sampled } from "./desk_voice.js";
import * as phone from "./phone.js";
import * as telephone from "./desk_telephone.js";
import { choose, chosen, list, measure, openMicrophone, playBack, useMicrophone, useSpeaker } from "./phone_devices.js";

const TEST_MS = 3000;
const STEPS = { off: "phoneOff", asking: "phoneAsking", joining: "phoneJoining", idle: "phoneIdle", lost: "phoneLost", elsewhere: "phoneElsewhere" };
const FAILURES = {
  noProgram: "phoneNoProgram", unsupported: "phoneUnsupported", microphoneBlocked: "phoneBlocked",
  noMicrophone: "phoneNoMicrophone", noAccess: "phoneNoAccess", noAnswer: "phoneNoAnswer", refused: "phoneRefused",
};
// Warnings of the carrier's program by name; others are shown as it calls them.
const WARNINGS = {
  "high-rtt": "warnSlow", "high-jitter": "warnJitter", "high-packet-loss": "warnLoss", "high-packets-lost-fraction": "warnLoss",
  "low-mos": "warnQuality", "low-bytes-received": "warnNothingHeard", "low-bytes-sent": "warnNothingSent",
  "ice-connectivity-lost": "warnConnection", "constant-audio-input-level": "warnMicrophone",
};
let refusal = "";
let closeTest = () => {};

function textOf({ step, reason, isHeard, isMuted }) {
  if (step === "failed") return reason === "noAccess" && refusal ? refusal : say(FAILURES[reason]);
  if (step !== "on") return say(STEPS[step]);
  if (isMuted) return say("phoneMuted");
  if (isHeard === null) return say("phoneJoining");
  return say(isHeard ? "phoneOn" : "phoneSilent");
}

function warningOf({ warning, warnings }) {
  const texts = [...new Set(warnings.map((name) => (WARNINGS[name] ? say(WARNINGS[name]) : say("phoneWarning", { warning: name }))))];
  return [...texts, ...(warning ? [say("phoneWarning", { warning })] : [])].join(" ");
}

function changed(values) {
  const session = state()?.session;
  const isSilent = values.step === "on" && values.isHeard === false;
  const onTelephone = telephone.textOf(session);
  at("softphone").dataset.step = onTelephone ? (session.is_leg_connected ? "on" : "joining") : isSilent ? "silent" : values.step;
  setText(at("phone-text"), onTelephone || textOf(values));
  setText(at("phone-warning"), warningOf(values));
  at("phone-connect").hidden = Boolean(onTelephone) || !["off", "elsewhere", "failed"].includes(values.step);
  telephone.show(session, { isSoundBad: isSilent || values.step === "failed" });
  setText(at("phone-connect-label"), say(values.step === "elsewhere" ? "phoneBring" : "phoneConnect"));
  at("phone-meters").dataset.on = values.step === "on";
  showCallControls();
}

function showCallControls() {
  const { step, isMuted } = phone.now();
  const values = state();
  const isByPhone = telephone.isUsed();
  const isTalking = values?.session?.state === "ON_CALL" && !values.attempt?.is_disposed;
  at("mute").disabled = isByPhone ? !values.session.is_leg_connected || isBusy() : step !== "on";
  at("mute").setAttribute("aria-pressed", isByPhone ? values.session.is_muted : isMuted);
  at("keypad").disabled = step !== "on" || !isTalking;
  at("hold").disabled = !isTalking || isBusy();
  at("hold").setAttribute("aria-pressed", Boolean(values?.session?.is_holding));
}

function levels(microphone, speaker) {
  at("phone-in").value = microphone;
  at("phone-out").value = speaker;
}

async function access() {
  try {
    const answer = await request("phone-access", { method: "POST", body: "{}" });
    refusal = answer.error?.message || "";
    return answer.ok ? answer.values : null;
  } catch {
    return null;
  }
}

function measured(sample) {
  if (sample) sampled(sample);
  check.health(sample);
}

export function show(values) {
  place.show(values);
  changed(phone.now());
}

function fillChoice(select, devices, current) {
  const choices = devices.map((device, number) => make("option", device.label || say("device", { number: number + 1 }), { value: device.deviceId }));
  select.replaceChildren(make("option", say("deviceDefault"), { value: "" }), ...choices);
  select.value = devices.some((device) => device.deviceId === current) ? current : "";
}

async function openTest() {
  const dialog = document.getElementById("desk-headset");
  dialog.showModal();
  closeTest();
  try {
    const stream = await openMicrophone();
    const stop = measure(stream, (level) => { at("test-level").value = level; });
    closeTest = () => {
      stop();
      stream.getTracks().forEach((track) => track.stop());
      closeTest = () => {};
    };
    const { microphones, speakers } = await list();
    fillChoice(at("microphone"), microphones, chosen().microphone);
    fillChoice(at("speaker"), speakers, chosen().speaker);
    at("speaker").closest(".field").hidden = !speakers.length;
    setText(at("test-note"), "");
    at("test-play").disabled = false;
    at("test-play").onclick = () => test(stream);
  } catch (error) {
    setText(at("test-note"), say(error.name === "NotAllowedError" ? "phoneBlocked" : "phoneNoMicrophone"));
    at("test-play").disabled = true;
  }
}

async function test(stream) {
  at("test-play").disabled = true;
  setText(at("test-note"), say("testSpeak"));
  const listen = setTimeout(() => setText(at("test-note"), say("testListen")), TEST_MS);
  try {
    await playBack(stream, TEST_MS);
    setText(at("test-note"), say("testDone"));
  } finally {
    clearTimeout(listen);
    at("test-play").disabled = false;
  }
}

async function rechoose(changes) {
  choose(changes);
  const program = phone.program();
  if (program) await Promise.allSettled([useMicrophone(program), useSpeaker(program)]);
  await openTest();
}

function startKeypad() {
  const dialog = document.getElementById("desk-keypad");
  const sent = at("keypad-sent");
  const send = (digit) => {
    phone.sendDigits(digit);
    sent.value += digit;
  };
  at("keypad").addEventListener("click", () => {
    sent.value = "";
    dialog.showModal();
  });
  for (const button of dialog.querySelectorAll("[data-digit]")) button.addEventListener("click", () => send(button.dataset.digit));
  dialog.addEventListener("keydown", (event) => {
    if (!/^[0-9*#]$/.test(event.key)) return;
    event.preventDefault();
    send(event.key);
  });
}

export function start() {
  place.start();
  telephone.start();
  phone.start({ access, registered: place.registered, changed, levels, sampled: measured });
  check.start();
  at("phone-connect").addEventListener("click", place.take);
  at("phone-headset").addEventListener("click", openTest);
  document.getElementById("desk-headset").addEventListener("close", () => closeTest());
  at("microphone").addEventListener("change", (event) => rechoose({ microphone: event.target.value }));
  at("speaker").addEventListener("change", (event) => rechoose({ speaker: event.target.value }));
  at("mute").addEventListener("click", () => { if (telephone.isUsed()) telephone.mute(); else phone.mute(!phone.now().isMuted); });
  at("hold").addEventListener("click", () => {
    const { session, attempt } = state();
    act("hold", { attempt: attempt?.id, is_held: !session.is_holding });
  });
  startKeypad();
  changed(phone.now());
}
