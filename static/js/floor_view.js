// Campaigns and agents of the floor as rows; filter and order are kept in this browser.
import { durationText, now } from "./clock.js";
import { at, keep, part, say, setText } from "./floor_dom.js";

const CHOSEN = "fairdial.floor";
const TONES = { READY: "info", PREVIEW: "cyan", RESERVED: "cyan", ON_CALL: "violet", WRAP_UP: "warn", BREAK: "olive" };
const NAMES = { READY: "ready", PREVIEW: "preview", RESERVED: "reserved", ON_CALL: "onCall", WRAP_UP: "wrapUp", BREAK: "break" };
const NEXT = { BREAK: "nextBreak", OFFLINE: "nextOffline", READY: "nextReady" };
const SVG = "http://www.w3.org/2000/svg";
const collator = new Intl.Collator(document.documentElement.lang || "en");
const ORDERS = {
  name: () => 0,
  longest: (a, b) => (a.since || "~").localeCompare(b.since || "~"),
  calls: (a, b) => b.calls - a.calls,
};

function rank(agent) {
  return agent.help_asked_at ? 0 : agent.session === null ? 2 : 1;
}

function chosen() {
  return Object.fromEntries(new FormData(at("filters")));
}

function isShown(agent, { campaign, state }) {
  if (campaign && String(agent.campaign?.id) !== campaign) return false;
  return !state || agent.state === state || (state === "HERE" && agent.session !== null);
}

// Who asks for help comes first and who is not at a desk last, whatever the order.
function order(agents, sort) {
  const compare = ORDERS[sort] || ORDERS.name;
  return agents.sort((a, b) => rank(a) - rank(b) || compare(a, b) || collator.compare(a.name, b.name) || a.user - b.user);
}

function showTimes(picture, times) {
  const spent = Object.keys(TONES).filter((state) => times[state]);
  const total = spent.reduce((sum, state) => sum + times[state], 0);
  const label = spent.map((state) => `${say(NAMES[state])} ${durationText(times[state])}`).join(", ") || say("nothing");
  if (picture.getAttribute("aria-label") === label) return;
  picture.setAttribute("aria-label", label);
  let x = 0;
  const title = document.createElementNS(SVG, "title");
  title.textContent = label;
  picture.replaceChildren(title, ...spent.map((state) => {
    const width = (100 * times[state]) / total;
    const bar = document.createElementNS(SVG, "rect");
    for (const [name, value] of Object.entries({ x, y: 0, width, height: 8, class: `tone-${TONES[state]}` })) bar.setAttribute(name, value);
    x += width;
    return bar;
  }));
}

function showTimer(timer, agent) {
  if (agent.since) timer.dataset.timerSince = agent.since;
  else delete timer.dataset.timerSince;
  setText(timer, agent.since ? durationText((now() - Date.parse(agent.since)) / 1000) : "");
}

function fillAgent(row, agent) {
  row.classList.toggle("floor-away", agent.session === null);
  setText(part(row, "name"), agent.name);
  setText(part(row, "campaign"), agent.campaign?.name || "");
  const pill = part(row, "state");
  pill.className = `pill tone-${TONES[agent.state] || "neutral"}${agent.session === null ? " pill--hollow" : ""}`;
  setText(pill, agent.state_label);
  showTimer(part(row, "timer"), agent);
  setText(part(row, "reason"), [agent.reason, agent.is_holding && say("holding"), say(NEXT[agent.next_state]), agent.next_campaign && say("nextCampaign", { campaign: agent.next_campaign })].filter(Boolean).join(" · "));
  setText(part(row, "lead"), agent.call?.name || "");
  setText(part(row, "phone"), agent.call?.phone || "");
  const line = part(row, "line");
  line.className = agent.session === null ? "" : `floor-line floor-line--${agent.is_line_on ? "on" : "off"}`;
  setText(line, agent.session === null ? "" : say(agent.is_line_on ? "lineOn" : "lineOff"));
  for (const name of ["calls", "contacts", "successes"]) setText(part(row, name), agent[name]);
  setText(part(row, "talk"), durationText(agent.talk_seconds));
  showTimes(part(row, "times"), agent.times);
}

function fillCampaign(row, campaign) {
  for (const cell of row.querySelectorAll("[data-part]")) setText(cell, campaign[cell.dataset.part]);
}

function showChoices(campaigns) {
  const select = at("filters").elements.campaign;
  const known = new Set([...select.options].map((option) => option.value));
  for (const { id, name } of campaigns) if (!known.has(String(id))) select.add(new Option(name, id));
}

export function show(state, fillMore) {
  showChoices(state.campaigns);
  const choice = chosen();
  const agents = order(state.agents.filter((agent) => isShown(agent, choice)), choice.sort);
  keep(at("campaigns"), "floor-campaign-row", state.campaigns, ({ id }) => id, fillCampaign);
  keep(at("agents"), "floor-agent-row", agents, ({ user }) => user, (row, agent) => {
    fillAgent(row, agent);
    fillMore(row, agent);
  });
  setText(at("count"), agents.length);
  at("nobody").hidden = agents.length > 0;
  at("agents").closest("table").hidden = agents.length === 0;
  at("no-campaigns").hidden = state.campaigns.length > 0;
  at("campaigns").closest("table").hidden = state.campaigns.length === 0;
}

function restore(form) {
  const kept = JSON.parse(sessionStorage.getItem(CHOSEN) || "{}");
  for (const [name, value] of Object.entries(kept)) {
    const select = form.elements[name];
    if (select && [...select.options].some((option) => option.value === value)) select.value = value;
  }
}

export function start(again) {
  const form = at("filters");
  restore(form);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => {
    sessionStorage.setItem(CHOSEN, JSON.stringify(chosen()));
    again();
  });
}
