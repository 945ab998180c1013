// What the person of the call has been told while the agent's line was away.
import { at, setText } from "./desk_dom.js";

export function show({ lost_line: text = "" }) {
  setText(at("lost-line"), text);
}
