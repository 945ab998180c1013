// What the agent types is kept: in this browser with each key stroke, on the server a moment after the last one. The
// server's copy is what a reload shows, unless this browser holds something that it could not send.
import { at } from "./desk_dom.js";
import * as callback from "./desk_callback.js";
import * as script from "./desk_script.js";
import { saveDraft, state } from "./desk_server.js";

const DELAY = 700;
const EMPTY = { note: "", answers: {}, callback: null };
let storage = "";
let target = { campaign_lead: null, attempt: null };
let isDirty = false;
let timer;

function typed() {
  return { note: at("note").value, answers: script.answers(), callback: callback.value() };
}

function fill(values) {
  at("note").value = values.note || "";
  script.setAnswers(values.answers || {});
  callback.setValue(values.callback || null);
}

function isEmpty(values) {
  return JSON.stringify({ ...EMPTY, ...values }) === JSON.stringify(EMPTY);
}

function showKept(key) {
  const place = at("saved");
  place.textContent = key ? place.dataset[key] : "";
}

function readLocal() {
  try {
    return JSON.parse(localStorage.getItem(storage)) || null;
  } catch {
    return null;
  }
}

function onInput() {
  if (!target.campaign_lead) return;
  isDirty = true;
  localStorage.setItem(storage, JSON.stringify({ ...target, values: typed() }));
  showKept("textSaving");
  clearTimeout(timer);
  timer = setTimeout(flush, DELAY);
}

async function flush({ last = false } = {}) {
  clearTimeout(timer);
  if (!isDirty || !target.campaign_lead) return;
  isDirty = false;
  const about = { ...target };
  const answer = await saveDraft({ ...about, ...typed() }, { last });
  const isSame = about.campaign_lead === target.campaign_lead && about.attempt === target.attempt;
  if (!isSame || isDirty) return;
  if (answer === "failed") {
    isDirty = true;
    showKept("textLocal");
    timer = setTimeout(flush, 3 * DELAY);
    return;
  }
  localStorage.removeItem(storage);
  showKept(answer === "sent" ? "textSaved" : "");
}

// The person has gone from the screen before the last words were sent.
function sendLate() {
  isDirty = false;
  saveDraft({ ...target, ...typed() });
}

// Called once the server has the final values.
export function forget() {
  clearTimeout(timer);
  isDirty = false;
  localStorage.removeItem(storage);
}

function restore(draft) {
  const local = readLocal();
  const isUnsent = local && local.campaign_lead === target.campaign_lead && [target.attempt, null].includes(local.attempt);
  if (isUnsent) {
    fill(local.values);
    onInput();
    return;
  }
  localStorage.removeItem(storage);
  fill(target.campaign_lead && draft?.campaign_lead === target.campaign_lead ? draft : EMPTY);
  showKept("");
}

// Goes with the person on the screen: a preview that is dialled keeps its form, the next person begins with an empty one.
export function follow({ contact, attempt, draft }) {
  const next = { campaign_lead: contact?.campaign_lead ?? null, attempt: attempt?.id ?? null };
  const isSamePerson = next.campaign_lead === target.campaign_lead;
  const isSame = isSamePerson && next.attempt === target.attempt;
  const wasPreview = isSamePerson && target.attempt === null;
  if (isDirty && !isSamePerson) sendLate();
  target = next;
  if (isSame) {
    // Another tab of the same desk may have typed meanwhile.
    if (!isDirty && !document.hasFocus() && draft?.campaign_lead === next.campaign_lead) fill(draft);
  } else if (wasPreview) {
    if (!isEmpty(typed())) onInput();
  } else {
    clearTimeout(timer);
    isDirty = false;
    restore(draft);
  }
}

export function values() {
  return typed();
}

export function start(key) {
  storage = key;
  for (const place of ["note", "questions", "callback"]) at(place).addEventListener("input", onInput);
  callback.onChange(onInput);
  addEventListener("pagehide", () => flush({ last: true }));
  document.addEventListener("visibilitychange", () => { if (document.hidden) flush({ last: true }); });
  addEventListener("online", () => flush());
  addEventListener("storage", (event) => { if (event.key === storage && !isDirty && !document.hasFocus()) restore(state()?.draft); });
}
