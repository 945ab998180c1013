// The page's clock: the server's instant at render plus elapsed real time times the clock speed.
// On a simulated clock every relative time and timer on the page follows the simulation.
const root = document.documentElement;
let base = Date.parse(root.dataset.now) || Date.now();
let origin = performance.now();
const speed = Number(root.dataset.clockSpeed) || 1;
const language = root.lang || "en";
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const STEPS = [["second", 60], ["minute", 60], ["hour", 24], ["day", 7], ["week", 4.35], ["month", 12], ["year", Infinity]];

export function now() {
  return base + (performance.now() - origin) * speed;
}

export function sync(iso) {
  const instant = Date.parse(iso);
  if (Number.isNaN(instant)) return;
  base = instant;
  origin = performance.now();
}

export function relativeText(instant) {
  let value = (instant - now()) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(value) < size) return relative.format(Math.round(value), unit);
    value /= size;
  }
  return "";
}

export function durationText(seconds) {
  const total = Math.max(0, Math.floor(seconds));
  const pad = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60), total % 60];
  return h ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tick() {
  for (const element of document.querySelectorAll("time[data-relative]")) {
    setText(element, relativeText(Date.parse(element.dateTime)));
  }
  for (const element of document.querySelectorAll("[data-timer-since]")) {
    setText(element, durationText((now() - Date.parse(element.dataset.timerSince)) / 1000));
  }
  for (const element of document.querySelectorAll("[data-timer-until]")) {
    setText(element, durationText((Date.parse(element.dataset.timerUntil) - now()) / 1000));
  }
  for (const element of document.querySelectorAll("time[data-clock]")) {
    const zone = element.dataset.clock || "UTC";
    const format = { timeZone: zone, weekday: "short", day: "numeric", month: "short", year: "numeric",
      hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short" };
    setText(element, new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, format).format(now()));
  }
}

export function start() {
  tick();
  setInterval(tick, 1000);
}
