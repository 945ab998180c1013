// What the agent types is kept: in this browser with each key stroke, on the server a moment after the last one. Both
// copies carry the instant of the last key stroke; the newer one is shown, also in another tab of the same desk.
import { at } from "./desk_dom.js";
import * as callback from "./desk_callback.js";
import * as script from "./desk_script.js";
import { saveDraft, state } from "./desk_server.js";

const DELAY = 700;
const EMPTY = { note: "", answers: {}, callback: null };
const NOBODY = { campaign_lead: null, attempt: null };
let storage = "";
let target = NOBODY;
// When what is shown was typed, in milliseconds; 0 for a form nobody has touched.
let stamp = 0;
let isDirty = false;
let timer;

export function values() {
  return { note: at("note").value, ...script.kept(), callback: callback.value() };
}

function fill(kept) {
  at("note").value = kept.note || "";
  script.setKept(kept);
  callback.setValue(kept.callback || null);
}

function showKept(key) {
  const place = at("saved");
  place.textContent = key ? place.dataset[key] : "";
}

function readLocal() {
  try {
    const local = JSON.parse(localStorage.getItem(storage));
    const isOurs = local?.campaign_lead === target.campaign_lead && [target.attempt, null].includes(local.attempt);
    return isOurs ? local : null;
  } catch {
    return null;
  }
}

function onInput() {
  if (!target.campaign_lead) return;
  isDirty = true;
  stamp = Date.now();
  localStorage.setItem(storage, JSON.stringify({ ...target, at: stamp, ...values() }));
  showKept("textSaving");
  flushSoon(DELAY);
}

function flushSoon(delay) {
  clearTimeout(timer);
  timer = setTimeout(flush, delay);
}

async function flush({ last = false } = {}) {
  clearTimeout(timer);
  if (!isDirty || !target.campaign_lead) return;
  isDirty = false;
  const about = target;
  const answer = await saveDraft({ ...about, at: stamp, ...values() }, { last });
  if (about !== target || isDirty) return;
  if (answer === "failed") {
    isDirty = true;
    showKept("textLocal");
    flushSoon(3 * DELAY);
    return;
  }
  showKept(answer === "sent" ? "textSaved" : "");
}

// Called once the server has the final values.
export function forget() {
  clearTimeout(timer);
  isDirty = false;
  localStorage.removeItem(storage);
}

// Shows the newest copy when it is newer than what is on the screen.
function adopt(draft) {
  const local = readLocal();
  const kept = draft?.campaign_lead === target.campaign_lead ? draft : null;
  const newest = (local?.at || 0) > (kept?.at || 0) ? local : kept;
  if (!newest || isDirty || newest.at <= stamp) return;
  fill(newest);
  stamp = newest.at;
  if (newest !== local) return;
  isDirty = true;
  showKept("textLocal");
  flushSoon(DELAY);
}

function begin(draft) {
  clearTimeout(timer);
  isDirty = false;
  stamp = 0;
  fill(EMPTY);
  showKept("");
  if (target.campaign_lead) adopt(draft);
}

// The person has gone from the screen before the last words were sent.
function sendLate() {
  if (isDirty) saveDraft({ ...target, at: stamp, ...values() });
}

// Goes with the person on the screen: a preview that is dialled keeps its form, the next person begins with an empty one.
export function follow({ contact, attempt, draft }) {
  const next = { campaign_lead: contact?.campaign_lead ?? null, attempt: attempt?.id ?? null };
  const isSamePerson = next.campaign_lead === target.campaign_lead;
  if (isSamePerson && next.attempt === target.attempt) {
    if (target.campaign_lead) adopt(draft);
    return;
  }
  const isDialled = isSamePerson && target.attempt === null && stamp > 0;
  if (!isSamePerson) sendLate();
  target = next;
  if (isDialled) onInput();
  else begin(draft);
}

export function start(key) {
  storage = key;
  for (const place of ["note", "questions", "callback"]) at(place).addEventListener("input", onInput);
  callback.onChange(onInput);
  addEventListener("pagehide", () => flush({ last: true }));
  document.addEventListener("visibilitychange", () => { if (document.hidden) flush({ last: true }); });
  addEventListener("online", () => flush());
  addEventListener("storage", (event) => { if (event.key === storage && target.campaign_lead) adopt(state()?.draft); });
}
