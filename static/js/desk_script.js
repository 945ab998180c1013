// The script and its questions as fields.
import { at, make, say, setText, whenChanged } from "./desk_dom.js";

const INPUTS = { text: "text", number: "number", date: "date" };

function choices(question, id) {
  const box = make("fieldset", "", { class: "choices", "data-question": question.key });
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

function field(question, n) {
  const id = `question-${n}`;
  if (question.kind === "single" || question.kind === "multiple") return choices(question, id);
  const box = make("div", "", { class: "field", "data-question": question.key });
  const input = question.kind === "text" ? make("textarea", "", { id, rows: "2", maxlength: "5000" }) : make("input", "", { id, type: INPUTS[question.kind] || "text" });
  if (question.kind === "number") input.step = "any";
  box.append(make("label", question.text, { for: id }), input);
  return box;
}

const fill = whenChanged(({ contact, isWaiting }) => {
  const script = contact?.script;
  const hasText = Boolean(script && (script.text || script.questions.length));
  setText(at("script-name"), script?.name || "");
  at("no-script").hidden = hasText;
  setText(at("no-script-text"), isWaiting ? say("scriptWaits") : say("noScript"));
  at("script").hidden = !script?.text;
  at("questions").hidden = !script?.questions.length;
  at("script").replaceChildren(...(script?.text || "").split(/\n{2,}/).filter(Boolean).map((text) => make("p", text, { dir: "auto" })));
  at("questions").replaceChildren(...(script?.questions || []).map(field));
});

// Rebuilt for each person and each version of the script, never in between.
export function show({ contact }) {
  fill({ contact: contact && { lead: contact.campaign_lead, script: contact.script }, isWaiting: !contact });
}

function inputs(box) {
  return [...box.querySelectorAll("input, textarea")];
}

// {question key: answer}; what is not answered is left out.
export function answers() {
  const found = {};
  for (const box of at("questions").children) {
    const fields = inputs(box);
    const isMultiple = fields[0].type === "checkbox";
    const chosen = isMultiple || fields[0].type === "radio" ? fields.filter((input) => input.checked).map((input) => input.value) : [fields[0].value];
    if (isMultiple && chosen.length) found[box.dataset.question] = chosen;
    else if (!isMultiple && chosen[0]) found[box.dataset.question] = chosen[0];
  }
  return found;
}

export function setAnswers(values) {
  for (const box of at("questions").children) {
    const value = values[box.dataset.question];
    for (const input of inputs(box)) {
      if (input.type === "checkbox" || input.type === "radio") input.checked = [value].flat().includes(input.value);
      else input.value = value ?? "";
    }
  }
}

export function start() {
  at("questions").addEventListener("submit", (event) => event.preventDefault());
}
