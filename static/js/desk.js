// Entry point of the agent desk (instead of app.js, which it brings along). The server's state is the truth: every
// action, message and sign of life brings it, and the page shows it.
import "./app.js";
import { onOutcome, startOutcome } from "./desk_outcome.js";
import * as contact from "./desk_contact.js";
import * as phone from "./desk_phone.js";
import * as draft from "./desk_draft.js";
import * as lostLine from "./desk_lost_line.js";
import * as guard from "./desk_guard.js";
import * as mail from "./desk_mail.js";
import * as script from "./desk_script.js";
import * as recording from "./desk_recording.js";
import * as server from "./desk_server.js";
import * as supervisor from "./desk_supervisor.js";
import * as transfer from "./desk_transfer.js";
import * as view from "./desk_view.js";
import * as work from "./desk_work.js";
import { connect, onMessage } from "./live.js";
import { wake } from "./phone.js";
import { onWake } from "./desk_wake.js";

// Real milliseconds between two signs of life.
const PING = 20000;

// After a sleep or a time without a network: the server's state, and a token that is good.
function again() {
  server.refresh();
  wake();
}

function start() {
  const main = document.getElementById("main");
  const parts = [guard.follow, view.show, phone.show, lostLine.show, transfer.show, supervisor.show, contact.show, script.show, recording.show, work.show, onOutcome, mail.follow, draft.follow];
  view.start();
  script.start();
  work.start();
  startOutcome();
  mail.start();
  phone.start();
  transfer.start();
  supervisor.start();
  recording.start();
  draft.start(main.dataset.deskKey);
  server.start(main.dataset.deskUrl, (state) => {
    for (const show of parts) show(state);
  });
  server.accept(JSON.parse(document.getElementById("desk-state").textContent));
  onMessage(server.refresh);
  connect(main.dataset.deskStream);
  setInterval(server.ping, PING);
  addEventListener("online", again);
  onWake(again);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) server.refresh(); });
}

start();
