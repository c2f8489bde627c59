// The fields of a page, laid over it: drawn, moved and resized with a mouse, a pen or a finger.

import { boxesOf } from "./draft.js";

const SVG = "http://www.w3.org/2000/svg";
const LEAST = 4; // pixels of the screen: less is a click
const HANDLE = 5; // half a handle's side, in pixels of the screen
const ROOMY = 44; // sides so long have a handle in their middle

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function shape(name, attributes, text = null) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== null) made.textContent = text;
  return made;
}

// `text` so large, in pixels of the page.
export function words(text, x, y, size) {
  const made = shape("text", { x, y, "stroke-width": size / 4 }, text);
  made.style.fontSize = `${size}px`; // an attribute would count less than the style sheet
  return made;
}

const rectangle = ([x, y, width, height], more = {}) => shape("rect", { x, y, width, height, ...more });

export class Drawing {
  constructor(svg, draft) {
    this.svg = svg;
    this.draft = draft;
    this.action = null; // what the pointer does now
    this.isDrawing = false; // also over fields, and with a finger
    svg.addEventListener("pointerdown", (event) => this.begin(event));
    svg.addEventListener("pointermove", (event) => this.go(event));
    svg.addEventListener("pointerup", () => this.end(true));
    svg.addEventListener("pointercancel", () => this.end(false));
    // What touch-action says of parts of an SVG does not keep Chromium from scrolling.
    svg.addEventListener("touchstart", (event) => (this.isDrawing || event.target.closest(".field, .handle")) && event.preventDefault(), { passive: false });
    svg.addEventListener("focusin", (event) => this.enter(event.target));
    new ResizeObserver(() => this.show()).observe(svg);
    draft.listen(() => this.show());
  }

  // Pixels of the page that a pixel of the screen is.
  get scale() {
    return this.draft.size[0] / Math.max(1, this.svg.getBoundingClientRect().width);
  }

  show() {
    const { svg, draft, scale } = this;
    const had = svg.contains(document.activeElement);
    svg.setAttribute("viewBox", `0 0 ${draft.size.join(" ")}`);
    svg.classList.toggle("drawing", this.isDrawing);
    const made = draft.fields.flatMap((field, number) => boxesOf(field).map((box, which) => this.field(field, number, box, which, scale)));
    if (this.action?.box && !this.action.chosen) made.push(rectangle(this.action.box, { class: "new" }));
    if (draft.box) made.push(...this.handles(draft.box, scale));
    svg.replaceChildren(...made);
    if (had) svg.querySelector(".chosen")?.focus({ preventScroll: true });
  }

  field(field, number, box, which, scale) {
    const isChosen = field === this.draft.chosen;
    const isIt = isChosen && which === this.draft.which;
    const label = field.type === "choice" ? `${field.name}: ${field.boxes[which][0]}` : field.name;
    const isFirst = this.draft.chosen ? isIt : number === 0 && which === 0;
    const group = shape("g", {
      class: `field${isChosen ? " near" : ""}${isIt ? " chosen" : ""}`,
      "data-field": number,
      "data-which": which,
      tabindex: isFirst ? 0 : -1,
      role: "button",
      "aria-pressed": isIt,
      "aria-label": `${label}, ${field.type}`,
    });
    const [x, y, width, height] = box;
    group.append(rectangle(box), ...lines(field, box).map((points) => shape("line", points)));
    const above = y > 16 * scale ? y - 4 * scale : y + height + 13 * scale;
    group.append(words(label, x, above, 13 * scale));
    return group;
  }

  handles([x, y, width, height], scale) {
    const out = HANDLE * scale;
    const across = [[-1, x - out], [1, x + width + out]];
    const down = [[-1, y - out], [1, y + height + out]];
    if (width > ROOMY * scale) across.push([0, x + width / 2]);
    if (height > ROOMY * scale) down.push([0, y + height / 2]);
    return across.flatMap(([toX, left]) =>
      down.filter(([toY]) => toX || toY).map(([toY, top]) => {
        const made = shape("g", { class: `handle to${toX * toY || (toX ? "x" : "y")}`, "data-x": toX, "data-y": toY });
        const square = (half, more) => rectangle([left - half, top - half, 2 * half, 2 * half], more);
        made.append(square(2.4 * out, { class: "around" }), square(out));
        return made;
      }),
    );
  }

  at(event) {
    const box = this.svg.getBoundingClientRect();
    const [wide, high] = this.draft.size;
    const [x, y] = [((event.clientX - box.left) * wide) / box.width, ((event.clientY - box.top) * high) / box.height];
    return [Math.round(Math.min(Math.max(x, 0), wide)), Math.round(Math.min(Math.max(y, 0), high))];
  }

  begin(event) {
    if (event.button !== 0 || this.action) return;
    const from = this.at(event);
    const handle = event.target.closest(".handle");
    const found = event.target.closest(".field");
    if (handle) {
      this.action = { to: [Number(handle.dataset.x), Number(handle.dataset.y)] };
    } else if (found && !this.isDrawing) {
      const field = this.draft.fields[found.dataset.field];
      this.draft.choose(field, Number(found.dataset.which));
      this.action = { to: null };
    } else if (this.isDrawing || event.pointerType !== "touch") {
      this.draft.choose(null);
      this.action = { box: [...from, 0, 0] };
    } else {
      this.draft.choose(null); // a finger that is moved there scrolls
      return;
    }
    event.preventDefault();
    this.action = { ...this.action, from, chosen: this.draft.chosen, was: this.draft.box && [...this.draft.box], moved: false };
    this.svg.setPointerCapture(event.pointerId);
    this.svg.querySelector(".chosen")?.focus({ preventScroll: true });
  }

  go(event) {
    const { action } = this;
    if (!action) return;
    const [x, y] = this.at(event);
    const [across, down] = [x - action.from[0], y - action.from[1]];
    action.moved ||= Math.max(Math.abs(across), Math.abs(down)) >= LEAST * this.scale;
    if (!action.moved) return;
    if (!action.chosen) {
      action.box = [Math.min(x, action.from[0]), Math.min(y, action.from[1]), Math.abs(across), Math.abs(down)];
      this.show();
    } else if (action.to) {
      this.draft.place(resized(action.was, action.to, [across, down], this.draft.size), "drag");
    } else {
      this.draft.place([action.was[0] + across, action.was[1] + down, action.was[2], action.was[3]], "drag");
    }
  }

  end(isDone) {
    const { action } = this;
    if (!action) return;
    this.action = null;
    const [, , width, height] = action.box ?? [];
    if (action.chosen && !isDone) this.draft.place(action.was, "drag");
    this.draft.last = null;
    if (!action.chosen && isDone && action.moved && Math.min(width, height) >= LEAST * this.scale) {
      this.draft.add(action.box);
      this.added?.();
    }
    this.show();
  }

  enter(target) {
    const found = target.closest(".field");
    if (found) this.draft.choose(this.draft.fields[found.dataset.field], Number(found.dataset.which));
  }

  // Scroll `sheet`, and not the page, to the chosen field.
  reveal(sheet) {
    if (!this.draft.box) return;
    const [x, y, width, height] = this.draft.box.map((side) => side / this.scale);
    const near = (from, start, length, room) => (start < from || start + length > from + room ? start + Math.min(length, room) / 2 - room / 2 : from);
    sheet.scrollLeft = near(sheet.scrollLeft, x, width, sheet.clientWidth);
    sheet.scrollTop = near(sheet.scrollTop, y, height, sheet.clientHeight);
  }

  // What a key does with the chosen field; whether it did something.
  press(event) {
    const { draft } = this;
    if (event.key === "Escape" && (this.action || draft.chosen)) {
      if (this.action) this.end(false);
      else draft.choose(null);
    } else if (!draft.chosen || event.ctrlKey || event.altKey || event.metaKey) return false;
    else if (event.key in ARROWS) draft.move(...ARROWS[event.key].map((step) => step * (event.shiftKey ? 10 : 1)));
    else if (event.key === "Delete" || event.key === "Backspace") draft.remove();
    else return false;
    return true;
  }
}

// `box` with the sides that are dragged moved so far: `to` has -1 for its left and top ones.
function resized([x, y, width, height], to, by, size) {
  const side = (start, length, which, step, most) => {
    const [first, last] = [start + (which < 0 ? step : 0), start + length + (which > 0 ? step : 0)];
    const [low, high] = which < 0 ? [Math.min(first, last - 1), last] : [first, Math.max(last, first + 1)];
    return [Math.max(low, 0), Math.min(high, most)];
  };
  const [left, right] = side(x, width, to[0], by[0], size[0]);
  const [top, bottom] = side(y, height, to[1], by[1], size[1]);
  return [left, top, right - left, bottom - top];
}

// The lines between the cells of a comb, or of a table.
function lines(field, [x, y, width, height]) {
  const isTable = field.type === "table";
  const columns = isTable ? field.columns.length : field.cells ? Number(field.length) || 1 : 1;
  const rows = isTable ? (Number(field.rows) || 1) + (Number(field.header) || 0) : 1;
  const between = (count) => Array.from({ length: Math.min(count, 600) - 1 }, (_, number) => (number + 1) / count);
  return [
    ...between(columns).map((share) => ({ x1: x + share * width, x2: x + share * width, y1: y, y2: y + height })),
    ...between(rows).map((share) => ({ x1: x, x2: x + width, y1: y + share * height, y2: y + share * height })),
  ];
}
