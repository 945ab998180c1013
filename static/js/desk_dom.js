// The desk's named places in the page, its words, and small helpers.
const words = document.querySelector("[data-desk=words]").dataset;
const language = document.documentElement.lang || "en";

export function at(name) {
  return document.querySelector(`[data-desk="${name}"]`);
}

// A text of the page, with its %(named)s values filled in.
export function say(key, values = {}) {
  return (words[key] || "").replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function piece(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

export function part(element, name) {
  return element.querySelector(`[data-part="${name}"]`);
}

export function make(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

// Runs `fill` only when the values differ from the last time, so that focus and reading position stay.
export function whenChanged(fill) {
  let last;
  return (values) => {
    const now = JSON.stringify(values);
    if (now === last) return;
    last = now;
    fill(values);
  };
}

const formats = new Map();

export function format(instant, zone, options) {
  const key = JSON.stringify([zone, options]);
  if (!formats.has(key)) {
    const locale = language === "en" ? "en-GB" : language;
    formats.set(key, new Intl.DateTimeFormat(locale, { hourCycle: "h23", timeZone: zone, ...options }));
  }
  return formats.get(key).format(instant);
}

export const MINUTE = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
export const myZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function city(zone) {
  return zone.split("/").pop().replaceAll("_", " ");
}
