// Campaigns to join, promised call-backs, and finding somebody to call.
import { relativeText } from "./clock.js";
import { MINUTE, at, city, format, part, piece, say, setText, whenChanged } from "./desk_dom.js";
import { act, isBusy, search, state } from "./desk_server.js";
import { dial } from "./desk_view.js";
import { register } from "./hotkeys.js";

const TONES = { RUNNING: "ok", PAUSED: "warn", SCHEDULED: "info" };

function choice(campaign) {
  const item = piece("desk-campaign-choice");
  setText(part(item, "name"), campaign.name);
  setText(part(item, "mode"), campaign.mode_label);
  setText(part(item, "state"), campaign.state_label);
  part(item, "state").classList.add(`tone-${TONES[campaign.state] || "neutral"}`);
  item.querySelector("button").addEventListener("click", () => {
    item.closest("dialog")?.close();
    act("start", { campaign: campaign.id });
  });
  return item;
}

const showStart = whenChanged((campaigns) => {
  at("start-campaigns").replaceChildren(...campaigns.map(choice));
  at("no-campaigns").hidden = campaigns.length > 0;
});

const showChange = whenChanged((campaigns) => at("change-campaigns").replaceChildren(...campaigns.map(choice)));

function callable(entry, detail, isCallable) {
  const item = piece("desk-callable");
  setText(part(item, "name"), entry.name);
  setText(part(item, "detail"), detail);
  const button = item.querySelector("button");
  button.hidden = !isCallable;
  button.dataset.call = "";
  button.setAttribute("aria-label", `${button.textContent.trim()} ${entry.name}`);
  button.addEventListener("click", () => dial(entry.campaign_lead));
  return item;
}

function callbackDetail(entry, campaignId) {
  const due = Date.parse(entry.due_at);
  const elsewhere = entry.campaign.id === campaignId ? "" : say("otherCampaign", { campaign: entry.campaign.name });
  const when = `${format(due, entry.zone, MINUTE)} ${city(entry.zone)} (${relativeText(due)})`;
  return [entry.is_due ? say("overdue") : "", when, elsewhere, entry.note].filter(Boolean).join(" · ");
}

const showCallbacks = whenChanged(({ callbacks, campaignId }) => {
  at("callbacks").replaceChildren(...callbacks.map((entry) => {
    const item = callable(entry, callbackDetail(entry, campaignId), entry.campaign.id === campaignId);
    item.classList.toggle("desk-due", entry.is_due);
    return item;
  }));
  at("no-callbacks").hidden = callbacks.length > 0;
  const due = callbacks.filter((entry) => entry.is_due).length;
  setText(at("due-count"), String(due));
  at("due-count").hidden = !due;
});

export function show({ session, campaign, campaigns, callbacks }) {
  if (!session) showStart(campaigns);
  else showChange((campaigns || []).filter((item) => item.id !== campaign.id));
  showCallbacks({ callbacks: callbacks || [], campaignId: campaign?.id });
  const canDial = Boolean(session) && ["READY", "BREAK"].includes(session.state) && session.is_leg_connected && !isBusy();
  for (const button of document.querySelectorAll("[data-call]")) button.disabled = !canDial;
}

async function onSearch(event) {
  event.preventDefault();
  const text = at("found-text");
  setText(text, "");
  try {
    const { ok, values } = await search(at("search-field").value);
    const leads = ok ? values.leads : [];
    at("found").replaceChildren(...leads.map((lead) => callable(lead, [lead.phone_text, lead.company].filter(Boolean).join(" · "), true)));
    if (!leads.length) setText(text, text.dataset.textNone);
    show(state());
  } catch {
    setText(text, text.dataset.textOffline);
  }
}

export function start() {
  at("search").addEventListener("submit", onSearch);
  register("/", at("search-field").getAttribute("aria-label"), () => at("search-field").focus());
}
