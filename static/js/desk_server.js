// Talking to the server. One action at a time, so nothing is sent twice; answers that come late never undo newer ones.
import { say } from "./desk_dom.js";
import { toast } from "./toasts.js";

const RETRY = 2000;
// Sending these again does no harm: they name their call, or ask for what is so already.
const REPEATABLE = new Set(["dispose", "hangup", "ready", "break", "end"]);
const csrf = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
let base = "";
let show = () => {};
let sent = 0;
let shown = 0;
let busy = "";
let told = "";
let refreshing = null;
let current = null;

export function start(url, listener) {
  [base, show] = [url, listener];
}

export function state() {
  return current;
}

export function isBusy() {
  return busy !== "";
}

export function accept(values, number = ++sent) {
  if (number < shown) return;
  shown = number;
  current = values;
  show(values);
}

export async function request(path, options = {}) {
  const number = ++sent;
  const response = await fetch(base + path, { ...options, headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf } });
  if (response.redirected || !response.headers.get("Content-Type")?.startsWith("application/json")) {
    if (response.redirected) tell(say("signedOut"), "danger");
    return { ok: false, status: response.redirected ? 401 : response.status, error: null };
  }
  const values = await response.json();
  const after = response.ok ? values : values.state;
  told = "";
  if (after && "session" in after) accept(after, number);
  return { ok: response.ok, status: response.status, error: values.error, values };
}

// Says a thing once until the server has answered again.
function tell(text, tone) {
  if (told !== text) toast(text, tone);
  told = text;
}

function explain(answer) {
  if (answer.status === 401) return;
  if (answer.error) toast(answer.error.message, answer.status === 409 ? "warn" : "danger");
  else toast(say("failed"), "danger");
}

const pause = () => new Promise((resolve) => { setTimeout(resolve, RETRY); });

// Does an action and shows the state that follows. Answers {ok, status, error}; null when it was not sent at all.
export async function act(action, data = {}, { quiet = [] } = {}) {
  if (busy) return null;
  busy = action;
  const before = sent;
  show(current);
  try {
    const answer = await untilSent(action, data);
    if (answer && !answer.ok && !quiet.includes(answer.error?.code)) explain(answer);
    // What was asked meanwhile may have been read before the action took effect, and be answered after it.
    if (sent > before + 1) refresh();
    return answer;
  } finally {
    busy = "";
    show(current);
  }
}

async function untilSent(action, data) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await request(action, { method: "POST", body: JSON.stringify(data) });
      // A repeated action that had got through the first time.
      if (attempt && answer.status === 409) return { ...answer, ok: true };
      return answer;
    } catch {
      if (!REPEATABLE.has(action)) {
        toast(say("notSent"), "danger");
        return null;
      }
      tell(say("offline"), "warn");
      await pause();
    }
  }
}

// Sends what has been typed; "sent", "gone" when the desk shows something else by now, or "failed".
export async function saveDraft(data, { last = false } = {}) {
  try {
    const answer = await request("draft", { method: "POST", body: JSON.stringify(data), keepalive: last });
    if (answer.status === 422) explain(answer);
    return answer.ok ? "sent" : answer.status === 409 ? "gone" : "failed";
  } catch {
    return "failed";
  }
}

export function search(query) {
  return request(`search?q=${encodeURIComponent(query)}`);
}

// Fetches the state; calls that come meanwhile lead to one more fetch.
export async function refresh() {
  if (refreshing) {
    refreshing.again = true;
    return;
  }
  refreshing = { again: false };
  try {
    await request("state");
  } catch {
    // The stream says that the desk is offline, and the next sign of life tries again.
  }
  const { again } = refreshing;
  refreshing = null;
  if (again) refresh();
}

export async function ping() {
  if (!current?.session) {
    refresh();
    return;
  }
  try {
    await request("ping", { method: "POST", body: "{}" });
  } catch {
    // As above.
  }
}
