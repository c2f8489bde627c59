// Readings, one after the other; a decision is sent, and the next one shown, at once.

import { bars, by, get, percent, post, wait } from "./page.js";

const ENOUGH = 10; // readings at hand, their pictures loaded
const REASONS = { low_confidence: "not sure", several_marks: "several marks", duplicate: "read before" };

const ALTERNATIVES = { scan: "The scan", frames: "What the network saw" };

const queue = []; // [0] is shown
const seen = new Set(); // what was at hand, by id
const past = []; // what this page decided, the last one at the end
const open = new Map(); // request → what to do with its answer
const who = by("who");
let last = null; // how far the queue was fetched
let left = 0;
let fetching = false;
let held = false; // while what was undone comes back

const showBars = bars(by("digits"), (digit) => decide(digit));

function load(item) {
  item.pictures = ["scan", "frames"].map((part) => {
    const image = new Image();
    image.src = `/image/${item.id}/${part}.png?${item.row}`; // what the browser keeps is of one ledger
    image.decode().catch(() => {}); // so that it can be shown at once
    return image;
  });
  return item;
}

async function fetchMore() {
  if (fetching) return;
  fetching = true;
  try {
    const after = last ? `?confidence=${last.confidence}&id=${last.id}` : "";
    const found = await get(`/review/queue${after}`);
    left = found.left;
    last = found.items.at(-1) ?? null; // at the end: from the start again, for what is new
    for (const item of found.items) {
      if (seen.has(item.id)) continue;
      seen.add(item.id);
      queue.push(load(item));
    }
  } catch (error) {
    tell(error.message);
    await wait(2);
  } finally {
    fetching = false;
  }
  show();
}

function show() {
  const item = queue[0];
  by("reading").hidden = !item;
  by("nothing").hidden = Boolean(item);
  by("undo").disabled = by("undo-last").disabled = past.length === 0;
  if (!item) return;
  by("file").textContent = item.page > 1 ? `${item.file}, page ${item.page}` : item.file;
  by("left").textContent = `${Math.max(left, queue.length)} left`;
  by("guess").textContent = item.value;
  by("why").textContent = [percent(item.confidence), REASONS[item.reason] ?? item.reason].join(", ");
  showBars(item.probabilities, item.value);
  ["scan", "frames"].forEach((part, place) => {
    const image = item.pictures[place];
    by(part).src = image.src;
    by(part).alt = ALTERNATIVES[part];
    by(part).className = image.naturalWidth < 100 ? "small" : "";
  });
  by("reading").dataset.id = item.id;
}

function decide(says) {
  const item = queue[0];
  if (!item || held || by("keys").open) return;
  queue.shift();
  left -= 1;
  past.push(item);
  say(item, says, (answer) => {
    if (!answer.refused) return;
    if (past.includes(item)) past.splice(past.indexOf(item), 1);
    seen.delete(item.id); // it comes again, unless somebody else has decided
    tell(`${item.file}: ${answer.refused}`);
  });
  show();
  if (queue.length < ENOUGH) fetchMore();
}

function undo() {
  if (held || past.length === 0) return;
  const item = past.pop();
  held = true;
  say(item, "undo", (answer) => {
    held = false;
    if (answer.refused) {
      tell(`${item.file}: ${answer.refused}`);
    } else {
      const again = load({ ...item, id: answer.row });
      seen.add(again.id);
      queue.unshift(again);
      left += 1;
    }
    show();
  });
}

let sent = Promise.resolve(); // one after the other: what is undone was decided before

function say(item, says, then) {
  sent = sent.then(() => send({ reading: item.id, says, who: who.value }, then));
}

async function send(decision, then) {
  try {
    const { request } = await post("/review/decide", decision);
    open.set(request, then);
    listen();
  } catch (error) {
    then({ refused: `not noted: ${error.message}` });
  }
}

let listening = false;

async function listen() {
  if (listening) return;
  listening = true;
  while (open.size > 0) {
    try {
      const wanted = [...open.keys()].slice(0, 100).map((request) => `request=${request}`);
      const { answers } = await get(`/review/answers?${wanted.join("&")}`);
      if (answers.length === 0) await wait(1);
      for (const answer of answers) {
        const then = open.get(answer.request);
        open.delete(answer.request);
        then(answer);
      }
    } catch {
      await wait(1);
    }
  }
  listening = false;
}

function tell(text) {
  const notice = document.createElement("li");
  notice.textContent = text;
  by("notices").prepend(notice);
  while (by("notices").children.length > 5) by("notices").lastChild.remove();
}

const ACTIONS = { Enter: () => decide("confirm"), x: () => decide("x"), u: undo, "?": () => by("keys").showModal() };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.matches("input") || by("keys").open) return;
  if (event.key === "Enter" && event.target.matches("button, a")) return; // that is pressed by it
  const act = /^[0-9]$/.test(event.key) ? () => decide(event.key) : ACTIONS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

for (const [id, key] of Object.entries({ confirm: "Enter", none: "x", undo: "u", "undo-last": "u", help: "?" })) {
  by(id).addEventListener("click", ACTIONS[key]);
}
// What was clicked does not keep the focus: Enter confirms.
document.addEventListener("pointerup", () => setTimeout(() => document.activeElement.matches("button") && document.activeElement.blur()));

for (const part of Object.keys(ALTERNATIVES)) {
  by(part).addEventListener("error", () => (by(part).alt = "The file is not there any more."));
}

who.value = localStorage.getItem("who") ?? "";
who.addEventListener("change", () => localStorage.setItem("who", who.value));

await fetchMore();
for (;;) {
  await wait(3);
  if (queue.length < ENOUGH) await fetchMore();
}
