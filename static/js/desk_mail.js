// An e-mail to the person on the screen: choose a template, read it as it will arrive, send it.
import { MINUTE, at, format, make, myZone, say, setText } from "./desk_dom.js";
import { act, request, state } from "./desk_server.js";
import { toast } from "./toasts.js";

// What the server refuses is said in the dialog, not beside it.
const REFUSALS = ["invalid", "off", "no_postal_address", "no_address", "stopped", "do_not_call", "consent_revoked", "needs_consent", "just_written", "no_call"];
const dialog = document.getElementById("desk-mail");
const form = at("mail-form");
let offered = null;

function showError(text) {
  setText(at("mail-error"), text);
}

function showLetter() {
  const template = offered.templates.find(({ id }) => String(id) === form.elements.template.value);
  setText(at("mail-subject"), template?.subject || "");
  setText(at("mail-body"), template?.body || "");
  setText(at("mail-footer"), offered.footer);
}

function showSent(sent) {
  at("mail-earlier").hidden = !sent.length;
  at("mail-sent").replaceChildren(...sent.map((email) => {
    const item = make("li");
    const words = make("div", email.subject);
    words.append(make("small", [format(Date.parse(email.at), myZone, MINUTE), email.address, email.state_label, email.reason].filter(Boolean).join(" · ")));
    item.append(words);
    return item;
  }));
}

function show() {
  const { address, refusal, templates, sent } = offered;
  showError(refusal || (templates.length ? "" : say("mailNoTemplates")));
  at("mail-letter").hidden = Boolean(refusal) || !templates.length;
  form.elements.template.replaceChildren(...templates.map((item) => make("option", item.name, { value: item.id })));
  form.elements.address.value = address;
  form.elements.address.readOnly = Boolean(address);
  setText(at("mail-address-help"), say(address ? "mailAddressKnown" : "mailAddressNew"));
  at("mail-stop").hidden = !address;
  showLetter();
  showSent(sent);
  if (!at("mail-letter").hidden) form.elements.template.focus();
}

async function open() {
  offered = null;
  showError(say("mailLoading"));
  at("mail-letter").hidden = at("mail-earlier").hidden = true;
  dialog.showModal();
  try {
    const { ok, values } = await request("mail");
    if (!ok) throw new Error("refused");
    offered = values;
    show();
  } catch {
    showError(say("failed"));
  }
}

async function send(event) {
  event.preventDefault();
  const { template, address } = form.elements;
  if (!offered || !address.reportValidity() || !address.value) {
    showError(say("mailNoAddress"));
    return;
  }
  const body = { campaign_lead: offered.campaign_lead, template: Number(template.value), address: offered.address ? "" : address.value };
  await finish("mail/send", body, say("mailQueued"));
}

async function finish(action, body, text) {
  const answer = await act(action, body, { quiet: REFUSALS });
  if (answer?.ok) {
    dialog.close();
    toast(text, "ok");
  } else if (answer?.error) {
    showError(answer.error.message);
  }
}

export function follow({ contact }) {
  at("mail").disabled = !contact;
}

export function start() {
  at("mail").addEventListener("click", open);
  form.addEventListener("submit", send);
  form.elements.template.addEventListener("change", showLetter);
  at("mail-stop").addEventListener("click", () => finish("mail/stop", { campaign_lead: state().contact?.campaign_lead }, say("mailStopped")));
}
