// The phone on the desk: its state in words, levels, mute, hold, keypad, and the choice and test of the headset.
import { at, make, say, setText } from "./desk_dom.js";
import { act, isBusy, request, state } from "./desk_server.js";
import { sampled } from "./desk_voice.js";
import * as phone from "./phone.js";
import { choose, chosen, list, measure, openMicrophone, playBack, useMicrophone, useSpeaker } from "./phone_devices.js";

// Remembers that this agent works with a headset in this browser, so that a reload brings it back by itself.
const WANTED = "fairdial.phone";
const TEST_MS = 3000;
const STEPS = { off: "phoneOff", asking: "phoneAsking", joining: "phoneJoining", idle: "phoneIdle", lost: "phoneLost" };
const FAILURES = {
  noProgram: "phoneNoProgram", unsupported: "phoneUnsupported", microphoneBlocked: "phoneBlocked",
  noMicrophone: "phoneNoMicrophone", noAccess: "phoneNoAccess", noAnswer: "phoneNoAnswer", refused: "phoneRefused",
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

function changed(values) {
  const strip = at("softphone");
  strip.dataset.step = values.step === "on" && values.isHeard === false ? "silent" : values.step;
  setText(at("phone-text"), textOf(values));
  setText(at("phone-warning"), values.warning ? say("phoneWarning", { warning: values.warning }) : "");
  at("phone-connect").hidden = !["off", "failed"].includes(values.step);
  at("phone-meters").dataset.on = values.step === "on";
  at("mute").setAttribute("aria-pressed", values.isMuted);
  showCallControls();
}

function showCallControls() {
  const { step } = phone.now();
  const values = state();
  const isTalking = values?.session?.state === "ON_CALL" && !values.attempt?.is_disposed;
  at("mute").disabled = step !== "on";
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

function registered(leg) {
  localStorage.setItem(WANTED, "1");
  request("phone", { method: "POST", body: JSON.stringify({ leg }) }).catch(() => {});
}

export function show() {
  showCallControls();
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
  phone.start({ access, registered, changed, levels, sampled });
  at("phone-connect").addEventListener("click", phone.connect);
  at("phone-headset").addEventListener("click", openTest);
  document.getElementById("desk-headset").addEventListener("close", () => closeTest());
  at("microphone").addEventListener("change", (event) => rechoose({ microphone: event.target.value }));
  at("speaker").addEventListener("change", (event) => rechoose({ speaker: event.target.value }));
  at("mute").addEventListener("click", () => phone.mute(!phone.now().isMuted));
  at("hold").addEventListener("click", () => {
    const { session, attempt } = state();
    act("hold", { attempt: attempt?.id, is_held: !session.is_holding });
  });
  startKeypad();
  changed(phone.now());
  if (localStorage.getItem(WANTED)) phone.connect();
}
