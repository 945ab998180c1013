// Keyboard shortcuts. Declare them on a control (<a data-hotkey="g c">, <button data-hotkey="m">) or by register().
// They never fire while typing (Escape leaves a field), in a dialog, with Ctrl/Alt/Meta or on key repeat, and can be
// switched off in the help overlay (shown by "?"), as WCAG 2.1.4 asks.
const registered = new Map();
const OFF = "fairdial.hotkeys-off";
let prefix = "";
let prefixTimer;

export function register(key, label, run) {
  registered.set(key, { label, run });
  return () => registered.delete(key);
}

export function isTyping(target) {
  return target instanceof Element
    && Boolean(target.closest("textarea, select, [contenteditable=''], [contenteditable='true'], input:not([type='checkbox'], [type='radio'], [type='button'], [type='submit'])"));
}

function keyName(event) {
  return event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

function visible(element) {
  return !element.disabled && element.getClientRects().length > 0;
}

function controlFor(key) {
  return [...document.querySelectorAll(`[data-hotkey="${CSS.escape(key)}"]`)].find(visible)
    || document.querySelector(`a[href][data-hotkey="${CSS.escape(key)}"]`);
}

function find(key) {
  const entry = registered.get(key);
  if (entry) return entry.run;
  const control = controlFor(key);
  if (!control) return null;
  return () => (control.matches("input:not([type='checkbox'], [type='radio']), textarea, select") ? control.focus() : control.click());
}

function ignored(event) {
  return event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing
    || isTyping(event.target) || document.querySelector("dialog:modal") || localStorage.getItem(OFF) === "1";
}

function isActivation(event) {
  return (event.key === " " || event.key === "Enter") && event.target instanceof Element
    && event.target.closest("a, button, summary, input, [role='tab']");
}

function onKey(event) {
  if (event.key === "Escape" && isTyping(event.target) && !event.defaultPrevented && !document.querySelector("dialog:modal")) event.target.blur();
  if (ignored(event) || isActivation(event)) return;
  const key = keyName(event);
  const run = (prefix && find(`${prefix} ${key}`)) || find(key);
  clearTimeout(prefixTimer);
  prefix = "";
  if (run) {
    event.preventDefault();
    run(event);
    return;
  }
  prefix = key;
  prefixTimer = setTimeout(() => { prefix = ""; }, 1200);
}

function entries() {
  const seen = new Map([...registered].map(([key, entry]) => [key, entry.label]));
  for (const control of document.querySelectorAll("[data-hotkey]")) {
    const label = control.dataset.hotkeyLabel || control.getAttribute("aria-label") || control.textContent.trim().replace(/\s+/g, " ");
    if (!seen.has(control.dataset.hotkey)) seen.set(control.dataset.hotkey, label);
  }
  return [...seen].sort(([a], [b]) => a.length - b.length || a.localeCompare(b));
}

function keys(text) {
  const term = document.createElement("dt");
  for (const part of text.split(" ")) {
    const key = document.createElement("kbd");
    key.textContent = part;
    term.append(key, " ");
  }
  return term;
}

function openHelp(dialog) {
  dialog.querySelector("[data-hotkey-list]").replaceChildren(...entries().flatMap(([key, label]) => {
    const description = document.createElement("dd");
    description.textContent = label;
    return [keys(key), description];
  }));
  dialog.showModal();
}

export function start() {
  document.addEventListener("keydown", onKey);
  const dialog = document.getElementById("hotkey-help");
  if (!dialog) return;
  registered.set("?", { label: dialog.dataset.label, run: () => openHelp(dialog) });
  for (const button of document.querySelectorAll("[data-hotkey-help]")) button.addEventListener("click", () => openHelp(dialog));
  const toggle = dialog.querySelector("[data-hotkey-switch]");
  toggle.checked = localStorage.getItem(OFF) !== "1";
  toggle.addEventListener("change", () => localStorage.setItem(OFF, toggle.checked ? "0" : "1"));
}
