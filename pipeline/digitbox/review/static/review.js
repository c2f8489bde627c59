// Readings, one after the other; a decision is sent, and the next one shown, at once.

import { by, post, wait } from "./page.js";
import { expect, say } from "./decisions.js";
import { comeBack, neighbour, pageOf, refreshed, settle } from "./fields.js";
import { listen } from "./keys.js";
import { place, tell, tellConnection } from "./notices.js";
import { isDecided } from "./kept.js";
import { hide, isShown, lookNearer, makeView, toggleNetwork } from "./shown.js";
import { decidedAbout, discard, rename, shownSays, type, value } from "./typing.js";
import { IS_SPOT, KIND, SOURCE, bring, comeAgain, fetchMore, forget, isPage, isSkipped, ofPage, queue, renumber, settled, skipped, takeOut, whenFetched } from "./work.js";

const past = []; // what this page decided, each with its key and whether it was answered for; the last one at the end
const sent = new Map(); // reading that was decided about, and not answered for yet → the key of the decision
const undone = new Map(); // the same of what was undone
const who = by("who");
let held = false; // while what was undone comes back

const ACTIONS = {
  Enter: confirm,
  x: () => decide("x"),
  m: () => decide("blank"),
  l: () => decide("unreadable"),
  s: skip,
  r: readAgain,
  u: undo,
  n: () => step(1),
  p: () => step(-1),
  z: lookNearer,
  w: toggleNetwork,
  "?": () => by("keys").showModal(),
  Escape: () => type(""),
};

const view = makeView({ decide, go, isTaken: (key) => key in ACTIONS });

function show() {
  by("undo").disabled = by("undo-last").disabled = past.length === 0;
  if (view.show() && queue[0].field) lookAround(queue[0]);
}

// Looks at the page of a field anew: decisions of others, and checks that hold now, may have settled its fields.
async function lookAround(item) {
  if (IS_SPOT) return;
  let page;
  try {
    page = await refreshed(item, isOpen);
  } catch (error) {
    tellConnection(error);
    return;
  }
  const open = new Set(page.items.filter((one) => one.is_open).map((one) => one.id));
  for (const one of ofPage(page)) {
    if (open.has(one.id) || one.isAsked) continue; // what was asked for by itself need not be in review
    takeOut(one.id);
    if (discard(one)) tell(`${place(one)}: It was decided or read again meanwhile.`);
  }
  if (queue[0] && pageOf(queue[0]) === page && isShown(queue[0])) view.around(queue[0]);
  show();
}

// Whether a field is to be decided about: what the server has not noted yet counts, too.
function isOpen(one) {
  if (sent.has(one.id)) return false;
  return undone.has(one.id) || (one.is_open && !isDecided(one));
}

// Goes to another field of the page that is shown.
function go(field) {
  if (!field || held || queue[0]?.id === field.id) return;
  bring(field);
  show();
}

function step(by) {
  if (queue[0]?.field) go(neighbour(queue[0], by));
}

function confirm() {
  const given = value();
  if (given) decide(given);
  else if (given === "" && queue[0] && shownSays(queue[0])) decide(shownSays(queue[0]));
}

function decide(says) {
  if (!queue[0] || held || by("keys").open) return;
  if (isPage(queue[0]) && says !== "x") return;
  const item = settled();
  hide(); // if it comes back, nothing is typed
  decidedAbout(item);
  const made = { item, key: "", isAnswered: false };
  past.push(made);
  settle(item);
  made.key = say(item, says, who.value, (answer) => {
    made.isAnswered = true;
    if (sent.get(item.id) === made.key) sent.delete(item.id);
    if (answer.refused) {
      if (past.includes(made)) past.splice(past.indexOf(made), 1);
      forget(item); // it comes again, unless somebody else has decided
      tell(`${item.field ? place(item) : item.file}: ${answer.refused}`);
    }
    if (item.field) lookAround(item);
  });
  sent.set(item.id, made.key);
  const next = item.field && neighbour(item, 1);
  if (next && !SOURCE && (!KIND || next.kind === KIND) && !isSkipped(next)) go(next); // one page after the other
  show();
  fetchMore();
}

// It comes back at the end.
function skip() {
  const item = queue.shift();
  if (!item) return;
  skipped.push(item);
  discard(item);
  show();
  fetchMore();
}

async function readAgain() {
  const item = queue[0];
  if (!item || held) return;
  const name = item.file;
  queue.shift();
  show();
  try {
    const { request } = await post("/live/retry", { reading: item.id });
    tell(`${name}: is being read again`);
    expect(request, ({ refused }) => {
      tell(`${name}: ${refused ?? "was read again"}`);
      forget(item); // it comes again where it still stands
      fetchMore(Infinity);
    });
  } catch (error) {
    queue.unshift(item);
    tell(`${name}: ${error.message}`);
    show();
  }
}

// What was not carried out yet comes back at once; else the row that then stands is waited for.
function undo() {
  if (held || past.length === 0) return;
  const { item, key, isAnswered } = past.pop();
  held = isAnswered;
  if (!isAnswered) bringBack(item, item.id);
  const undoing = say(item, "undo", who.value, (answer) => {
    held = false;
    if (undone.get(item.id) === undoing) undone.delete(item.id);
    if (answer.refused) tell(`${item.field ? place(item) : item.file}: ${answer.refused}`);
    if (isAnswered && !answer.refused) bringBack(item, answer.row);
    else if (answer.refused && !isAnswered && !sent.has(item.id)) takeOut(item.id); // somebody else has decided
    else if (!isAnswered && answer.row && answer.row !== item.id) nowCalled(item.id, answer.row);
    show();
  }, key);
  if (!isAnswered) undone.set(item.id, undoing);
  show();
}

function bringBack(item, id) {
  sent.delete(item.id);
  hide();
  comeBack(item, comeAgain(item, id));
}

// The decision had been carried out before it was undone: another row stands for the reading since.
function nowCalled(id, now) {
  renumber(id, now);
  rename(id, now);
  if (by("reading").dataset.id === String(id)) by("reading").dataset.id = now;
}

listen({ actions: ACTIONS, chosen: view.chosen, decide });

by("return").addEventListener("click", () => {
  queue.push(...skipped.splice(0));
  show();
});

who.value = localStorage.getItem("who") ?? "";
who.addEventListener("change", () => localStorage.setItem("who", who.value));

whenFetched(show);
await fetchMore();
by("kinds").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
for (;;) {
  await wait(3);
  await fetchMore();
}
