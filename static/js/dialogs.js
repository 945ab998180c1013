// <dialog> opening and closing, confirmation of forms, menus that close, and tabs.
function confirmSubmit(event) {
  const form = event.target;
  const question = event.submitter?.dataset.confirm || form.dataset.confirm;
  const dialog = document.getElementById("confirm-dialog");
  if (!question || !dialog || form.dataset.confirmed) {
    delete form.dataset.confirmed;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  const submitter = event.submitter;
  dialog.querySelector("[data-confirm-text]").textContent = question;
  dialog.querySelector("[value=yes]").textContent = submitter?.textContent.trim() || dialog.dataset.yes;
  dialog.returnValue = "";
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    form.dataset.confirmed = "1";
    form.requestSubmit(submitter);
  }, { once: true });
  dialog.showModal();
}

function onClick(event) {
  const opener = event.target.closest("[data-open-dialog]");
  if (opener) document.getElementById(opener.dataset.openDialog)?.showModal();
  const closer = event.target.closest("[data-close-dialog]");
  if (closer) closer.closest("dialog").close();
  if (event.target instanceof HTMLDialogElement && "lightDismiss" in event.target.dataset) event.target.close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
}

function onKey(event) {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
}

function select(tab) {
  for (const other of tab.parentElement.querySelectorAll("[role=tab]")) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
  }
}

function onTabKey(event) {
  const tab = event.target.closest("[role=tab]");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!tab || !step) return;
  const tabs = [...tab.parentElement.querySelectorAll("[role=tab]")];
  const direction = getComputedStyle(tab).direction === "rtl" ? -step : step;
  const next = tabs[(tabs.indexOf(tab) + direction + tabs.length) % tabs.length];
  select(next);
  next.focus();
}

export function start() {
  document.addEventListener("submit", confirmSubmit, true);
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("keydown", onTabKey);
  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) select(tab);
  });
}
