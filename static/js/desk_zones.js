// Wall-clock time in a zone and instants, by way of Intl, which knows every zone and its changes.
const formats = new Map();

function formatOf(zone) {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat("en-CA", { timeZone: zone, hourCycle: "h23",
      year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }));
  }
  return formats.get(zone);
}

// The clock of `zone` at an instant, as a datetime-local field has it: 2026-06-17T15:30.
export function localText(instant, zone) {
  const parts = Object.fromEntries(formatOf(zone).formatToParts(instant).map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

function offset(instant, zone) {
  const minute = Math.floor(instant / 60000) * 60000;
  return Date.parse(`${localText(minute, zone)}Z`) - minute;
}

// The instant at which the clock of `zone` shows `local`.
export function toInstant(local, zone) {
  const wall = Date.parse(`${local}Z`);
  const first = wall - offset(wall, zone);
  return wall - offset(first, zone);
}
