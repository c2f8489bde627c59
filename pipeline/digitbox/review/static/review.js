// Readings, one after the other; a decision is sent, and the next one shown, at once.

import { LETTERS, bars, by, get, percent, post, showAlternatives, wait, why } from "./page.js";
import { comeBack, inputOf, isWord, modeOf, neighbour, pageOf, refreshed, settle, showPage } from "./fields.js";
import { isNumber, showStrips } from "./strips.js";

const ENOUGH = 10; // readings at hand, their pictures loaded

const DIGITS = ["1", "2", "3", "4", "5"]; // the keys of alternatives that are letters, and others

const PICTURES = { scan: "The scan", frames: "What the network saw" };

const VALUE = /^-?[0-9]+([.,][0-9]+)*( -?[0-9]+([.,][0-9]+)*)*$/; // as the ledger takes it
const HINTS = {
  one: "Press the digit that stands there: pages have one (digits: 1).",
  number: "Type what stands there, then Enter.",
  lines: "Type what stands there, a space between lines, then Enter.",
  failed: "Type what the file says, have it read again, or say that it is unreadable.",
  page_missing: "Is it elsewhere, or was it not handed in? Confirm that this is settled.",
  page_doubled: "Confirm that it may be there twice, or that one of them is put aside.",
  word: "Choose what it is, or press Enter if it is right.",
};
const NO_VALUE = "A value has digits, with a point or a comma between them, a minus before them, a space between lines.";

const KIND = new URLSearchParams(location.search).get("kind") ?? ""; // what is to be shown; all where empty
const SOURCE = by("kinds").dataset.source; // what is asked for instead of the queue: one reading, say
const IS_SPOT = SOURCE.startsWith("spot"); // a spot check: nothing is shown that says how sure it was
const PAGES = { page_missing: "missing", page_doubled: "doubled" }; // what is said of whole pages of forms

const queue = []; // [0] is shown
const skipped = []; // what is to come back at the end
const seen = new Set(); // what was at hand, by id
const past = []; // what this page decided, the last one at the end
const open = new Map(); // request → what to do with its answer
const who = by("who");
const drafts = new Map(); // what is typed for a reading, by its number
const sent = new Set(); // readings that were decided about, and not answered for yet
let typed = by("typed"); // of a failed check, each field has an input of its own
let last = null; // how far the queue was fetched
let left = {}; // how many there are of each kind
let said = 0; // how many decisions were made
let unnoted = 0; // how many of them the server has not noted yet
let fetching = false;
let held = false; // while what was undone comes back

const showBars = bars(by("digits"), (digit) => decide(digit));

function load(item) {
  item.value ??= ""; // a field that is blank
  const parts = partsOf(item);
  item.pictures = Object.fromEntries(parts.map((part) => {
    const image = new Image();
    image.src = `/image/${item.id}/${part}.png?${item.row}`; // what the browser keeps is of one ledger
    image.decode().catch(() => {}); // so that it can be shown at once
    image.addEventListener("error", () => showGone((item.isGone = true), item));
    return [part, image];
  }));
  return item;
}

function showGone(isGone, item) {
  if (item === queue[0]) by("gone").hidden = !isGone;
}

function partsOf(item) {
  if (item.kind === "failed" || item.kind in PAGES) return [];
  if (item.field) return ["written"];
  if (!item.candidates || (IS_SPOT && !isNumber(item))) return ["scan"];
  return isNumber(item) ? ["scan", "written"] : ["scan", "frames"];
}

async function fetchMore() {
  if (fetching) return;
  fetching = true;
  try {
    const asked = new URLSearchParams(SOURCE || { kind: KIND });
    if (last) for (const [name, value] of [["status", last.status], ["confidence", last.confidence ?? 0], ["id", last.id]]) asked.set(name, value);
    const before = unnoted === 0 && said;
    const found = await get(`/review/queue?${asked}`);
    if (before === said) left = found.left; // else it counts what was decided meanwhile
    last = found.items.at(-1) ?? null; // at the end: from the start again, for what is new
    for (const item of found.items) {
      if (seen.has(item.id)) continue;
      seen.add(item.id);
      item.isAsked = Boolean(SOURCE);
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
  showKinds();
  if (!item) return;
  by("left").textContent = `${Math.max(leftOf(KIND), queue.length)} left`;
  if (by("reading").dataset.id === String(item.id)) return; // what is typed stays
  by("reading").dataset.id = item.id;
  by("file").textContent = place({ ...item, field: null });
  by("guess").textContent = guessOf(item);
  by("guess").className = item.status;
  const sure = item.value && item.confidence !== null ? [percent(item.confidence)] : [];
  const status = item.isAsked ? [item.status.replaceAll("_", " ")] : []; // in the queue it is known
  by("why").textContent = IS_SPOT ? "" : [...status, ...sure, why(item.reason)].filter(Boolean).join(", ");
  by("typed").placeholder = item.value;
  by("typed").inputMode = modeOf(item);
  const number = isNumber(item);
  by("reading").classList.toggle("number", number);
  by("strips").hidden = !number;
  by("reading").classList.toggle("field", Boolean(item.field));
  by("field").textContent = item.field;
  by("of").textContent = item.form ? `of the form ${item.form}` : "";
  by("none").firstChild.textContent = item.field ? "Nothing there " : "Not a number ";
  by("next").hidden = !item.field || IS_SPOT;
  by("digits").hidden = IS_SPOT || item.value.length > 1 || Boolean(item.field) || !item.candidates;
  const isPage = item.kind in PAGES;
  by("reading").classList.toggle("whole", isPage);
  for (const id of ["blank", "unreadable"]) by(id).hidden = isPage;
  by("blank").hidden ||= Boolean(item.field); // said by the button before it
  by("none").hidden = isPage || item.kind === "not_digit";
  const others = choices(item);
  by("alternatives").hidden = !others.length;
  showBars(item.probabilities, item.value);
  showAlternatives(by("alternatives"), others, item.value, decide, keysOf(others));
  by("strips").hidden ||= !item.pictures.written;
  if (item.pictures.written) showStrips(by("strips"), item, item.pictures.written.src, Number(by("strips").dataset.accept));
  for (const part of Object.keys(PICTURES)) {
    const image = item.pictures[part];
    by(part).parentElement.hidden = !image;
    if (!image) continue;
    by(part).src = image.src;
    by(part).alt = PICTURES[part];
    by(part).className = image.naturalWidth < 100 ? "small" : "";
  }
  showGone(item.isGone, item);
  around(item);
  if (item.field) lookAround(item);
}

function guessOf(item) {
  if (item.kind === "failed") return "could not be read";
  if (item.kind === "not_digit") return "not a number";
  return PAGES[item.kind] ?? (item.value || "blank");
}

const leftOf = (kind) => (kind ? left[kind] ?? 0 : Object.values(left).reduce((sum, one) => sum + one, 0));

// What is left of each kind; at the end, where the rest is.
function showKinds() {
  const others = [];
  for (const link of by("kinds").children) {
    const { kind } = link.dataset;
    link.querySelector("b").textContent = leftOf(kind);
    link.hidden = Boolean(kind) && kind !== KIND && !leftOf(kind);
    if (kind === KIND) link.setAttribute("aria-current", "true");
    else if (kind && leftOf(kind)) others.push(link.cloneNode(true));
  }
  by("elsewhere").hidden = !KIND || !others.length;
  by("elsewhere").querySelector("span").replaceChildren(...others);
  by("skipped").hidden = skipped.length === 0;
  by("whence").hidden = skipped.length > 0 || SOURCE || (KIND && others.length > 0);
  by("done").textContent = skipped.length ? `${skipped.length} skipped` : SOURCE ? "Done" : KIND ? "Nothing of this kind is left" : "Nothing to review";
}

// The fields beside the one that is shown, and the input that is its own.
function around(item) {
  showPage(item, go);
  const before = typed;
  typed = inputOf(item) ?? by("typed");
  by("reading").classList.toggle("checking", typed !== by("typed"));
  by("reading").classList.toggle("word", isWord(item));
  by("next").disabled = !neighbour(item, 1);
  type(drafts.get(item.id) ?? "");
  if (document.activeElement === before && before !== typed) typed.focus({ preventScroll: true });
}

// Looks at the page of a field anew: decisions of others, and checks that hold now, may have settled its fields.
async function lookAround(item) {
  if (IS_SPOT) return;
  let page;
  try {
    page = await refreshed(item, sent);
  } catch (error) {
    tell(error.message);
    return;
  }
  const open = new Set(page.items.filter((one) => one.is_open).map((one) => one.id));
  // What was asked for by itself need not be in review.
  const settled = queue.filter((one) => pageOf(one) === page && !open.has(one.id) && !one.isAsked);
  for (const one of settled) drop(one);
  if (queue[0] && pageOf(queue[0]) === page && by("reading").dataset.id === String(queue[0].id)) around(queue[0]);
  show();
}

function drop(item) {
  queue.splice(queue.indexOf(item), 1);
  left[item.kind] = leftOf(item.kind) - 1;
  if (drafts.delete(item.id)) tell(`${place(item)}: It was decided or read again meanwhile.`);
}

// Goes to another field of the page that is shown.
function go(field) {
  if (!field || held || queue[0]?.id === field.id) return;
  const there = queue.findIndex((one) => one.id === field.id);
  seen.add(field.id);
  const aside = skipped.findIndex((one) => one.id === field.id);
  if (aside >= 0) skipped.splice(aside, 1);
  queue.unshift(there < 0 ? load(field) : queue.splice(there, 1)[0]);
  show();
}

function step(by) {
  if (queue[0]?.field) go(neighbour(queue[0], by));
}

function place({ file, page, field }) {
  const parts = [file, ...(page > 1 ? [`page ${page}`] : []), ...(field ? [field] : [])];
  return parts.join(", ");
}

// Of a single digit the ten bars say it all, but for the likeliest numbers.
function choices(item) {
  const { alternatives, value, field } = item;
  if (IS_SPOT && !isWord(item)) return []; // it is typed
  if (value.length === 1 && !field) return alternatives.filter((one) => one.value.length > 1).slice(0, 2);
  return alternatives.some((one) => one.value !== value) ? alternatives : [];
}

// The key of each: a choice of A and B has the keys a and b, also where B is the likelier one.
function keysOf(others) {
  const own = others.map((one) => one.value.toLowerCase());
  if (new Set(own).size === own.length && own.every((key) => /^[a-z]$/.test(key) && !ACTIONS[key])) return own;
  return own.some((key) => LETTERS.includes(key)) ? DIGITS : LETTERS;
}

function type(text) {
  typed.value = text;
  changed();
}

function changed() {
  const given = typed.value;
  typed.value = given.replaceAll(/[^0-9., -]/g, "");
  if (queue[0] && typed.value) drafts.set(queue[0].id, typed.value);
  else drafts.delete(queue[0]?.id);
  by("confirm").firstChild.textContent = typed.value ? `Set to ${typed.value} ` : "Confirm ";
  by("confirm").disabled = Boolean(queue[0]) && !typed.value && shownSays(queue[0]) === null;
  if (given !== typed.value) { // letters cannot be typed, or pasted
    complain();
  } else {
    by("hint").textContent = hint(queue[0]);
    typed.removeAttribute("aria-invalid");
  }
}

// What it is to confirm what is shown; null where nothing is that could be.
const shownSays = (item) => item.confirms;

function hint(item) {
  if (item && item.kind in PAGES) return HINTS[item.kind];
  if (item?.kind === "failed") return HINTS.failed;
  if (item && isWord(item)) return HINTS.word;
  if (item?.one_key) return HINTS.one;
  return item?.lines.length > 1 ? HINTS.lines : HINTS.number;
}

function confirm() {
  const said = typed.value.trim().replaceAll(/ +/g, " ");
  if (!said) {
    if (queue[0] && shownSays(queue[0])) decide(shownSays(queue[0]));
  } else if (VALUE.test(said)) {
    decide(said);
  } else {
    complain();
  }
}

function complain() {
  by("hint").textContent = NO_VALUE;
  typed.setAttribute("aria-invalid", "true");
}

// What a key chooses of what is shown with keys, if anything.
function chosen(key) {
  if (!queue[0]) return null;
  const others = choices(queue[0]);
  const one = others[keysOf(others).indexOf(key.toLowerCase())];
  return one ? () => decide(one.value) : null;
}

function decide(says) {
  const item = queue[0];
  if (!item || held || by("keys").open) return;
  if (item.kind in PAGES && says !== "x") return;
  queue.shift();
  typed.value = "";
  delete by("reading").dataset.id; // if it comes back, nothing is typed
  drafts.delete(item.id);
  left[item.kind] = leftOf(item.kind) - 1;
  past.push(item);
  sent.add(item.id);
  settle(item);
  say(item, says, (answer) => {
    sent.delete(item.id);
    if (answer.refused) {
      if (past.includes(item)) past.splice(past.indexOf(item), 1);
      seen.delete(item.id); // it comes again, unless somebody else has decided
      tell(`${item.field ? place(item) : item.file}: ${answer.refused}`);
    }
    if (item.field) lookAround(item);
  });
  const next = item.field && neighbour(item, 1);
  if (next && !SOURCE && (!KIND || next.kind === KIND) && !skipped.some((one) => one.id === next.id)) go(next); // one page after the other
  show();
  if (queue.length < ENOUGH) fetchMore();
}

// It comes back at the end.
function skip() {
  const item = queue.shift();
  if (!item) return;
  skipped.push(item);
  drafts.delete(item.id);
  show();
  if (queue.length < ENOUGH) fetchMore();
}

function comeBackTo() {
  queue.push(...skipped.splice(0));
  show();
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
    open.set(request, ({ refused }) => {
      tell(`${name}: ${refused ?? "was read again"}`);
      seen.delete(item.id); // it comes again where it still stands
      fetchMore();
    });
    listen();
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
  say(item, "undo", (answer) => {
    held = false;
    if (answer.refused) {
      tell(`${item.file}: ${answer.refused}`);
    } else {
      const again = load({ ...item, id: answer.row, pictures: null });
      seen.add(again.id);
      comeBack(item, again);
      queue.unshift(again);
      left[item.kind] = leftOf(item.kind) + 1;
    }
    show();
  });
}

let saying = Promise.resolve(); // one after the other: what is undone was decided before

function say(item, says, then) {
  said += 1;
  unnoted += 1;
  saying = saying.then(() => send({ reading: item.id, says, who: who.value }, then));
}

async function send(decision, then) {
  try {
    const { request } = await post("/review/decide", decision);
    open.set(request, then);
    listen();
  } catch (error) {
    then({ refused: `not noted: ${error.message}` });
  } finally {
    unnoted -= 1;
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

// What a key does while the field is empty or does not have the focus: it writes there all the same.
function edit(key, isField) {
  const item = queue[0];
  if (!item || isWord(item)) return null;
  if (item.one_key && !typed.value && /^[0-9]$/.test(key)) return () => decide(key);
  if (key === "Backspace" && !typed.value) return () => type(item.value.slice(0, -1)); // corrects what was read
  if (isField) return null;
  if (key === "Backspace") return () => type(typed.value.slice(0, -1));
  const goesOn = /^[0-9.,-]$/.test(key) || (key === " " && typed.value);
  return goesOn && typed.value.length < typed.maxLength ? () => type(typed.value + key) : null;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target === who || by("keys").open) return;
  if (event.repeat && (event.key !== "Backspace" || !typed.value)) return;
  // A button is pressed by Space; Enter confirms what is shown, wherever the focus is.
  if (event.key === " " && event.target.matches("button")) return;
  if (event.key === "Enter" && (event.target.matches("a, button.line") || !queue[0])) return;
  const act = ACTIONS[event.key] ?? chosen(event.key) ?? edit(event.key, event.target === typed);
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("input", (event) => event.target === typed && changed());

for (const [id, key] of Object.entries({ confirm: "Enter", none: "x", blank: "m", unreadable: "l", skip: "s", again: "r", undo: "u", "undo-last": "u", next: "n", help: "?" })) {
  by(id).addEventListener("click", ACTIONS[key]);
}
// What was clicked does not keep the focus: Enter confirms.
document.addEventListener("pointerup", () => setTimeout(() => document.activeElement.matches("button") && document.activeElement.blur()));

for (const part of Object.keys(PICTURES)) {
  by(part).addEventListener("error", () => (by(part).alt = "The file is not there any more."));
}

by("return").addEventListener("click", comeBackTo);

who.value = localStorage.getItem("who") ?? "";
who.addEventListener("change", () => localStorage.setItem("who", who.value));

await fetchMore();
by("kinds").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
for (;;) {
  await wait(3);
  if (queue.length < ENOUGH) await fetchMore();
}
