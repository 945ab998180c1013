// The script of the person on the screen.
import { at, say, setText, whenChanged } from "./desk_dom.js";
import * as pane from "./script_pane.js";

const fill = whenChanged(({ contact, isWaiting }) => {
  const script = contact?.script;
  const hasText = Boolean(script && (script.text || script.questions.length));
  setText(at("script-name"), script?.name || "");
  at("no-script").hidden = hasText;
  setText(at("no-script-text"), isWaiting ? say("scriptWaits") : say("noScript"));
  at("questions").hidden = !hasText;
  pane.build(hasText ? script : {}, contact?.zone);
});

// A cell may fill up while somebody is answering: what they have said stays.
const limit = whenChanged((cells) => pane.setFullCells(cells));

export function show({ contact }) {
  fill({
    contact: contact && { lead: contact.campaign_lead, script: contact.script, zone: contact.lead.zones[0] },
    isWaiting: !contact,
  });
  limit(contact?.quotas || []);
}

export { kept, setKept, start } from "./script_pane.js";
