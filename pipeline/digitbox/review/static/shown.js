// The reading that is to be decided about, as people see it.

import { LETTERS, bars, by, percent, showAlternatives, why } from "./page.js";
import { isWord, neighbour, showPage } from "./fields.js";
import { place } from "./notices.js";
import { placed, showStrips } from "./strips.js";
import { typeFor } from "./typing.js";
import { IS_SPOT, KIND, SOURCE, isPage, leftOf, queue, skipped, whenGone } from "./work.js";
import { isNear, move, nearer, whole, zoomable } from "./zoom.js";

const DIGITS = ["1", "2", "3", "4", "5"]; // the keys of alternatives that are letters, and others
const WORTH_SAYING = 0.01; // of a probability
const MOST_OF_IT = 0.6; // of a page
const PICTURES = { scan: "The scan", frames: "What the network saw" };
const PAGES = { page_missing: "missing", page_doubled: "doubled" };

// Makes what shows the first of the queue. `decide` is called with what is chosen, `go` with another field of its page,
// `isTaken` says which letters are the keys of something else.
export function makeView({ decide, go, isTaken }) {
  const showBars = bars(by("digits"), decide);

  // Shows the first of the queue; returns whether it was not shown before.
  function show() {
    const item = queue[0];
    by("reading").hidden = !item;
    by("nothing").hidden = Boolean(item);
    showKinds();
    if (!item) return false;
    by("left").textContent = `${Math.max(leftOf(KIND), queue.length)} left`;
    if (by("reading").dataset.id === String(item.id)) return false; // what is typed stays
    by("reading").dataset.id = item.id;
    by("file").textContent = place({ ...item, field: null });
    by("guess").textContent = guessOf(item);
    by("guess").parentElement.className = `guess ${item.status}`;
    const status = item.isAsked ? [item.status.replaceAll("_", " ")] : []; // in the queue it is known
    const says = [...status, ...odds(item), why(item.reason), ...others(item)];
    by("why").textContent = IS_SPOT ? "" : says.filter(Boolean).join(", ");
    showParts(item);
    const shown = choices(item);
    by("alternatives").hidden = !shown.length;
    showBars(item.probabilities, item.value);
    showAlternatives(by("alternatives"), shown, item.value, decide, keysOf(shown));
    showPictures(item);
    showGone(item);
    around(item);
    return true;
  }

  // The fields beside the one that is shown, and the input that is its own.
  function around(item) {
    showPage(item, go);
    by("next").disabled = !neighbour(item, 1);
    typeFor(item);
  }

  // What a key chooses of what is shown with keys, if anything.
  function chosen(key) {
    const others = queue[0] ? choices(queue[0]) : [];
    const one = others[keysOf(others).indexOf(key.toLowerCase())];
    return one ? () => decide(one.value) : null;
  }

  // The key of each: a choice of A and B has the keys a and b, also where B is the likelier one.
  function keysOf(others) {
    const own = others.map((one) => one.value.toLowerCase());
    if (new Set(own).size === own.length && own.every((key) => /^[a-z]$/.test(key) && !isTaken(key))) return own;
    return own.some((key) => LETTERS.includes(key)) ? DIGITS : LETTERS;
  }

  return { show, around, chosen };
}

// It is to be shown anew, also where it is the next one again.
export const hide = () => delete by("reading").dataset.id;

export const isShown = (item) => by("reading").dataset.id === String(item.id);

function showParts(item) {
  by("strips").hidden = !item.pictures.written;
  by("reading").classList.toggle("field", Boolean(item.field));
  by("field").textContent = item.field;
  by("of").textContent = item.form ? `of the form ${item.form}` : "";
  by("none").firstChild.textContent = item.field ? "Nothing there " : "Not a number ";
  by("next").hidden = !item.field || IS_SPOT;
  by("digits").hidden = IS_SPOT || !isDigit(item);
  by("reading").classList.toggle("whole", isPage(item));
  by("blank").hidden = isPage(item) || Boolean(item.field); // of a field, said by the button before it
  by("unreadable").hidden = isPage(item);
  by("none").hidden = isPage(item) || item.kind === "not_digit";
}

// One picture is large: what is written, or where nothing was found, the page. Else the page is beside it, and the place on
// it marked.
function showPictures(item) {
  const { written, frames } = item.pictures;
  const scan = written && fills(item) ? null : item.pictures.scan; // what is large is the page
  if (written) showStrips(by("strips"), item, written.src, Number(by("strips").dataset.accept));
  by("reading").classList.toggle("lone", Boolean(scan) && !written);
  by("behind").hidden = !scan;
  by("zoom").hidden = !scan && !written;
  by("network").hidden = !frames;
  by("saw").hidden = true;
  by("network").setAttribute("aria-expanded", "false");
  if (frames) by("frames").src = frames.src;
  if (!scan) return;
  whole(by("page"));
  by("scan").src = scan.src;
  by("scan").alt = PICTURES.scan;
  by("scan").className = scan.naturalWidth < 100 ? "small" : "";
  if (item.width) by("page").style.setProperty("--aspect", item.width / item.height);
  by("place").hidden = !item.written;
  if (item.written) placed(by("place"), item.written, { x: 0, y: 0, width: item.width, height: item.height });
}

function showGone(item) {
  if (item === queue[0]) by("gone").hidden = !item.isGone;
}

const area = ({ width, height }) => width * height;

const fills = (item) => area(item.written) > MOST_OF_IT * area(item);

// What the network saw, or not any more.
export function toggleNetwork() {
  if (by("network").hidden) return;
  by("saw").hidden = !by("saw").hidden;
  by("network").setAttribute("aria-expanded", String(!by("saw").hidden));
}

// The picture that is large.
const largest = () => document.querySelector(by("reading").classList.contains("lone") ? "#page" : "#strips .view");

export function lookNearer() {
  if (largest()) nearer(largest());
}

// What an arrow key does while the picture is near; null while it is not.
export function moving(key) {
  const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const view = largest();
  return directions[key] && view && isNear(view) ? () => move(view, ...directions[key]) : null;
}

const odds = ({ value, confidence }) => (value && confidence !== null ? [percent(confidence)] : []);

// Of a single digit there are ten bars.
const isDigit = ({ value, field, candidates }) => value.length < 2 && !field && candidates > 0;

function others(item) {
  return isDigit(item) && item.no_digit >= WORTH_SAYING ? [`may be no digit: ${percent(item.no_digit)}`] : [];
}

function guessOf(item) {
  if (item.kind === "failed") return "could not be read";
  if (item.kind === "not_digit") return "not a number";
  return PAGES[item.kind] ?? (item.value || "blank");
}

// Of a single digit the ten bars say it all, but for the likeliest numbers.
function choices(item) {
  const { alternatives, value, field } = item;
  if (IS_SPOT && !isWord(item)) return []; // it is typed
  if (value.length === 1 && !field) return alternatives.filter((one) => one.value.length > 1).slice(0, 2);
  return alternatives.some((one) => one.value !== value) ? alternatives : [];
}

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

whenGone(showGone);
zoomable(by("page"), by("paper"));

for (const part of Object.keys(PICTURES)) {
  by(part).addEventListener("error", () => (by(part).alt = "The file is not there any more."));
}
