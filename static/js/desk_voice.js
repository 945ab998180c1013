// Tells the server, once a talk, that sound of the line arrives here and how long it is on its way between the
// conference and the ear; the rest of the way from the answer to the voice is the server's (apps/calls/services/voice.py).
import { request, state } from "./desk_server.js";

let seen = "";
let told = "";

// `sample` has the carrier's program's figures of one second: rtt and jitter in milliseconds.
export async function sampled({ packetsReceived, rtt, jitter }) {
  const { session, attempt } = state() || {};
  if (session?.state !== "ON_CALL" || !attempt?.connected_at || attempt.voice_ms !== null || attempt.id === told) return;
  // The second in which they came together may have begun before.
  const isWhole = attempt.id === seen;
  seen = attempt.id;
  if (!isWhole || !packetsReceived) return;
  told = attempt.id;
  const delay = Math.round((rtt || 0) / 2 + (jitter || 0));
  try {
    await request("voice", { method: "POST", body: JSON.stringify({ attempt: attempt.id, browser_ms: delay }) });
  } catch {
    told = "";
  }
}
