// Readings, one after the other; a decision is sent, and the next one shown, at once.

import { by, post, wait } from "./page.js";
import { expect, say } from "./decisions.js";
import { comeBack, neighbour, pageOf, refreshed, settle } from "./fields.js";
import { listen } from "./keys.js";
import { place, tell } from "./notices.js";
import { hide, isShown, makeView } from "./shown.js";
import { decidedAbout, discard, shownSays, type, value } from "./typing.js";
import { KIND, bring, comeAgain, drop, fetchMore, forget, isPage, isSkipped, ofPage, queue, settled, skipped, whenFetched } from "./work.js";

const past = []; // what this page decided, the last one at the end
const sent = new Set(); // readings that were decided about, and not answered for yet
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
  let page;
  try {
    page = await refreshed(item, sent);
  } catch (error) {
    tell(error.message);
    return;
  }
  const open = new Set(page.items.filter((one) => one.is_open).map((one) => one.id));
  for (const one of ofPage(page)) {
    if (open.has(one.id)) continue;
    drop(one);
    if (discard(one)) tell(`${place(one)}: It was decided or read again meanwhile.`);
  }
  if (queue[0] && pageOf(queue[0]) === page && isShown(queue[0])) view.around(queue[0]);
  show();
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
  past.push(item);
  sent.add(item.id);
  settle(item);
  say(item, says, who.value, (answer) => {
    sent.delete(item.id);
    if (answer.refused) {
      if (past.includes(item)) past.splice(past.indexOf(item), 1);
      forget(item); // it comes again, unless somebody else has decided
      tell(`${item.field ? place(item) : item.file}: ${answer.refused}`);
    }
    if (item.field) lookAround(item);
  });
  const next = item.field && neighbour(item, 1);
  if (next && (!KIND || next.kind === KIND) && !isSkipped(next)) go(next); // one page after the other
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

function undo() {
  if (held || past.length === 0) return;
  const item = past.pop();
  held = true;
  say(item, "undo", who.value, (answer) => {
    held = false;
    if (answer.refused) tell(`${item.file}: ${answer.refused}`);
    else comeBack(item, comeAgain(item, answer.row));
    show();
  });
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
