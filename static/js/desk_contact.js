// The card of the person: who, local time, why, earlier calls.
import { now, relativeText } from "./clock.js";
import { MINUTE, at, city, format, make, part, piece, say, setText, whenChanged } from "./desk_dom.js";

const NOBODY = { READY: "nobodyReady", BREAK: "nobodyBreak" };

function list(element, items, tag = "li") {
  element.replaceChildren(...items.map((item) => make(tag, item)));
  element.hidden = !items.length;
}

function pairs(element, entries) {
  const shown = entries.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  element.replaceChildren(...shown.flatMap(([name, value]) => [make("dt", name), make("dd", String(value))]));
  element.hidden = !shown.length;
}

function clocks() {
  for (const item of document.querySelectorAll("[data-zone-clock]")) {
    setText(item, `${format(now(), item.dataset.zoneClock, { weekday: "short", hour: "2-digit", minute: "2-digit" })} ${city(item.dataset.zoneClock)}`);
  }
}

function showConsent(consent) {
  const box = at("consent");
  if (!consent) {
    box.replaceChildren(make("p", say("consentNone"), { class: "muted" }));
    return;
  }
  const head = [consent.kind, relativeText(Date.parse(consent.at)), consent.is_revoked ? say("consentRevoked") : ""].filter(Boolean).join(", ");
  box.replaceChildren(make("p", head), ...(consent.text ? [make("blockquote", consent.text)] : []));
}

function showWhy(why) {
  const source = [why.source, why.list].filter((name, n, all) => name && all.indexOf(name) === n).join(" · ");
  setText(at("origin"), say("origin", { source, number: why.attempt_number }));
  showConsent(why.consent);
  list(at("grounds"), why.grounds);
  setText(at("rulebook"), why.rulebook);
  pairs(at("rules"), why.rules.map((rule) => [rule.id, rule.source]));
  at("cautions").replaceChildren(...why.cautions.map((caution) => {
    const item = make("li", caution.text);
    item.append(" ", make("small", caution.source, { class: "muted" }));
    return item;
  }));
}

function earlierCall(call) {
  const item = piece("desk-earlier");
  part(item, "outcome").textContent = call.outcome;
  const time = part(item, "at");
  time.dateTime = call.at;
  time.dataset.relative = "";
  time.textContent = relativeText(Date.parse(call.at));
  part(item, "who").textContent = [call.campaign, call.agent].filter(Boolean).join(" · ");
  const words = [...call.handed_on, call.note].filter(Boolean).join(" ");
  part(item, "note").textContent = words;
  part(item, "note").hidden = !words;
  return item;
}

// The next person is seen from the top, wherever the one before was left.
const toTop = whenChanged(() => {
  scrollTo({ top: 0 });
  for (const pane of document.querySelectorAll(".desk-pane")) pane.scrollTop = 0;
});

const showPerson = whenChanged((contact) => {
  at("person").hidden = !contact;
  if (!contact) return;
  toTop(contact.campaign_lead);
  const { lead } = contact;
  setText(at("name"), lead.name);
  setText(at("company"), lead.company);
  setText(at("phone"), lead.phone_text);
  at("clocks").replaceChildren(...lead.zones.map((zone) => make("li", "", { "data-zone-clock": zone })));
  pairs(at("facts"), [
    [say("place"), [lead.state, lead.postal_code].filter(Boolean).join(" ")],
    [say("email"), lead.email],
    [say("lineType"), lead.line_type],
    [say("language"), lead.language],
    [say("externalId"), lead.external_id],
    ...Object.entries(lead.custom),
  ]);
  showWhy(contact.why);
  at("history").replaceChildren(...contact.history.map(earlierCall));
  at("no-history").hidden = contact.history.length > 0;
  clocks();
});

export function show({ session, campaign, contact }) {
  showPerson(contact || null);
  at("nobody").hidden = Boolean(contact);
  if (!session || contact) return;
  const isManual = session.state === "READY" && campaign.mode === "MANUAL";
  const key = campaign.state !== "RUNNING" ? "nobodyStopped" : isManual ? "nobodyManual" : NOBODY[session.state] || "nobodyReady";
  setText(at("nobody-text"), say(key));
}

setInterval(clocks, 1000);
