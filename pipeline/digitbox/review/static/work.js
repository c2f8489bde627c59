// What is to be decided about: what is at hand, what comes back at the end, and how much is left.

import { by, get, wait } from "./page.js";
import { said, sendTo, unnoted } from "./decisions.js";
import { learn } from "./expected.js";
import { pageOf } from "./fields.js";
import { isDecided } from "./kept.js";
import { tellConnection } from "./notices.js";
import { isNumber } from "./strips.js";

const ENOUGH = 10; // readings at hand, their pictures loaded

export const KIND = new URLSearchParams(location.search).get("kind") ?? ""; // what is to be shown; all where empty
export const SOURCE = by("kinds").dataset.source; // what is asked for instead of the queue: one reading, say
export const IS_SPOT = SOURCE.startsWith("spot"); // a spot check: nothing is shown that says how sure it was
const PAGES = ["page_missing", "page_doubled"]; // what is said of whole pages of forms

export const queue = []; // [0] is shown
export const skipped = []; // what is to come back at the end
const seen = new Set(); // what was at hand, by id
let left = {}; // how many there are of each kind
let last = null; // how far the queue was fetched
let fetching = false;
let show = () => {};
let miss = () => {};

// `then` is called when more is at hand.
export function whenFetched(then) {
  show = then;
}

// `then` is called with a reading whose picture cannot be had.
export function whenGone(then) {
  miss = then;
}

export const isPage = ({ kind }) => PAGES.includes(kind);

export const leftOf = (kind) => (kind ? left[kind] ?? 0 : Object.values(left).reduce((sum, one) => sum + one, 0));

// Fetches more where little is at hand.
export async function fetchMore(enough = ENOUGH) {
  if (fetching || queue.length >= enough) return;
  fetching = true;
  try {
    const asked = new URLSearchParams(SOURCE || { kind: KIND });
    if (last) for (const [name, value] of [["status", last.status], ["confidence", last.confidence ?? 0], ["id", last.id]]) asked.set(name, value);
    const before = unnoted() === 0 && said;
    const found = await get(`/review/queue?${asked}`);
    tellConnection(null);
    sendTo(found.ledger);
    if (before === said) left = found.left; // else it counts what was decided meanwhile
    last = found.items.at(-1) ?? null; // at the end: from the start again, for what is new
    for (const item of found.items) {
      if (seen.has(item.id) || isDecided(item)) continue;
      seen.add(item.id);
      item.isAsked = Boolean(SOURCE);
      queue.push(loaded(item));
    }
  } catch (error) {
    tellConnection(error, unnoted());
    await wait(2);
  } finally {
    fetching = false;
  }
  show();
}

function loaded(item) {
  learn(item.form);
  item.value ??= ""; // a field that is blank
  const parts = partsOf(item);
  item.pictures = Object.fromEntries(parts.map((part) => {
    const image = new Image();
    image.src = `/image/${item.id}/${part}.png?${item.row}`; // what the browser keeps is of one ledger
    image.decode().catch(() => {}); // so that it can be shown at once
    image.addEventListener("error", () => {
      item.isGone = true;
      miss(item);
    });
    return [part, image];
  }));
  return item;
}

function partsOf(item) {
  if (item.kind === "failed" || isPage(item)) return [];
  if (item.field) return ["written"];
  if (!item.written) return ["scan"];
  return isNumber(item) || IS_SPOT ? ["scan", "written"] : ["scan", "written", "frames"];
}

// Takes what is shown out of the queue: it was decided about.
export function settled() {
  const item = queue.shift();
  left[item.kind] = leftOf(item.kind) - 1;
  return item;
}

// Of what was refused: it comes again where it still stands.
export const forget = (item) => seen.delete(item.id);

// `item` is to be decided about anew, as the reading `id`. Returns it.
export function comeAgain(item, id) {
  const again = loaded({ ...item, id });
  seen.add(again.id);
  queue.unshift(again);
  left[item.kind] = leftOf(item.kind) + 1;
  return again;
}

// Shows another field of the page that is shown.
export function bring(field) {
  seen.add(field.id);
  const aside = skipped.findIndex((one) => one.id === field.id);
  if (aside >= 0) skipped.splice(aside, 1);
  const there = queue.findIndex((one) => one.id === field.id);
  queue.unshift(there < 0 ? loaded(field) : queue.splice(there, 1)[0]);
}

// What came again as the reading `id` has another number by now.
export function renumber(id, now) {
  seen.add(now);
  for (const one of [...queue, ...skipped]) if (one.id === id) one.id = now;
}

// Takes out what others have settled.
export function takeOut(id) {
  for (const place of [queue, skipped]) {
    const at = place.findIndex((one) => one.id === id);
    if (at < 0) continue;
    const [item] = place.splice(at, 1);
    left[item.kind] = leftOf(item.kind) - 1;
    return;
  }
}

export const isSkipped = (item) => skipped.some((one) => one.id === item.id);

// What is at hand of the page of a form.
export const ofPage = (page) => queue.filter((one) => pageOf(one) === page);
