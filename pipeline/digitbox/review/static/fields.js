// The page of a form: its fields, beside the one that is decided about.

import { by, element, get, percent, why } from "./page.js";
import { placed } from "./strips.js";
import { whole as fromAfar, zoomable } from "./zoom.js";

const STATUSES = { review: "to review", accepted: "accepted", blank: "blank", not_digit: "unreadable" };

zoomable(by("whole"), by("whole").firstElementChild);

const pages = new Map(); // number of a reading → the page that it is of
let turns = 0; // how often something was asked or noted

// What is known of the page of a reading; undefined until it was asked for.
export const pageOf = (item) => pages.get(item.id);

// Asks for the fields of the page of `item`, as they are now. `isOpen` says whether one is to be decided about.
export async function refreshed(item, isOpen) {
  const turn = (turns += 1);
  const { items } = await get(`/review/fields?reading=${item.id}`);
  const known = [item, ...items].map(pageOf).find(Boolean);
  const page = known ?? { checked: new Set(), picture: `/image/${item.id}/scan.png?${item.row}` };
  pages.set(item.id, page);
  if (page.turn > turn) return page; // what was asked later is newer
  Object.assign(page, { items, turn });
  for (const one of items) {
    one.is_open = isOpen(one);
    if (one.reason === "check_failed") page.checked.add(one.field); // also when it is decided: to be compared
    pages.set(one.id, page);
  }
  return page;
}

// `again` comes back for `item`, whose decision was undone.
export function comeBack(item, again) {
  const page = pageOf(item);
  if (!page) return;
  pages.set(again.id, page);
  page.turn = turns += 1; // answers that are on their way do not know it
  page.items = page.items.map((one) => (one.field === again.field ? { ...again, is_open: true } : one));
}

// Notes that a field was decided about, until the page is asked for again.
export function settle(item) {
  const one = pageOf(item)?.items.find(({ id }) => id === item.id);
  if (one) one.is_open = false;
}

// The field in review that comes `step` after that of `item` (1 or -1), from the end on from the other one.
export function neighbour(item, step) {
  const items = pageOf(item)?.items ?? [];
  const at = items.findIndex(({ field }) => field === item.field);
  const others = [...items.slice(at + 1), ...items.slice(0, Math.max(at, 0))].filter((one) => one.is_open);
  return others.at(step > 0 ? 0 : -1);
}

export const isChecked = (item) => Boolean(pageOf(item)?.checked.has(item.field));

// Shows the page of `item`; `go` is called with another field that is to be decided about.
export function showPage(item, go) {
  const page = pageOf(item);
  by("sheet").hidden = !page;
  by("check").hidden = !isChecked(item);
  if (!page) return;
  showPicture(page, item, go);
  showList(page, item, go);
  showChecked(page, item, go);
}

function showPicture(page, item, go) {
  const place = by("whole");
  const layer = place.firstElementChild;
  place.parentElement.hidden = !item.width; // of a page that is missing there is no picture
  if (!item.width) return;
  const whole = { x: 0, y: 0, width: item.width, height: item.height };
  place.style.setProperty("--aspect", item.width / item.height);
  if (place.dataset.picture !== page.picture) {
    place.dataset.picture = page.picture;
    const image = new Image();
    image.alt = "The page";
    image.addEventListener("error", () => (image.alt = "The file is not there any more."));
    image.src = page.picture;
    fromAfar(place);
    layer.replaceChildren(placed(image, whole, whole));
  }
  while (layer.children.length > 1) layer.lastChild.remove();
  for (const one of page.items) {
    if (!one.box) continue;
    const box = placed(element("span", "box"), one.box, whole);
    box.title = one.field;
    box.classList.toggle("open", one.is_open);
    box.classList.toggle("shown", one.field === item.field);
    if (one.is_open) box.addEventListener("click", () => go(one));
    layer.append(box);
  }
}

function showList(page, item, go) {
  const list = by("fields");
  const scrolled = list.scrollTop;
  list.replaceChildren(...page.items.map((one) => {
    const row = element("li", one.is_open ? "open" : "");
    const line = element(one.is_open ? "button" : "div", `line ${isDecided(one) ? "decided" : one.status}`);
    line.append(element("span", "name", one.field), element("strong", "", one.value || "–"), element("span", "what status", state(one)));
    if (one.is_open) line.addEventListener("click", () => go(one));
    if (one.field === item.field) line.setAttribute("aria-current", "true");
    row.append(line);
    return row;
  }));
  list.scrollTop = scrolled;
  reveal(list, list.querySelector("[aria-current]"));
}

// Scrolls within `list` alone: the page stays where it is.
function reveal(list, row) {
  if (!row) return;
  const [outer, inner] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
  if (inner.top < outer.top) list.scrollTop += inner.top - outer.top;
  if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom;
}

const isDecided = (one) => one.status === "review" && !one.is_open;

// Status and reason, in words.
function state(one) {
  if (isDecided(one)) return "decided";
  const share = one.is_open && one.confidence !== null ? percent(one.confidence) : "";
  return [STATUSES[one.status] ?? one.status, why(one.reason), share].filter(Boolean).join(", ");
}

const cards = new Map(); // field → its card; kept, so that what is typed and the focus stay
let carded = null; // the page that they are of

function showChecked(page, item, go) {
  if (carded !== page) cards.clear();
  carded = page;
  const shown = page.items.filter(({ field }) => page.checked.has(field));
  for (const one of shown) {
    if (!cards.has(one.field)) cards.set(one.field, card());
    fill(cards.get(one.field), one, item, go);
  }
  const made = shown.map(({ field }) => cards.get(field));
  const place = by("checked");
  if (made.length !== place.children.length || made.some((one, number) => one !== place.children[number])) {
    place.replaceChildren(...made);
  }
  reveal(place, cards.get(item.field));
}

function card() {
  const made = element("li", "card");
  const label = document.createElement("label");
  const input = element("input", "typed");
  Object.assign(input, { maxLength: by("typed").maxLength, autocomplete: "off", spellcheck: false, enterKeyHint: "done" });
  input.setAttribute("aria-describedby", "hint");
  const view = element("span", "view");
  view.append(new Image(), element("span", "box"));
  label.append(element("span", "name"), view, element("strong"), input);
  made.append(label, element("span", "what"));
  return made;
}

function fill(made, one, item, go) {
  const [name, view, value, input] = made.firstChild.children;
  const [image, box] = view.children;
  // A decision does not change what is written: the picture stays.
  if (!image.src) image.src = `/image/${one.id}/written.png?${one.row}`;
  if (one.written) {
    view.style.setProperty("--aspect", one.written.width / one.written.height);
    placed(image, one.written, one.written);
    placed(box, one.box, one.written);
  }
  image.alt = `What is written in ${one.field}`;
  name.textContent = one.field;
  value.textContent = one.value || "blank";
  input.hidden = isWord(one);
  input.disabled = !one.is_open;
  input.placeholder = one.value ?? "";
  input.inputMode = modeOf(one);
  input.onfocus = () => go(one);
  made.onclick = () => one.is_open && go(one);
  made.lastChild.textContent = one.is_open ? "to review" : state(one);
  made.classList.toggle("shown", one.field === item.field);
}

// Where what is typed for `item` stands among the fields of a check; null where it is none of them.
export function inputOf(item) {
  const input = carded === pageOf(item) ? cards.get(item.field)?.querySelector("input") : null;
  return input && isChecked(item) && !input.hidden ? input : null;
}

// Where only digits can be right, a phone needs no other keys.
export const modeOf = ({ reason, value }) => (reason === "minus" || /[- ]/.test(value ?? "") ? "text" : "decimal");

// A checkbox, or a choice: what it says is chosen, and not typed.
export const isWord = ({ field, alternatives, value }) =>
  Boolean(field) && [value ?? "", ...alternatives.map((one) => one.value)].some((one) => /[^0-9., -]/.test(one));
