// The call-back form: a day and time on the clock of the person called, shown on the agent's clock too.
import { now } from "./clock.js";
import { MINUTE, at, city, format, make, myZone, say, setText, whenChanged } from "./desk_dom.js";
import { localText, toInstant } from "./desk_zones.js";

// Nobody promises 11:01.
const ROUND = 5 * 60000;
const form = at("callback");
const fields = form.elements;
let changed = () => {};
let opener = null;

export function onChange(listener) {
  changed = listener;
}

export function isOpen() {
  return !form.hidden;
}

export function open() {
  opener = document.activeElement;
  form.hidden = false;
  form.scrollIntoView({ block: "nearest" });
  fields.local.focus();
  showBoth();
}

export function close() {
  form.hidden = true;
  showError("");
  changed();
  (opener?.isConnected && !opener.disabled ? opener : document.getElementById("main")).focus();
}

export function showError(text) {
  setText(at("callback-error"), text);
  fields.local.setAttribute("aria-invalid", String(Boolean(text)));
}

function instant() {
  return fields.local.value ? toInstant(fields.local.value, fields.zone.value) : NaN;
}

function showBoth() {
  const due = instant();
  const theirs = Number.isNaN(due) ? "" : `${format(due, fields.zone.value, MINUTE)} ${city(fields.zone.value)}`;
  setText(at("callback-both"), theirs && say("both", { theirs, mine: `${format(due, myZone, MINUTE)} ${city(myZone)}` }));
  showError(due <= now() ? say("past") : "");
}

// What is wrong with the form, or "".
export function fault() {
  const due = instant();
  if (Number.isNaN(due)) return say("when");
  return due <= now() ? say("past") : "";
}

// As the server takes it with a disposition.
export function promise() {
  return { local: fields.local.value, zone: fields.zone.value, personal: fields.who.value === "me", note: fields.note.value };
}

// As a draft keeps it; null while it is closed and empty.
export function value() {
  if (form.hidden && !fields.local.value && !fields.note.value) return null;
  return { ...promise(), is_open: isOpen() };
}

export function setValue(kept) {
  form.hidden = !kept?.is_open;
  fields.local.value = kept?.local || "";
  if (kept?.zone && [...fields.zone.options].some((option) => option.value === kept.zone)) fields.zone.value = kept.zone;
  else fields.zone.selectedIndex = 0;
  fields.who.value = !kept || kept.personal ? "me" : "pool";
  fields.note.value = kept?.note || "";
  showBoth();
  if (!fields.local.value) showError("");
}

export const offerZones = whenChanged((zones) => {
  const known = zones.length ? zones : [myZone];
  fields.zone.replaceChildren(...known.map((zone) => make("option", city(zone), { value: zone })));
});

function quick(rule) {
  const zone = fields.zone.value;
  const [kind, ...numbers] = rule.split(":");
  if (kind === "hours") return localText(Math.ceil(now() / ROUND) * ROUND + Number(numbers[0]) * 3600000, zone);
  const today = new Date(`${localText(now(), zone).slice(0, 10)}T00:00Z`);
  const days = kind === "monday" ? ((8 - today.getUTCDay()) % 7) || 7 : Number(numbers[0]);
  today.setUTCDate(today.getUTCDate() + days);
  return `${today.toISOString().slice(0, 10)}T${String(numbers.at(-1)).padStart(2, "0")}:00`;
}

at("callback-quick").addEventListener("click", (event) => {
  const button = event.target.closest("[data-quick]");
  if (!button) return;
  fields.local.value = quick(button.dataset.quick);
  showBoth();
  changed();
});
form.addEventListener("input", showBoth);
at("callback-close").addEventListener("click", close);
