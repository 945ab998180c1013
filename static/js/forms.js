// Forms: warn before losing changes (data-guard), send once, keep drafts, submit on change
// (data-auto-submit), focus (data-autofocus), copy.
import { toast } from "./toasts.js";

const dirty = new Set();

function onSubmit(event) {
  const form = event.target;
  dirty.delete(form);
  if (form.method === "dialog" || event.defaultPrevented || !event.submitter) return;
  const button = event.submitter;
  if (button.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    return;
  }
  button.setAttribute("aria-busy", "true");
  setTimeout(() => button.removeAttribute("aria-busy"), 8000);
}

async function onCopy(event) {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  toast(button.dataset.copied, "ok");
}

// Keeps every key stroke of a form in this browser under `key`, and calls save(FormData) a moment after the last one.
// Returns forget(), to be called once the server has the final values.
export function autosave(form, { key, save, delay = 800 }) {
  const stored = JSON.parse(localStorage.getItem(key) || "{}");
  for (const [name, value] of Object.entries(stored)) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value;
  }
  let timer;
  const remember = () => {
    const data = new FormData(form);
    data.delete("csrfmiddlewaretoken");
    localStorage.setItem(key, JSON.stringify(Object.fromEntries(data)));
    clearTimeout(timer);
    if (save) timer = setTimeout(() => save(data), delay);
  };
  form.addEventListener("input", remember);
  return () => {
    clearTimeout(timer);
    localStorage.removeItem(key);
  };
}

// Puts the cursor where work begins: on the first field with an error, else on the first field.
function focusFirst() {
  if (document.activeElement !== document.body) return;
  const form = document.querySelector("form[data-autofocus]");
  const field = form?.querySelector("[aria-invalid=true]") || form?.querySelector("input:not([type=hidden]), select, textarea");
  field?.focus();
}

export function start() {
  focusFirst();
  for (const form of document.querySelectorAll("form[data-guard]")) {
    form.addEventListener("input", () => dirty.add(form));
  }
  addEventListener("beforeunload", (event) => { if (dirty.size) event.preventDefault(); });
  addEventListener("pageshow", () => { for (const busy of document.querySelectorAll("[aria-busy=true]")) busy.removeAttribute("aria-busy"); });
  document.addEventListener("submit", onSubmit);
  document.addEventListener("click", onCopy);
  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-auto-submit]")) event.target.form.requestSubmit();
  });
}
