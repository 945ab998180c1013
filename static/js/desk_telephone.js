// An approved telephone instead of this browser: chosen by the agent, offered when the browser's sound fails. The server
// rings it, mutes it and puts it away.
import { at, say, setText } from "./desk_dom.js";
import { act, isBusy, state } from "./desk_server.js";
import { take } from "./desk_phone_place.js";

export function isUsed() {
  return Boolean(state()?.session?.is_by_phone);
}

// What the phone's strip says while calls come to the telephone; empty while they come to this browser.
export function textOf(session) {
  if (!session?.is_by_phone) return "";
  const number = session.desk_phone;
  if (!session.is_leg_connected) return say("telephoneRings", { number });
  return say(session.is_muted ? "phoneMuted" : "telephoneOn", { number });
}

export function mute() {
  act("mute", { is_muted: !state().session.is_muted });
}

export function show(session, { isSoundBad }) {
  const button = at("by-phone");
  button.hidden = !session?.desk_phone && !session?.is_by_phone;
  button.disabled = isBusy();
  button.classList.toggle("btn--primary", isSoundBad && !session?.is_by_phone);
  setText(at("by-phone-label"), say(session?.is_by_phone ? "telephoneLeave" : "telephoneUse"));
}

async function change() {
  const isByPhone = !isUsed();
  const answer = await act("by-phone", { is_by_phone: isByPhone });
  if (answer?.ok && !isByPhone) take();
}

export function start() {
  at("by-phone").addEventListener("click", change);
}
