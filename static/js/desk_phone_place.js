// One phone at a time. The server keeps which page has it, by a name that the page keeps through a reload; every other
// page of the agent, here or on another computer, lets go and says so.
import { request } from "./desk_server.js";
import * as phone from "./phone.js";

const NAME = "fairdial.phone.page";
// Remembers that this agent works with a headset in this browser, so that a reload brings it back by itself.
const WANTED = "fairdial.phone";
// A page that reloads is back before this; after it the one that had the phone is gone.
const GONE = 8000;
const CONNECTED = new Set(["joining", "idle", "on", "lost"]);
let name = "";
let goneTimer;
let hasBegun = false;
let isTelling = false;

function isWanted() {
  return Boolean(localStorage.getItem(WANTED));
}

async function tell(values) {
  isTelling = true;
  try {
    await request("phone", { method: "POST", body: JSON.stringify({ ...values, page: name }) });
  } catch {
    // The phone tells again when it registers.
  } finally {
    isTelling = false;
  }
}

// Brings the phone to this page.
export async function take() {
  clearTimeout(goneTimer);
  hasBegun = true;
  await tell({});
  await phone.connect();
}

export function registered(leg) {
  localStorage.setItem(WANTED, "1");
  tell({ leg });
}

export function show({ session }) {
  clearTimeout(goneTimer);
  if (isTelling) return;
  const owner = session?.phone_page || "";
  const { step } = phone.now();
  if (session?.is_by_phone) {
    if (CONNECTED.has(step) || step === "off") phone.leave();
  } else if (owner && owner !== name) {
    if (CONNECTED.has(step) || step === "off") phone.leave();
    if (isWanted() && !session.is_leg_connected) goneTimer = setTimeout(take, GONE);
  } else if (session && !owner && CONNECTED.has(step)) tell({});
  else if (isWanted() && !hasBegun && ["off", "elsewhere"].includes(step)) take();
}

// The name is in the tab's storage only while the page changes: a copy of the tab finds none and gets its own.
export function start() {
  name = sessionStorage.getItem(NAME) || Math.random().toString(36).slice(2) + Date.now().toString(36);
  sessionStorage.removeItem(NAME);
  addEventListener("pagehide", () => sessionStorage.setItem(NAME, name));
}
