// The dialog about one agent, the answer to a request for help, and moving from agent to agent by keyboard.
import { durationText, now } from "./clock.js";
import { at, part, say, setText } from "./floor_dom.js";
import { act } from "./floor_server.js";
import { toast } from "./toasts.js";

const BUSY = new Set(["RESERVED", "ON_CALL", "WRAP_UP"]);
const dialog = document.getElementById("floor-manage");
let agent = null;
let asking = new Set();

function open(chosen) {
  agent = chosen;
  setText(document.getElementById("floor-manage-title"), agent.name);
  setText(at("manage-state"), `${agent.state_label} · ${agent.campaign.name}`);
  at("message").reset();
  at("move").elements.campaign.value = agent.campaign.id;
  dialog.showModal();
}

async function steer(action, data = {}) {
  const chosen = agent;
  const isLater = BUSY.has(chosen.state);
  dialog.close();
  if (await act(action, { session: chosen.session, ...data })) toast(say(isLater ? "afterCall" : "done", { name: chosen.name }), "ok");
}

export function fill(row, shown) {
  const isAsking = Boolean(shown.help_asked_at);
  part(row, "help").hidden = !isAsking;
  const timer = part(row, "help-timer");
  if (isAsking) timer.dataset.timerSince = shown.help_asked_at;
  else delete timer.dataset.timerSince;
  setText(timer, isAsking ? durationText((now() - Date.parse(shown.help_asked_at)) / 1000) : "");
  const [answer, manage] = [part(row, "answer"), part(row, "manage")];
  if (!manage) return;
  answer.hidden = !isAsking;
  answer.onclick = () => act("help", { session: shown.session });
  manage.hidden = shown.session === null;
  manage.onclick = () => open(shown);
}

// Says aloud who has begun to ask for help.
export function announce({ agents }) {
  const now = agents.filter((one) => one.help_asked_at);
  const fresh = now.filter((one) => !asking.has(one.session));
  asking = new Set(now.map((one) => one.session));
  if (fresh.length) setText(at("announce"), fresh.map(({ name }) => say("helpAsked", { name })).join(" "));
}

function onArrow(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const rows = [...at("agents").rows].filter((row) => row.querySelector("button:not([hidden])"));
  const here = rows.indexOf(event.target.closest("tr"));
  const next = rows[here + step];
  if (here < 0 || !next) return;
  event.preventDefault();
  part(next, "manage").focus();
}

export function start() {
  at("agents").addEventListener("keydown", onArrow);
  if (!dialog) return;
  at("message").addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = agent;
    const { text } = event.target.elements;
    if (!(await act("notice", { session: chosen.session, text: text.value }))) return;
    dialog.close();
    toast(say("sent", { name: chosen.name }), "ok");
  });
  at("move").addEventListener("submit", (event) => {
    event.preventDefault();
    steer("move", { campaign: Number(event.target.elements.campaign.value) });
  });
  at("break").addEventListener("click", () => steer("break"));
  at("log-out").addEventListener("click", () => steer("log-out"));
}
