// The recording of the talk: how it stands, pause and resume, the person's agreement. While the agent is in a sensitive
// field the recording pauses; the field takes nothing until the server knows of it and nothing is being recorded.
import { at, setText } from "./desk_dom.js";
import { act, isBusy, request, state } from "./desk_server.js";

const RETRY = 1500;
const UNDER_WAY = new Set(["STARTING", "ON", "PAUSED"]);
const STARTABLE = new Set(["OFF", "FAILED"]);
let isSending = false;
let hasLeft = false;
let timer;

function recording() {
  return state()?.recording || null;
}

function openField() {
  return document.activeElement?.closest("[data-sensitive]") || null;
}

function lock(field) {
  const values = recording();
  const isClosed = Boolean(values) && values.state !== "OVER" && (values.is_rolling || !values.is_field_open);
  field.readOnly = isClosed;
  field.setAttribute("aria-busy", isClosed);
}

// Tells the server where the agent is, until it knows: a lost message must neither record a number nor stop a recording.
// What another tab of the desk has entered is left to that tab.
async function tell() {
  clearTimeout(timer);
  const values = recording();
  const isOpen = Boolean(openField());
  if (isSending || !values) return;
  if (values.is_field_open === isOpen) hasLeft = false;
  else if (isOpen || hasLeft) await send(isOpen);
}

async function send(isOpen) {
  isSending = true;
  let isTold = false;
  try {
    const step = isOpen ? "field_entered" : "field_left";
    isTold = (await request("recording", { method: "POST", body: JSON.stringify({ attempt: state().attempt?.id, step }) })).ok;
  } catch {
    // The desk says that it is offline.
  }
  isSending = false;
  if (isTold) tell();
  else timer = setTimeout(tell, RETRY);
}

function nextStep({ state: current, is_paused_by_agent: isPaused }) {
  if (UNDER_WAY.has(current)) return isPaused ? "resume" : "pause";
  return STARTABLE.has(current) ? "start" : "";
}

function showStep(values) {
  const button = at("recording-step");
  const step = nextStep(values);
  button.value = step;
  button.disabled = !step || isBusy();
  setText(at("recording-label"), button.dataset[{ pause: "textPause", resume: "textResume" }[step] || "textStart"]);
}

export function show() {
  const values = recording();
  at("recording").hidden = !values;
  at("recording-ask").hidden = !values?.sentence;
  const field = openField();
  if (field) lock(field);
  if (!values) return;
  at("recording").dataset.state = values.state;
  setText(at("recording-text"), values.text);
  setText(at("recording-sentence"), values.sentence);
  setText(at("recording-sources"), values.sources.join("; "));
  for (const name of ["recording-agreed", "recording-declined"]) at(name).disabled = isBusy();
  showStep(values);
  tell();
}

function step(name) {
  act("recording", { attempt: state().attempt?.id, step: name });
}

export function start() {
  at("recording-step").addEventListener("click", (event) => step(event.currentTarget.value));
  at("recording-agreed").addEventListener("click", () => step("agreed"));
  at("recording-declined").addEventListener("click", () => step("declined"));
  const questions = at("questions");
  questions.addEventListener("focusin", ({ target }) => {
    if (!target.matches("[data-sensitive]")) return;
    lock(target);
    tell();
  });
  questions.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (!target.matches("[data-sensitive]") || relatedTarget?.matches("[data-sensitive]")) return;
    hasLeft = true;
    // The field still has the focus while it is being left.
    setTimeout(tell);
  });
  // A page that was reloaded within a field is not in it any more.
  hasLeft = true;
}
