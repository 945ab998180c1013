// Asking a supervisor for help, and the supervisors' messages of the day.
import { durationText } from "./clock.js";
import { at, format, myZone, part, piece, say, setText, whenChanged } from "./desk_dom.js";
import { act, isBusy, state } from "./desk_server.js";

const STANCES = { LISTEN: "listenerListen", WHISPER: "listenerWhisper", BARGE: "listenerBarge" };
const TIME = { hour: "2-digit", minute: "2-digit" };

function fill(template, notice) {
  const item = piece(template);
  setText(part(item, "text"), notice.text);
  setText(part(item, "sender"), notice.sender);
  const time = part(item, "at");
  time.dateTime = notice.at;
  setText(time, format(Date.parse(notice.at), myZone, TIME));
  item.querySelector("button")?.addEventListener("click", () => act("notice-seen", { notice: notice.id }));
  return item;
}

// What was there before stays, so that only new messages are read out.
const showNew = whenChanged((notices) => {
  const list = at("notices-new");
  const wanted = new Set(notices.map(({ id }) => String(id)));
  const there = new Set([...list.children].map((item) => item.dataset.notice));
  for (const item of [...list.children]) if (!wanted.has(item.dataset.notice)) item.remove();
  for (const notice of notices.toReversed()) {
    if (there.has(String(notice.id))) continue;
    const item = fill("desk-notice", notice);
    item.dataset.notice = notice.id;
    list.prepend(item);
  }
});

const showAll = whenChanged((notices) => {
  at("notices-kept").hidden = !notices.length;
  setText(at("notices-count"), String(notices.length));
  at("notices-all").replaceChildren(...notices.map((notice) => fill("desk-notice-old", notice)));
});

const showCoaching = whenChanged((notes) => {
  at("coaching").hidden = !notes.length;
  setText(at("coaching-count"), String(notes.length));
  at("coaching-all").replaceChildren(...notes.map((note) => {
    const second = note.second === null ? "" : `${durationText(note.second)} `;
    return fill("desk-notice-old", { at: note.at, sender: `${note.author}, ${note.lead}`, text: second + note.text });
  }));
});

export function show({ session, notices = [], listeners = [], coaching = [] }) {
  at("supervisor").hidden = at("notices-new").hidden = !session;
  if (!session) return;
  at("help").disabled = isBusy();
  at("help").setAttribute("aria-pressed", session.is_asking_help);
  setText(at("listeners"), listeners.map(({ name, stance }) => say(STANCES[stance], { name })).join(" "));
  showNew(notices.filter((notice) => !notice.is_seen));
  showAll(notices);
  showCoaching(coaching);
}

export function start() {
  at("help").addEventListener("click", () => act("help", { is_asking: !state().session.is_asking_help }));
}
