// The call-back form: a day and time on the clock of the person called, shown on the agent's clock too.
import { now } from "./clock.js";
import * as calendar from "./desk_calendar.js";
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
  showBoth();
  calendar.focus();
  calendar.load(fields.who.value === "me").then(showBoth);
}

export function close() {
  form.hidden = true;
  showError("");
  changed();
  (opener?.isConnected && !opener.disabled ? opener : document.getElementById("main")).focus();
}

// Says what is wrong with the time, and offers `next` (an instant) instead if there is one.
export function showError(text, next = NaN) {
  setText(at("callback-error"), text);
  fields.local.setAttribute("aria-invalid", String(Boolean(text)));
  const offer = at("callback-next");
  offer.hidden = Number.isNaN(next);
  if (offer.hidden) return;
  offer.value = localText(Math.ceil(next / ROUND) * ROUND, fields.zone.value);
  setText(offer, say("take", { when: format(next, fields.zone.value, MINUTE) }));
}

function instant() {
  return fields.local.value ? toInstant(fields.local.value, fields.zone.value) : NaN;
}

function showBoth() {
  const due = instant();
  const theirs = Number.isNaN(due) ? "" : `${format(due, fields.zone.value, MINUTE)} ${city(fields.zone.value)}`;
  const both = theirs && say("both", { theirs, mine: `${format(due, myZone, MINUTE)} ${city(myZone)}` });
  const name = theirs && calendar.bookedAt(due);
  setText(at("callback-both"), name ? `${both} ${say("booked", { name })}` : both);
  showError(fields.local.value ? fault() : "", calendar.isLawful(due) === false ? calendar.nextLawful(Math.max(due, now())) : NaN);
  calendar.mark(fields.local.value, fields.zone.value);
}

// What is wrong with the form, or "".
export function fault() {
  const due = instant();
  if (Number.isNaN(due)) return say("when");
  if (due <= now()) return say("past");
  return calendar.isLawful(due) === false ? say("unlawful") : "";
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
  if (isOpen()) calendar.load(fields.who.value === "me").then(showBoth);
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

function choose(local) {
  fields.local.value = local;
  showBoth();
  changed();
}

calendar.start(choose);
at("callback-next").addEventListener("click", () => {
  choose(at("callback-next").value);
  at("callback-save").focus();
});
at("callback-quick").addEventListener("click", (event) => {
  const button = event.target.closest("[data-quick]");
  if (button) choose(quick(button.dataset.quick));
});
form.addEventListener("input", showBoth);
form.addEventListener("change", (event) => {
  if (event.target.name === "who") calendar.load(fields.who.value === "me").then(showBoth);
});
at("callback-close").addEventListener("click", close);
