// A script as the agent works through it: what must be read, the opening, the questions on the way, the call to action,
// rebuttals. A survey shows one question after the other, a consultative script all that lie ahead.
import { at, make, piece, part, say, setText } from "./desk_dom.js";
import { field, focusIn, setValue, valueOf } from "./script_fields.js";
import { asList, nextStep, wayThrough } from "./script_flow.js";
import { register } from "./hotkeys.js";

const DISCLOSURE = "disclosure:";
let script = { questions: [] };
let boxes = new Map();
// Questions of a survey that are done with, answered or not.
let passed = new Set();
let full = [];

function isSurvey() {
  return script.kind === "SURVEY";
}

function values() {
  return Object.fromEntries([...boxes].map(([key, box]) => [key, valueOf(box)]));
}

// What is on the way: keys in order, and the one to ask now.
function course(all) {
  if (!isSurvey()) return { keys: wayThrough(script.questions, all), asked: null };
  const known = Object.fromEntries(Object.entries(all).filter(([key]) => passed.has(key)));
  const { path, ask } = nextStep(script.questions, known);
  if (isOverQuota(Object.fromEntries(path.map((key) => [key, all[key]])))) return { keys: path, asked: null, isFull: true };
  return { keys: ask && !path.includes(ask.key) ? [...path, ask.key] : path, asked: ask?.key ?? null };
}

function isWithin(condition, value) {
  const chosen = asList(value);
  if (condition.options.length) return chosen.some((item) => condition.options.includes(item));
  const number = chosen.length ? Number(chosen[0]) : NaN;
  return Number.isFinite(number) && (condition.least === null || number >= condition.least) && (condition.most === null || number <= condition.most);
}

function isOverQuota(answers) {
  return full.some((conditions) => conditions.every((condition) => isWithin(condition, answers[condition.key])));
}

function showCourse() {
  const { keys, asked, isFull } = course(values());
  const list = at("asked");
  const shown = keys.map((key) => boxes.get(key));
  for (const [key, box] of boxes) {
    box.hidden = !keys.includes(key);
    if (key === asked) box.setAttribute("aria-current", "step");
    else box.removeAttribute("aria-current");
  }
  const order = [...list.children].filter((box) => !box.hidden);
  if (order.some((box, n) => box !== shown[n])) list.append(...shown);
  at("asking").hidden = asked === null;
  const isOver = asked === null && (script.questions.length > 0 || Boolean(script.call_to_action));
  at("ending").hidden = !isOver || (!script.call_to_action && !isFull);
  setText(at("ending-title"), isFull ? say("quotaFull") : say("callToAction"));
  setText(at("call-to-action"), isFull ? say("quotaThanks") : script.call_to_action || "");
}

function complain(box, text) {
  let note = box.querySelector(".field__error");
  if (!note && text) box.append(note = make("p", "", { class: "field__error", role: "alert" }));
  if (note) setText(note, text);
}

// The question asked now is done with, unless it still needs its answer.
function goOn() {
  const { asked } = course(values());
  if (asked === null) return;
  const box = boxes.get(asked);
  const question = script.questions.find((item) => item.key === asked);
  if (question.is_required && valueOf(box) === null) {
    complain(box, say("answerFirst"));
    focusIn(box);
    return;
  }
  complain(box, "");
  passed.add(asked);
  changed();
  const next = course(values()).asked;
  if (next) focusIn(boxes.get(next));
  else at("ending").scrollIntoView({ block: "nearest" });
}

function changed() {
  showCourse();
  at("questions").dispatchEvent(new Event("input"));
}

function onChange(event) {
  const box = event.target.closest("[data-question]");
  if (!box || !isSurvey()) {
    showCourse();
    return;
  }
  if (valueOf(box) !== null) complain(box, "");
  if (box.dataset.kind === "single" && box.hasAttribute("aria-current")) passed.add(box.dataset.question);
  changed();
}

function disclosure({ jurisdiction, text }) {
  const item = piece("script-disclosure");
  item.dataset.disclosure = DISCLOSURE + jurisdiction;
  setText(part(item, "place"), jurisdiction);
  setText(part(item, "text"), text);
  return item;
}

function rebuttal({ objection, answer }) {
  return [make("dt", objection), make("dd", answer)];
}

// Rebuilt for each person and each version of the script, never in between.
export function build(next, zone = "") {
  script = { questions: [], disclosures: [], rebuttals: [], ...next };
  passed = new Set();
  boxes = new Map(script.questions.map((question, n) => [question.key, field(question, n, zone)]));
  at("disclosures").hidden = !script.disclosures.length;
  at("asked").hidden = !boxes.size;
  at("disclosures").replaceChildren(...script.disclosures.map(disclosure));
  at("script").replaceChildren(...(script.text || "").split(/\n{2,}/).filter(Boolean).map((text) => make("p", text, { dir: "auto" })));
  at("asked").replaceChildren(...boxes.values());
  at("rebuttals").hidden = !script.rebuttals.length;
  at("rebuttal-list").replaceChildren(...script.rebuttals.flatMap(rebuttal));
  showCourse();
}

// The kinds of people of whom there are enough: lists of conditions, see apps/calls/domain/quotas.py.
export function setFullCells(cells) {
  full = cells;
  showCourse();
}

// `answers` are those on the way, {key: value}; `aside` keeps what was answered before an earlier answer changed the way.
export function kept() {
  const all = values();
  const { keys } = course(all);
  const given = Object.entries(all).filter(([, value]) => value !== null);
  const read = [...at("disclosures").children].filter((item) => item.querySelector("input").checked);
  return {
    answers: { ...Object.fromEntries(read.map((item) => [item.dataset.disclosure, "read"])), ...Object.fromEntries(given.filter(([key]) => keys.includes(key))) },
    aside: Object.fromEntries(given.filter(([key]) => !keys.includes(key))),
    passed: [...passed],
  };
}

export function setKept({ answers = {}, aside = {}, passed: done = [] }) {
  const all = { ...aside, ...answers };
  for (const [key, box] of boxes) setValue(box, all[key]);
  for (const item of at("disclosures").children) item.querySelector("input").checked = item.dataset.disclosure in answers;
  passed = new Set(done);
  showCourse();
  if (passed.size) at("asked").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

export function start() {
  const form = at("questions");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    goOn();
  });
  form.addEventListener("change", onChange);
  register("Enter", say("nextQuestion"), goOn);
  register("r", say("rebuttals"), () => {
    const panel = at("rebuttals");
    panel.open = !panel.open;
    if (panel.open) panel.scrollIntoView({ block: "nearest" });
  });
}
