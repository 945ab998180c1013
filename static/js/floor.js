// Entry point of the live floor (instead of app.js, which it brings along). A message of the stream says that something
// has changed; the page then fetches the state, at most once in a while however much happens.
import "./app.js";
import { at } from "./floor_dom.js";
import { connect, onMessage } from "./live.js";
import * as listen from "./floor_listen.js";
import * as manage from "./floor_manage.js";
import * as server from "./floor_server.js";
import * as view from "./floor_view.js";

// Real milliseconds: the shortest time between two fetches, and the longest.
const PAUSE = 1500;
const REST = 30000;
let state;
let pausing = 0;
let resting = 0;
let wanted = false;

function fill(row, agent) {
  manage.fill(row, agent);
  listen.fill(row, agent);
}

function show(values) {
  state = values;
  if (at("listen")) listen.follow(state);
  view.show(state, fill);
  manage.announce(state);
}

// Fetches now, or as soon as the pause since the last time is over; without news after a rest.
function refresh() {
  if (pausing) {
    wanted = true;
    return;
  }
  clearTimeout(resting);
  wanted = false;
  pausing = setTimeout(() => {
    pausing = 0;
    if (wanted) refresh();
    else resting = setTimeout(refresh, REST);
  }, PAUSE);
  fetchState();
}

async function fetchState() {
  try {
    const response = await fetch(document.getElementById("main").dataset.floorState, { headers: { Accept: "application/json" } });
    if (response.ok && !response.redirected) show(await response.json());
  } catch {
    // The stream says that the page is offline, and brings a message when it is back.
  }
}

function start() {
  server.start(show);
  manage.start();
  listen.start();
  view.start(() => view.show(state, fill));
  show(JSON.parse(document.getElementById("floor-state").textContent));
  onMessage(refresh);
  connect(document.getElementById("main").dataset.floorStream);
}

start();
