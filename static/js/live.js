// Live pages. An element with data-live-url names the event stream, its data-live-state the same values as one JSON
// answer. Each message is a JSON object; [data-live="a.b"] elements show its values, data-live-when="key" shows an
// element while the value is true. Streams forget, so every (re)connection refetches the state.
// Parts of a page reload themselves by htmx: {"refresh": ["attempts"]} triggers "live:attempts", a connection triggers
// "live:open", and data-live-reload="key" triggers "live:reload" when the value is not data-live-reload-value.
// An event named "ping" proves the stream alive and carries the clock.
import { durationText, sync } from "./clock.js";

const SILENCE = 40000;
const language = document.documentElement.lang || "en";
const formats = {
  number: (value) => new Intl.NumberFormat(language).format(value),
  // As the server writes it: rounded half up from the decimal digits, and a space before the sign that does not break.
  percent: (value) => `${new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(`${value.toFixed(9)}e2`)}\u00a0%`,
  duration: durationText,
};
const listeners = new Set();

export function onMessage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function lookUp(values, path) {
  if (path in values) return values[path];
  return path.split(".").reduce((value, key) => (value === null || value === undefined ? value : value[key]), values);
}

function show(element, value) {
  if (element.matches("progress, meter")) {
    element.value = Number(value);
    return;
  }
  const format = formats[element.dataset.format];
  const text = value === null ? "–" : format && typeof value === "number" ? format(value) : String(value);
  if (element.textContent === text) return;
  element.textContent = text;
  if ("liveQuiet" in element.dataset) return;
  element.classList.remove("changed");
  requestAnimationFrame(() => element.classList.add("changed"));
}

function announce(name) {
  document.body.dispatchEvent(new CustomEvent(`live:${name}`));
}

export function patch(values) {
  for (const element of document.querySelectorAll("[data-live]")) {
    const value = lookUp(values, element.dataset.live);
    if (value !== undefined) show(element, value);
  }
  for (const element of document.querySelectorAll("[data-live-when]")) {
    const value = lookUp(values, element.dataset.liveWhen);
    if (value !== undefined) element.hidden = !value;
  }
  for (const element of document.querySelectorAll("[data-live-reload]")) {
    const value = lookUp(values, element.dataset.liveReload);
    if (value !== undefined && String(value) !== element.dataset.liveReloadValue) announce("reload");
  }
  for (const name of values.refresh || []) announce(name);
  for (const listener of listeners) listener(values);
}

function setState(state) {
  for (const element of document.querySelectorAll(".live")) {
    if (element.dataset.state === state) continue;
    element.dataset.state = state;
    element.textContent = element.dataset[`text${state[0].toUpperCase()}${state.slice(1)}`] || state;
  }
}

async function refetch(url) {
  if (!url) return;
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (response.ok) patch(await response.json());
}

export function connect(url, stateUrl) {
  let source;
  let watchdog;
  let retry = 1000;
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => again("offline"), SILENCE);
  };
  const again = (state) => {
    source.close();
    clearTimeout(watchdog);
    setState(navigator.onLine ? state : "offline");
    setTimeout(open, retry);
    retry = Math.min(retry * 2, 30000);
  };
  const open = () => {
    source = new EventSource(url);
    source.onopen = () => {
      retry = 1000;
      setState("live");
      alive();
      announce("open");
      refetch(stateUrl).catch(() => setState("reconnecting"));
    };
    source.onmessage = (event) => {
      alive();
      patch(JSON.parse(event.data));
    };
    source.addEventListener("ping", (event) => {
      alive();
      sync(event.data);
    });
    source.onerror = () => again(retry > 8000 ? "offline" : "reconnecting");
    alive();
  };
  addEventListener("offline", () => setState("offline"));
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
}

export function start() {
  const region = document.querySelector("[data-live-url]");
  if (region) connect(region.dataset.liveUrl, region.dataset.liveState);
}
