// A supervisor's actions: each answers with the floor's new state, or says why it did not happen.
import { say } from "./floor_dom.js";
import { toast } from "./toasts.js";

const csrf = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
let show = () => {};

export function start(listener) {
  show = listener;
}

export async function post(action, data) {
  const response = await fetch(document.getElementById("main").dataset.floorUrl + action, {
    method: "POST", body: JSON.stringify(data), headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf },
  });
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json") && !response.redirected;
  return { ok: response.ok && isJson, values: isJson ? await response.json() : {} };
}

export async function act(action, data) {
  try {
    const { ok, values } = await post(action, data);
    if (ok) show(values);
    else toast(values.error?.message || say("failed"), "danger");
    return ok;
  } catch {
    toast(say("failed"), "danger");
    return false;
  }
}
