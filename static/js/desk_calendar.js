// The calendar of the call-back form: seven days on the clock of the person called, half hours in which the call would
// be lawful, and what this agent has promised already. The server knows the hours; what it did not name is closed.
import { now } from "./clock.js";
import { MINUTE, at, city, format, make, myZone, say, setText } from "./desk_dom.js";
import { request } from "./desk_server.js";
import { localText, toInstant } from "./desk_zones.js";

const HALF_HOUR = 30 * 60000;
const DAY = 86400000;
const LONG = { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };
const TIME = { hour: "2-digit", minute: "2-digit" };
const HALVES = Array.from({ length: 48 }, (_, n) => `${String(Math.floor(n / 2)).padStart(2, "0")}:${n % 2 ? "30" : "00"}`);
const frame = at("calendar");
const grid = at("calendar-grid");
let times = null;
let asked = 0;
let week = 0;
let zone = myZone;
let chosen = "";
let focused = "";
let onChoose = () => {};

export function start(listener) {
  onChoose = listener;
}

// Whether a call is lawful at an instant; null while that is not known.
export function isLawful(instant) {
  if (!times || instant >= times.until) return null;
  return times.open.some(([from, to]) => from <= instant && instant < to);
}

export function nextLawful(instant) {
  const opening = times?.open.find(([, to]) => to > instant);
  return opening ? Math.max(opening[0], instant) : NaN;
}

// Whom this agent has promised a call in the same half hour.
export function bookedAt(instant) {
  return times?.booked.find((entry) => Math.abs(entry.at - instant) < HALF_HOUR)?.name || "";
}

export function focus() {
  frame.focus();
}

export async function load(isPersonal) {
  const number = ++asked;
  times = null;
  show();
  setText(at("calendar-text"), say("calendarLoading"));
  try {
    const { ok, values } = await request(`calendar?personal=${isPersonal ? 1 : 0}`);
    if (number !== asked) return;
    if (ok) {
      times = {
        until: Date.parse(values.until),
        open: values.open.map((opening) => opening.map(Date.parse)),
        booked: values.booked.map((entry) => ({ at: Date.parse(entry.at), name: entry.name })),
        reasons: values.reasons,
      };
    }
    setText(at("calendar-text"), ok ? "" : say("calendarFailed"));
  } catch {
    if (number === asked) setText(at("calendar-text"), say("calendarFailed"));
  }
  const wasWaiting = document.activeElement === frame;
  week = 0;
  show();
  if (wasWaiting) (grid.querySelector("[tabindex='0']") || frame).focus();
}

// Shows the week of `local` (2026-06-17T15:30) with that time chosen, on the clock of a zone.
export function mark(local, inZone) {
  const isMoved = inZone !== zone;
  [zone, chosen] = [inZone, local];
  const days = local ? Math.round((Date.parse(local.slice(0, 10)) - Date.parse(today())) / DAY) : -1;
  if (days >= 0 && Math.floor(days / 7) !== week) week = Math.floor(days / 7);
  else if (!isMoved && grid.querySelector(`[aria-selected=true] > [data-local="${local}"]`)) return;
  show();
}

function today() {
  return localText(now(), zone).slice(0, 10);
}

function dayAfter(day, count) {
  return new Date(Date.parse(day) + count * DAY).toISOString().slice(0, 10);
}

// The instant of a half hour, or NaN when the clocks skip it there.
function instantOf(local) {
  const instant = toInstant(local, zone);
  return localText(instant, zone) === local ? instant : NaN;
}

function isFree(instant) {
  return !Number.isNaN(instant) && instant > now() && isLawful(instant) === true;
}

function cell(local) {
  const instant = instantOf(local);
  const free = isFree(instant);
  const name = free ? bookedAt(instant) : "";
  const button = make("button", free ? local.slice(11) : "–", { type: "button", tabindex: "-1", "data-local": local });
  const words = [Number.isNaN(instant) ? local.replace("T", " ") : format(instant, zone, LONG)];
  if (!free) words.push(say("calendarClosed"));
  else if (zone !== myZone) words.push(say("calendarMine", { time: format(instant, myZone, TIME) }));
  if (name) words.push(say("calendarBooked", { name }));
  button.setAttribute("aria-label", words.join(", "));
  button.setAttribute("aria-disabled", String(!free));
  button.dataset.booked = Boolean(name);
  const box = make("td", "", { role: "gridcell", "aria-selected": String(local === chosen) });
  box.append(button);
  return box;
}

function head(days) {
  const row = make("tr", "", { role: "row" });
  row.append(...days.map((day) => make("th", `${format(Date.parse(`${day}T12:00Z`), "UTC", { weekday: "short" })} ${Number(day.slice(8))}`, { scope: "col", role: "columnheader" })));
  return row;
}

function earliest() {
  const free = [...grid.querySelectorAll("[aria-disabled=false]")].map((item) => item.dataset.local).sort();
  return button(free[0]) || grid.querySelector("button");
}

function show() {
  const hadFocus = grid.contains(document.activeElement);
  const days = Array.from({ length: 7 }, (_, n) => dayAfter(today(), 7 * week + n));
  const free = HALVES.map((half) => days.some((day) => isFree(instantOf(`${day}T${half}`))));
  const halves = HALVES.slice(free.indexOf(true), free.lastIndexOf(true) + 1);
  const isEmpty = !free.includes(true);
  const rows = isEmpty ? [] : halves.map((half) => {
    const row = make("tr", "", { role: "row" });
    row.append(...days.map((day) => cell(`${day}T${half}`)));
    return row;
  });
  grid.tHead.replaceChildren(head(days));
  grid.tBodies[0].replaceChildren(...rows);
  setText(at("calendar-week"), say("calendarWeek", { from: format(Date.parse(`${days[0]}T12:00Z`), "UTC", { day: "numeric", month: "long" }) }));
  at("calendar-back").disabled = week === 0;
  at("calendar-on").disabled = !times || Date.parse(dayAfter(today(), 7 * (week + 1))) >= times.until;
  if (times && isEmpty) setText(at("calendar-text"), [say("calendarNone"), ...times.reasons].join(" "));
  else if (times) setText(at("calendar-text"), "");
  const target = button(chosen) || button(focused) || earliest();
  if (target) [target.tabIndex, focused] = [0, target.dataset.local];
  showMine();
  if (hadFocus) (target || frame).focus();
}

// The agent's clock beside theirs, of the half hour that the keys are at; screen readers have it in the cell's name.
function showMine() {
  const instant = zone === myZone || !focused || !button(focused) ? NaN : instantOf(focused);
  const [theirs, mine] = [zone, myZone].map((clock) => (Number.isNaN(instant) ? "" : `${format(instant, clock, MINUTE)} ${city(clock)}`));
  setText(at("calendar-mine"), theirs && say("both", { theirs, mine }));
}

function button(local) {
  return local && grid.querySelector(`button[data-local="${local}"]`);
}

function move(target) {
  const before = grid.querySelector("[tabindex='0']");
  if (before) before.tabIndex = -1;
  target.tabIndex = 0;
  focused = target.dataset.local;
  showMine();
  target.focus();
}

function turn(by, local) {
  const next = week + by;
  if (next < 0 || (by > 0 && at("calendar-on").disabled)) return false;
  week = next;
  focused = "";
  show();
  if (local) move(button(local) || grid.querySelector("[tabindex='0']") || at("calendar-on"));
  return true;
}

function stepDay(local, by) {
  const target = `${dayAfter(local.slice(0, 10), by)}${local.slice(10)}`;
  if (button(target)) move(button(target));
  else turn(Math.sign(by), target);
}

function stepTime(current, by) {
  const rows = [...grid.tBodies[0].rows];
  const box = current.parentElement;
  const row = rows[rows.indexOf(box.parentElement) + by];
  if (row) move(row.cells[box.cellIndex].firstElementChild);
}

function toEdge(current, isLast) {
  const column = [...grid.tBodies[0].rows].map((row) => row.cells[current.parentElement.cellIndex].firstElementChild);
  const free = column.filter((item) => item.getAttribute("aria-disabled") === "false");
  const target = free.at(isLast ? -1 : 0);
  if (target) move(target);
}

function onKey(event) {
  const current = event.target.closest("button");
  if (!current || event.ctrlKey || event.altKey || event.metaKey) return;
  const { local } = current.dataset;
  const on = getComputedStyle(grid).direction === "rtl" ? -1 : 1;
  const steps = {
    ArrowRight: () => stepDay(local, on), ArrowLeft: () => stepDay(local, -on),
    ArrowDown: () => stepTime(current, 1), ArrowUp: () => stepTime(current, -1),
    PageDown: () => stepDay(local, 7), PageUp: () => stepDay(local, -7),
    Home: () => toEdge(current, false), End: () => toEdge(current, true),
  };
  if (!steps[event.key]) return;
  event.preventDefault();
  steps[event.key]();
}

grid.addEventListener("keydown", onKey);
grid.addEventListener("click", (event) => {
  const target = event.target.closest("button");
  if (!target) return;
  move(target);
  if (target.getAttribute("aria-disabled") === "true") return;
  onChoose(target.dataset.local);
});
at("calendar-back").addEventListener("click", () => turn(-1));
at("calendar-on").addEventListener("click", () => turn(1));
