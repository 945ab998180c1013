// Handing a call on: whom to call into the talk, what goes on with it, leaving it to others, and a message for machines.
import { at, part, piece, say, setText, whenChanged } from "./desk_dom.js";
import { isTooSoon } from "./desk_guard.js";
import { act, isBusy, state } from "./desk_server.js";

const UNDER_WAY = new Set(["ASKED", "DIALLING", "RINGING", "TALKING"]);
const UNREACHED = { NO_ANSWER: "transferNoAnswer", BUSY: "transferBusy", FAILED: "transferFailed", CANCELED: "transferCanceled" };
const WAYS = { w: "WARM", j: "THIRD", b: "BLIND" };
const dialog = document.getElementById("desk-transfer");

function ended({ transfer, isLeft }) {
  if (transfer.result === "COMPLETED") return [isLeft ? "transferOver" : "transferLeft"];
  const after = transfer.is_returned ? (isLeft ? null : "transferBack") : isLeft ? "transferReturning" : "transferWithYou";
  return [UNREACHED[transfer.result], after].filter(Boolean);
}

// The keys of the words for what goes on.
function keysOf(values) {
  const { transfer, isLeft, isHolding } = values;
  if (transfer.state === "ENDED") return ended(values);
  if (transfer.state === "ENDING") return ["transferEnding"];
  if (transfer.state !== "TALKING") return isLeft ? ["transferCalling", "transferWaiting"] : ["transferCalling"];
  if (isLeft) return ["transferAlone"];
  return [isHolding ? "transferAsked" : "transferJoined"];
}

function textOf({ voicemail, ...values }) {
  if (voicemail?.error) return say("voicemailFailed", { error: voicemail.error });
  if (voicemail?.is_asked) return say("voicemailAsked");
  if (!values.transfer) return "";
  const said = keysOf(values).map((key) => say(key, { name: values.transfer.name, person: values.person }));
  return [...said, values.transfer.offer].filter(Boolean).join(" ");
}

// Said aloud as well, but not again what a reload finds.
let told;
function tell(text) {
  if (told !== undefined && text && text !== told) setText(at("announce"), text);
  told = text;
}

const offer = whenChanged((targets) => {
  const chosen = dialog.querySelector(":checked")?.value;
  const items = targets.map((target, number) => {
    const item = piece("desk-target");
    const input = item.querySelector("input");
    input.value = target.id;
    input.checked = String(target.id) === chosen || (!chosen && number === 0);
    setText(part(item, "key"), number < 9 ? String(number + 1) : "");
    part(item, "key").hidden = number > 8;
    setText(part(item, "name"), target.name);
    setText(part(item, "phone"), target.phone_text);
    setText(part(item, "purpose"), target.purpose);
    return item;
  });
  at("targets").replaceChildren(at("targets").querySelector("legend"), ...items);
  at("targets").hidden = at("ways").hidden = !items.length;
  at("no-targets").hidden = items.length > 0;
});

export function show({ session, attempt, contact, handing_on: handing }) {
  const transfer = handing?.transfer || null;
  const isTalking = session?.state === "ON_CALL" && session.is_leg_connected && Boolean(attempt?.connected_at) && !attempt.is_disposed;
  const isUnderWay = UNDER_WAY.has(transfer?.state);
  const isLeft = Boolean(attempt?.is_left);
  const text = textOf({ transfer, isLeft, isHolding: session?.is_holding, person: contact?.lead.name || "", voicemail: handing?.voicemail });
  at("transfer").disabled = !isTalking || isUnderWay || isBusy();
  at("voicemail").disabled = !isTalking || !handing?.voicemail || handing.voicemail.is_asked || Boolean(transfer && transfer.state !== "ENDED") || isBusy();
  at("handing").hidden = !text;
  setText(at("handing-text"), text);
  at("leave").hidden = !isTalking || transfer?.state !== "TALKING" || transfer.is_handed_over;
  at("call-off").hidden = !isTalking || !isUnderWay || transfer.is_handed_over;
  at("leave").disabled = at("call-off").disabled = isBusy();
  setText(at("call-off-label"), transfer?.state === "TALKING" ? say("putOut", { name: transfer.name }) : say("callOff"));
  offer(handing?.targets || []);
  if (!isTalking && dialog.open) dialog.close();
  tell(text);
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || at("ways").hidden) return;
  const way = WAYS[event.key.toLowerCase()];
  const target = /^[1-9]$/.test(event.key) && at("targets").querySelectorAll("input")[Number(event.key) - 1];
  if (target) {
    target.checked = true;
    target.focus();
  } else if (way) {
    event.preventDefault();
    at("ways").querySelector(`[value="${way}"]`).click();
  }
}

function onSubmit(event) {
  event.preventDefault();
  const target = Number(at("transfer-form").elements.target?.value);
  dialog.close();
  if (target) act("transfer", { attempt: state().attempt?.id, target, way: event.submitter.value });
}

export function start() {
  const one = (action) => () => { if (!isTooSoon()) act(action, { attempt: state().attempt?.id }); };
  at("transfer").addEventListener("click", () => {
    dialog.showModal();
    dialog.querySelector(":checked")?.focus();
  });
  at("voicemail").addEventListener("click", one("voicemail"));
  at("leave").addEventListener("click", one("leave"));
  at("call-off").addEventListener("click", one("call-off"));
  at("transfer-form").addEventListener("submit", onSubmit);
  dialog.addEventListener("keydown", onKey);
}
