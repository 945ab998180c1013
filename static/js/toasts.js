// Short messages. From code: toast(text, tone). From a server answer: header HX-Trigger: {"toast": {"text", "tone"}}.
const LIFE = 6000;

function dismissLater(element) {
  if (element.classList.contains("tone-danger")) return;
  const timer = { id: 0 };
  const arm = () => { timer.id = setTimeout(() => element.remove(), LIFE); };
  element.addEventListener("pointerenter", () => clearTimeout(timer.id));
  element.addEventListener("focusin", () => clearTimeout(timer.id));
  element.addEventListener("pointerleave", arm);
  element.addEventListener("focusout", arm);
  arm();
}

export function toast(text, tone = "info") {
  const template = document.getElementById("toast-template");
  const element = template.content.firstElementChild.cloneNode(true);
  element.classList.add(`tone-${tone}`);
  element.querySelector("p").textContent = text;
  document.getElementById("toasts").append(element);
  dismissLater(element);
}

export function start() {
  for (const element of document.querySelectorAll(".toast")) dismissLater(element);
  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast, .callout").remove());
  document.body.addEventListener("toast", (event) => toast(event.detail.text, event.detail.tone));
}
