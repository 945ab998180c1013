// Entry point of a script's test run (instead of app.js, which it brings along): the desk's own pane, and nothing is kept.
import "./app.js";
import { at } from "./desk_dom.js";
import * as pane from "./script_pane.js";

pane.start();
pane.build(JSON.parse(document.getElementById("script-pane").textContent), "America/New_York");
at("again").addEventListener("click", () => pane.setKept({}));
