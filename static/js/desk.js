// Entry point of the agent desk (instead of app.js, which it brings along).
import "./app.js";
import { register } from "./hotkeys.js";

// Digits choose dispositions in the order shown; the form says which digit belongs to which.
for (const choice of document.querySelectorAll("[data-disposition-key]")) {
  register(choice.dataset.dispositionKey, choice.dataset.dispositionLabel, () => choice.click());
}
