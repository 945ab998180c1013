// Entry point of every page. Loading it twice is harmless: modules run once.
import * as clock from "./clock.js";
import * as dialogs from "./dialogs.js";
import * as forms from "./forms.js";
import * as hotkeys from "./hotkeys.js";
import * as insert from "./insert.js";
import * as live from "./live.js";
import * as theme from "./theme.js";
import * as toasts from "./toasts.js";

for (const module of [clock, theme, dialogs, toasts, forms, hotkeys, insert, live]) module.start();
