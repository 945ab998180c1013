// The supervisor's phone: it joins an agent's line as a leg of its own. The server says whether and how it is on the line.
import { at, part, say, setText } from "./floor_dom.js";
import { act, post } from "./floor_server.js";
import * as phone from "./phone.js";

const TEXTS = { LISTEN: "listen", WHISPER: "whisper", BARGE: "barge" };
// Whom to listen to as soon as the phone is there.
let wanted = null;
let mine = null;
let listenings = [];

async function access() {
  try {
    const { ok, values } = await post("phone-access", {});
    return ok ? values : null;
  } catch {
    return null;
  }
}

async function join() {
  const agent = wanted;
  wanted = null;
  if (agent && !(await act("listen", { session: agent.session, stance: "LISTEN" }))) show();
}

async function listen(agent) {
  wanted = agent;
  show();
  if (["idle", "on"].includes(phone.now().step)) await join();
  else await phone.connect();
}

async function leave() {
  wanted = null;
  show();
  if (mine) await act("leave", {});
}

function textOf() {
  const { step, isHeard } = phone.now();
  if (step === "failed") return say("listenFailed");
  if (!mine?.is_joined || step !== "on") return say("connecting");
  return isHeard ? say(TEXTS[mine.stance]) : `${say("silent")} ${say(TEXTS[mine.stance])}`;
}

function show() {
  const name = wanted?.name || mine?.agent;
  at("listen").hidden = !name;
  if (!name) return;
  setText(at("listen-title"), say("listening", { name }));
  setText(at("listen-text"), textOf());
  for (const button of at("listen").querySelectorAll("[data-stance]")) {
    button.disabled = !mine?.is_joined;
    button.setAttribute("aria-pressed", Boolean(mine?.is_joined) && mine.stance === button.value);
  }
}

export function follow(state) {
  listenings = state.listenings;
  mine = listenings.find((one) => one.is_mine) || null;
  show();
}

export function fill(row, agent) {
  const names = listenings.filter((one) => one.session === agent.session && one.is_joined).map((one) => one.supervisor);
  setText(part(row, "listeners"), names.length ? say("heardBy", { names: names.join(", ") }) : "");
  const button = part(row, "listen");
  if (!button) return;
  button.hidden = !agent.is_line_on || agent.is_me;
  button.onclick = () => listen(agent);
}

export function start() {
  if (!at("listen")) return;
  phone.start({
    access,
    registered: join,
    changed: show,
    levels(microphone, speaker) {
      at("meter-in").value = mine?.stance === "LISTEN" ? 0 : microphone;
      at("meter-out").value = speaker;
    },
  });
  for (const button of at("listen").querySelectorAll("[data-stance]")) {
    button.addEventListener("click", () => act("stance", { stance: button.value }));
  }
  at("leave").addEventListener("click", leave);
}
