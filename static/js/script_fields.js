// A question of a script as a field, and the value in it.
import { make, say } from "./desk_dom.js";
import { hint, mask } from "./mask.js";

const INPUTS = { number: "number", date: "date", appointment: "datetime-local" };

function choices(question, id) {
  const box = make("fieldset", "", { class: "choices" });
  box.append(make("legend", question.text));
  question.options.forEach((option, n) => {
    const label = make("label");
    const input = make("input", "", { type: question.kind === "single" ? "radio" : "checkbox", name: id, id: `${id}-${n}` });
    input.value = option;
    label.append(input, ` ${option}`);
    box.append(label);
  });
  return box;
}

function sensitive(question, id) {
  const box = make("div", "", { class: "field" });
  const input = make("input", "", { id, type: "text", inputmode: "numeric", maxlength: "40", "data-sensitive": "", "aria-describedby": `${id}-help` });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => {
    input.value = mask(input.value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  box.append(make("label", question.text, { for: id }), input, make("p", say("sensitiveHelp"), { class: "field__help", id: `${id}-help` }));
  return box;
}

function entry(question, id, zone) {
  if (question.is_sensitive) return sensitive(question, id);
  const box = make("div", "", { class: "field" });
  const input = question.kind === "text" ? make("textarea", "", { id, rows: "2", maxlength: "5000" }) : make("input", "", { id, type: INPUTS[question.kind] || "text" });
  if (question.kind === "number") input.step = "any";
  box.append(make("label", question.text, { for: id }), input);
  if (question.kind === "appointment") box.append(make("p", say("theirClock", { zone }), { class: "field__help" }));
  return box;
}

export function field(question, n, zone) {
  const id = `question-${n}`;
  const box = question.kind === "say" ? make("div", "", { class: "script" }) : question.options.length ? choices(question, id) : entry(question, id, zone);
  if (question.kind === "say") box.append(make("p", question.text, { dir: "auto" }));
  box.dataset.question = question.key;
  box.dataset.kind = question.kind;
  if (zone) box.dataset.zone = zone;
  return box;
}

function inputs(box) {
  return [...box.querySelectorAll("input, textarea")];
}

function tellable(input) {
  return input === document.activeElement ? hint(input.value) : mask(input.value);
}

// A text, a list of texts for a multiple choice, null when there is nothing.
export function valueOf(box) {
  const fields = inputs(box);
  if (!fields.length) return null;
  const text = "sensitive" in fields[0].dataset ? tellable(fields[0]) : fields[0].value;
  const chosen = ["checkbox", "radio"].includes(fields[0].type) ? fields.filter((input) => input.checked).map((input) => input.value) : [text].filter((given) => given.trim());
  if (!chosen.length) return null;
  if (box.dataset.kind === "appointment") return `${chosen[0]}[${box.dataset.zone}]`;
  return box.dataset.kind === "multiple" ? chosen : chosen[0];
}

export function setValue(box, value) {
  for (const input of inputs(box)) {
    if (input.type === "checkbox" || input.type === "radio") input.checked = [value].flat().includes(input.value);
    else input.value = String(value ?? "").replace(/\[.*$/, box.dataset.kind === "appointment" ? "" : "$&");
  }
}

export function focusIn(box) {
  const [first] = inputs(box);
  first?.focus();
  box.scrollIntoView({ block: "nearest" });
}
