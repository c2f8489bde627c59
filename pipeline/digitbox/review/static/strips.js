// What was read, set under the picture of it, each digit at its place.

import { element, percent } from "./page.js";
import { zoomable } from "./zoom.js";

const MARGIN = 0.4; // of the height of its tallest digit: what is shown around a line

const isDigit = (character) => /[0-9]/.test(character);

// `found` is a number, or several marks, or a field of a form: all of it is to be seen together.
export const isNumber = (found) =>
  Boolean(found.field) || found.digits.length > 1 || (found.value ?? "").length > 1;

// Shows `found` in `place`: one strip a line. `picture` is that of what is written, `sure` the confidence from which a
// digit is not marked as in doubt.
export function showStrips(place, found, picture, sure) {
  const shown = found.written ? parts(found) : [];
  place.style.setProperty("--rows", shown.length);
  place.replaceChildren(...shown.map((part) => strip(part, found, picture, sure)));
}

function parts(found) {
  const counts = found.lines.map((line) => [...line.value].filter(isDigit).length);
  if (counts.length < 2 || counts.reduce((sum, count) => sum + count, 0) !== found.digits.length) {
    return [{ value: found.value ?? "", digits: found.digits, box: found.written }];
  }
  let last = 0;
  return found.lines.map((line, number) => {
    const digits = found.digits.slice(last, (last += counts[number]));
    return { value: line.value, digits, box: around([line.box, ...digits.map((digit) => digit.box)], found.written) };
  });
}

// The rectangle that `boxes` and a margin fill, within another one.
function around(boxes, within) {
  const margin = MARGIN * Math.max(...boxes.slice(1).map((box) => box.height));
  const left = Math.max(within.x, Math.min(...boxes.map((box) => box.x)) - margin);
  const top = Math.max(within.y, Math.min(...boxes.map((box) => box.y)) - margin);
  const right = Math.min(within.x + within.width, Math.max(...boxes.map((box) => box.x + box.width)) + margin);
  const bottom = Math.min(within.y + within.height, Math.max(...boxes.map((box) => box.y + box.height)) + margin);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function strip(part, found, picture, sure) {
  const made = element("figure", "strip");
  made.style.setProperty("--aspect", part.box.width / part.box.height);
  const view = element("div", "view");
  const image = new Image();
  image.alt = "What is written";
  image.addEventListener("error", () => (image.alt = "The file is not there any more."));
  image.src = picture;
  const layer = element("div", "");
  layer.append(placed(image, found.written, part.box));
  if (found.box) layer.append(placed(element("span", "box"), found.box, part.box)); // of a field of a form
  const digits = inReadingOrder(part.digits);
  const boxes = digits.map((digit) => placed(element("span", "box"), digit.box, part.box));
  layer.append(...boxes);
  view.append(layer);
  zoomable(view, layer);
  made.append(view);
  if (part.digits.length === 0) return made; // a field of a form: it is known as a whole
  const read = [...part.value].filter(isDigit);
  // Marks that are no number stand anywhere: each has its digit at its box.
  if (read.length === part.digits.length) made.append(marks(part, sure));
  else digits.forEach((digit, number) => boxes[number].append(element("span", "tag", digit.value)));
  return made;
}

// Line by line, from left to right.
function inReadingOrder(digits) {
  const middle = ({ box }) => box.y + box.height / 2;
  const lines = [];
  for (const digit of [...digits].sort((one, other) => middle(one) - middle(other))) {
    const above = lines.at(-1)?.[0].box;
    if (!above || middle(digit) > above.y + above.height) lines.push([]);
    lines.at(-1).push(digit);
  }
  return lines.flatMap((line) => line.sort((one, other) => one.box.x - other.box.x));
}

// Sets `what` where `box` lies within another one.
export function placed(what, box, within) {
  what.style.left = `${(100 * (box.x - within.x)) / within.width}%`;
  what.style.top = `${(100 * (box.y - within.y)) / within.height}%`;
  what.style.width = `${(100 * box.width) / within.width}%`;
  what.style.height = `${(100 * box.height) / within.height}%`;
  return what;
}

// The characters of a line, each below what it was read of; points and commas between their neighbours.
function marks({ value, digits, box }, sure) {
  const made = element("div", "marks");
  const middles = digits.map((digit) => digit.box.x + digit.box.width / 2);
  const gaps = middles.slice(1).map((middle, number) => Math.abs(middle - middles[number]));
  made.style.setProperty("--pitch", (100 * Math.min(box.width, ...gaps)) / box.width);
  let number = 0;
  for (const character of value) {
    const digit = digits[number];
    const before = digits[number - 1];
    let at;
    if (isDigit(character)) {
      at = middles[number];
      number += 1;
    } else if (before && digit) {
      at = (before.box.x + before.box.width + digit.box.x) / 2;
    } else {
      at = (box.x + digit.box.x) / 2; // a minus
    }
    const mark = element("span", "mark", character);
    mark.style.left = `${(100 * (at - box.x)) / box.width}%`;
    if (isDigit(character)) {
      mark.title = percent(digit.confidence);
      mark.classList.toggle("doubt", digit.confidence < sure);
    }
    made.append(mark);
  }
  return made;
}
