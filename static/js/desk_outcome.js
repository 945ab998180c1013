// Dispositions: a click or one digit saves the outcome with note, answers and call-back, and ends the call.
import { at, piece, say, setText, whenChanged } from "./desk_dom.js";
import * as callback from "./desk_callback.js";
import * as draft from "./desk_draft.js";
import { isTooSoon } from "./desk_guard.js";
import { act, isBusy, state } from "./desk_server.js";
import { register } from "./hotkeys.js";
import { toast } from "./toasts.js";

const DNC_KEY = "d";
let keys = [];

function canDispose() {
  const { session, attempt } = state() || {};
  return Boolean(attempt && !attempt.is_disposed && ["ON_CALL", "WRAP_UP"].includes(session.state) && !isBusy());
}

function byKey(disposition) {
  if (!isTooSoon()) choose(disposition);
}

function choose(disposition) {
  if (!canDispose()) return;
  if (!disposition.is_callback) {
    dispose(disposition, null);
    return;
  }
  const fault = callback.isOpen() ? callback.fault() : "";
  if (!callback.isOpen()) callback.open();
  else if (fault) callback.showError(fault);
  else dispose(disposition, callback.promise());
}

async function dispose(disposition, promised) {
  const { attempt } = state();
  const { note, answers } = draft.values();
  const body = { attempt: attempt.id, disposition: disposition.code, note, answers, ...(promised && { callback: promised }) };
  const answer = await act("dispose", body, { quiet: ["invalid", "callback_not_lawful"] });
  if (answer?.ok) {
    draft.forget();
    toast(say("saved", { outcome: disposition.label }), "ok");
    document.getElementById("main").focus();
  } else if (answer?.error?.field === "callback") {
    if (!callback.isOpen()) callback.open();
    callback.showError(answer.error.message, Date.parse(answer.error.next_at || ""));
  } else if (answer?.error?.code === "invalid") {
    toast(answer.error.message, "danger");
  }
}

function button(disposition) {
  const element = piece("desk-disposition");
  element.dataset.code = disposition.code;
  const key = disposition.hotkey || (disposition.is_dnc ? DNC_KEY.toUpperCase() : "");
  setText(element.querySelector("kbd"), key);
  element.querySelector("kbd").hidden = !key;
  setText(element.querySelector("span"), disposition.label);
  if (disposition.is_dnc) element.classList.add("tone-danger");
  else if (disposition.is_success) element.classList.add("tone-ok");
  element.addEventListener("click", () => choose(disposition));
  return element;
}

const offer = whenChanged((dispositions) => {
  for (const forget of keys) forget();
  at("dispositions").replaceChildren(...dispositions.map(button));
  keys = dispositions.filter((item) => item.hotkey).map((item) => register(item.hotkey, item.label, () => byKey(item)));
  const dnc = dispositions.find((item) => item.is_dnc);
  if (dnc) keys.push(register(DNC_KEY, dnc.label, () => byKey(dnc)));
});

export function onOutcome({ contact, dispositions }) {
  offer(dispositions || []);
  callback.offerZones(contact?.lead.zones || []);
  const isOpen = canDispose();
  for (const element of [...at("dispositions").children, at("callback-save")]) element.disabled = !isOpen;
  at("note").disabled = !contact;
}

export function startOutcome() {
  at("call-back").addEventListener("click", callback.open);
  at("callback").addEventListener("submit", (event) => {
    event.preventDefault();
    const disposition = state().dispositions?.find((item) => item.is_callback);
    if (disposition) choose(disposition);
  });
}
