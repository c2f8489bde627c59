// What is typed for a reading, and whether it is a value.

import { by } from "./page.js";
import { doubt } from "./expected.js";
import { inputOf, isWord, modeOf } from "./fields.js";
import { isPage } from "./work.js";

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

const drafts = new Map(); // what is typed for a reading, by its number
let item = null; // what is typed is of it
let doubted = null; // what was typed, and is asked about again
export let typed = by("typed"); // of a failed check, each field has an input of its own

// From now on, what is typed is of `shown`. The focus goes along.
export function typeFor(shown) {
  const before = typed;
  item = shown;
  typed = inputOf(item) ?? by("typed");
  by("typed").placeholder = item.value;
  by("typed").inputMode = modeOf(item);
  by("reading").classList.toggle("checking", typed !== by("typed"));
  by("reading").classList.toggle("word", isWord(item));
  type(drafts.get(item.id) ?? "");
  if (document.activeElement === before && before !== typed) typed.focus({ preventScroll: true });
}

export function type(text) {
  typed.value = text;
  changed();
}

// What was typed for a reading is not wanted any more. Returns whether there was anything.
export const discard = ({ id }) => drafts.delete(id);

// What is typed for a reading goes with it to its new number.
export function rename(id, now) {
  if (!drafts.has(id)) return;
  drafts.set(now, drafts.get(id));
  drafts.delete(id);
}

// It was decided about: what was typed does not come back with it.
export function decidedAbout(decided) {
  typed.value = "";
  discard(decided);
}

function changed() {
  doubted = null;
  const given = typed.value;
  typed.value = given.replaceAll(/[^0-9., -]/g, "");
  if (item && typed.value) drafts.set(item.id, typed.value);
  else drafts.delete(item?.id);
  by("confirm").firstChild.textContent = typed.value ? `Set to ${typed.value} ` : "Confirm ";
  by("confirm").disabled = Boolean(item) && !typed.value && shownSays(item) === null;
  if (given !== typed.value) { // letters cannot be typed, or pasted
    complain(NO_VALUE);
  } else {
    by("hint").textContent = hint();
    typed.removeAttribute("aria-invalid");
  }
}

// What it is to confirm what is shown; null where nothing is that could be.
export const shownSays = (shown) => shown.confirms;

function hint() {
  if (!item) return HINTS.number;
  if (isPage(item) || item.kind === "failed") return HINTS[item.kind];
  if (isWord(item)) return HINTS.word;
  if (item.one_key) return HINTS.one;
  return item.lines.length > 1 ? HINTS.lines : HINTS.number;
}

// What was typed, as a value; empty where nothing was. Null where that is none, or, the first time, where it does not fit
// what is known of values: then that is said.
export function value() {
  const text = typed.value.trim().replaceAll(/ +/g, " ");
  if (!text || text === doubted) return text;
  if (!VALUE.test(text)) return complain(NO_VALUE);
  const why = doubt(item, text);
  if (!why) return text;
  doubted = text;
  by("confirm").firstChild.textContent = `Set to ${text} all the same `;
  return complain(`${why} Press Enter again if it stands there all the same.`);
}

// Says what is wrong with what was typed; returns null.
function complain(why) {
  by("hint").textContent = why;
  typed.setAttribute("aria-invalid", "true");
  return null;
}

document.addEventListener("input", (event) => event.target === typed && changed());
