// Top bar, controls and timers.
import { durationText, now } from "./clock.js";
import { at, say, setText, whenChanged } from "./desk_dom.js";
import { isTooSoon } from "./desk_guard.js";
import { act, isBusy, state } from "./desk_server.js";
import { register } from "./hotkeys.js";

const TONES = { READY: "info", PREVIEW: "cyan", RESERVED: "cyan", ON_CALL: "violet", WRAP_UP: "warn", BREAK: "olive" };
const BUSY = new Set(["RESERVED", "ON_CALL", "WRAP_UP"]);
const SAY = { READY: "sayReady", PREVIEW: "sayPreview", RESERVED: "sayReserved", ON_CALL: "sayOnCall", WRAP_UP: "sayWrapUp", BREAK: "sayBreak" };

// What the primary button does in a state, or why it does nothing.
function primary({ session, campaign, contact, attempt }) {
  if (session.next_state === "READY") return { label: say("connecting") };
  if (BUSY.has(session.state) && session.next_state) return { label: say("stayReady"), run: () => act("ready") };
  if (session.state === "BREAK") return { label: say("goReady"), run: () => act("ready") };
  if (session.state === "PREVIEW") return { label: say("dial"), run: () => dial(contact.campaign_lead) };
  if (session.state === "WRAP_UP" && !attempt?.is_disposed) return { label: say("choose") };
  if (session.state === "READY" && campaign.mode === "MANUAL") return { label: say("dial"), run: () => at("search-field").focus() };
  if (session.state === "RESERVED") return { label: session.state_label };
  return { label: session.state === "READY" ? say("waiting") : say("inCall") };
}

export async function dial(campaignLead) {
  const answer = await act("dial", { campaign_lead: campaignLead }, { quiet: ["call_refused"] });
  if (answer?.error?.code !== "call_refused") return;
  setText(at("refusal"), answer.error.message);
  document.getElementById("desk-refusal").showModal();
}

const announce = whenChanged(({ key, name }) => {
  setText(at("announce"), key ? say(key, { name }) : say("sayNone"));
});

function showTimer(session) {
  const timer = at("timer");
  if (session) timer.dataset.timerSince = session.since;
  else delete timer.dataset.timerSince;
  setText(timer, session ? durationText((now() - Date.parse(session.since)) / 1000) : "–");
}

function showBar({ session, campaign, attempt }) {
  const pill = at("state");
  pill.className = `pill tone-${TONES[session?.state] || "neutral"}`;
  setText(pill, session ? session.state_label : say("stateNone"));
  document.title = `${pill.textContent} · ${document.title.split(" · ").slice(-2).join(" · ")}`;
  showTimer(session);
  const detail = session?.state === "BREAK" ? session.break_text : attempt?.is_left ? say("leftCall") : attempt?.is_disposed ? say("ending") : attempt?.state_label || "";
  setText(at("detail"), detail);
  at("next").hidden = !session?.next_state && !session?.next_campaign;
  if (session?.next_campaign && !session.next_state) setText(at("next"), say("nextCampaign", { campaign: session.next_campaign }));
  if (session?.next_state) setText(at("next"), say({ BREAK: "nextBreak", OFFLINE: "nextOffline", READY: "nextReady" }[session.next_state]));
  at("campaign-box").hidden = at("line").hidden = !session;
  if (!session) return;
  setText(at("campaign"), campaign.name);
  setText(at("mode"), campaign.state === "RUNNING" ? campaign.mode_label : campaign.state_label);
  at("change").disabled = session.state !== "BREAK" || isBusy();
  at("line").dataset.on = session.is_leg_connected;
  setText(at("line"), session.is_leg_connected ? say("lineOn") : say("lineOff"));
}

function showControls(values) {
  const { session, attempt } = values;
  at("controls").hidden = !session;
  if (!session) return;
  const step = primary(values);
  setText(at("primary-label"), step.label);
  at("primary").disabled = !step.run || isBusy();
  const isLive = ["RESERVED", "ON_CALL"].includes(session.state) && attempt && !attempt.is_disposed;
  at("hangup").disabled = !isLive || isBusy();
  at("skip").disabled = session.state !== "PREVIEW" || isBusy();
  at("call-back").disabled = !["ON_CALL", "WRAP_UP"].includes(session.state) || attempt?.is_disposed;
  at("break").disabled = (session.state === "BREAK" && !session.next_state) || session.next_state === "BREAK" || isBusy();
  at("end").disabled = session.next_state === "OFFLINE" || isBusy();
}

// The time left to decide on a preview or to wrap up.
function limit({ session, campaign }) {
  if (session?.state === "PREVIEW") {
    return { label: say("previewLeft"), total: campaign.preview_seconds, until: Date.parse(session.since) + campaign.preview_seconds * 1000 };
  }
  if (session?.state === "WRAP_UP" && session.wrap_up_until) {
    return { label: say("wrapUpLeft"), total: campaign.wrap_up_seconds, until: Date.parse(session.wrap_up_until) };
  }
  return null;
}

function tick() {
  const values = state();
  const running = values && limit(values);
  at("countdown").dataset.on = Boolean(running);
  if (!running) return;
  const left = Math.max(0, (running.until - now()) / 1000);
  const isOver = left === 0 && values.session.state === "WRAP_UP";
  at("countdown").dataset.low = left < running.total / 4;
  setText(at("countdown-label"), isOver ? say("wrapUpOver") : running.label);
  setText(at("countdown-left"), isOver ? "" : durationText(Math.ceil(left)));
  at("countdown-bar").value = Math.round((1000 * left) / running.total);
}

export function show(values) {
  const { session, contact, attempt } = values;
  showBar(values);
  showControls(values);
  const isLeft = session?.state === "WRAP_UP" && attempt?.is_left && !attempt.ended_at;
  announce({ key: isLeft ? "sayLeft" : session && SAY[session.state], name: contact?.lead.name || "" });
  for (const pane of document.querySelectorAll(".desk-panes")) pane.hidden = !session;
  at("start").hidden = Boolean(session);
  document.getElementById("main").dataset.ready = "";
  tick();
}

function chooseReason(id, run) {
  const dialog = document.getElementById(id);
  const buttons = [...dialog.querySelectorAll("[data-desk-reasons] button")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      dialog.close();
      run(button.value);
    });
  }
  dialog.addEventListener("keydown", (event) => {
    const button = /^[1-9]$/.test(event.key) && buttons[Number(event.key) - 1];
    if (button) button.click();
  });
  return () => dialog.showModal();
}

export function start() {
  const step = () => {
    const values = state();
    if (values?.session && !isBusy() && !isTooSoon()) primary(values).run?.();
  };
  // What the mouse has clicked does not keep the keys: by the next one it may be disabled or mean something else, and a
  // dialog gives the focus back to where it was.
  at("controls").addEventListener("click", (event) => {
    if (event.detail) document.getElementById("main").focus({ preventScroll: true });
  }, true);
  at("primary").addEventListener("click", step);
  register("Space", say("space"), step);
  at("break").addEventListener("click", chooseReason("desk-break", (reason) => act("break", { reason })));
  at("skip").addEventListener("click", chooseReason("desk-skip", (reason) => {
    act("skip", { reason, campaign_lead: state().contact?.campaign_lead });
  }));
  at("hangup").addEventListener("click", () => act("hangup", { attempt: state().attempt?.id }));
  at("end").addEventListener("click", () => act("end"));
  at("change").addEventListener("click", () => document.getElementById("desk-change").showModal());
  setInterval(tick, 500);
}
