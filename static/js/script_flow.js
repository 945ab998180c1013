// The way through a script, as apps/scripts/domain/flow.py walks it; tests/scripts/test_flow_js.py compares the two.
export const END = "@end";

export function asList(value) {
  return [value].flat().filter((item) => item !== null && item !== undefined && String(item).trim()).map(String);
}

export function isAnswered(question, answers) {
  if (!(question.key in answers)) return false;
  const chosen = asList(answers[question.key]);
  if (question.options.length && chosen.some((item) => !question.options.includes(item))) return false;
  return chosen.length > 0 || !question.is_required;
}

function fits(question, rule, chosen) {
  if (question.options.length) return chosen.includes(rule.option);
  const number = chosen.length ? Number(chosen[0]) : NaN;
  return Number.isFinite(number) && (rule.least === null || number >= rule.least) && (rule.most === null || number <= rule.most);
}

function after(questions, question, value) {
  const chosen = asList(value);
  const target = question.rules.find((rule) => fits(question, rule, chosen))?.go ?? question.then;
  return target || (questions[questions.indexOf(question) + 1]?.key ?? END);
}

// The keys answered on the way, and the question to ask now; null is the call to action.
export function nextStep(questions, answers) {
  const path = [];
  let question = questions[0];
  while (question) {
    if (path.includes(question.key) || !isAnswered(question, answers)) return { path, ask: question };
    path.push(question.key);
    const key = after(questions, question, answers[question.key]);
    question = questions.find((item) => item.key === key);
  }
  return { path, ask: null };
}

// Every key from the first question to the end; open questions are passed over.
export function wayThrough(questions, answers) {
  const way = [];
  let question = questions[0];
  while (question && !way.includes(question.key)) {
    way.push(question.key);
    const key = after(questions, question, answers[question.key]);
    question = questions.find((item) => item.key === key);
  }
  return way;
}
