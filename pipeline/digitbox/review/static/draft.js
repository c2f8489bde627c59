// A template that is being drawn: its fields, which of them is chosen, and how it was before.
// A choice has its boxes as pairs of a label and a box; a box is [x, y, width, height].

const VALUES = ["length", "cells", "filler", "list", "unique", "required"];
const NUMERIC = [...VALUES, "decimals", "sign", "min", "max"];

export const KEYS = {
  digits: ["box", ...VALUES],
  number: ["box", ...NUMERIC],
  checkbox: ["box", "required"],
  choice: ["boxes", "required"],
  table: ["box", "rows", "columns", "header"],
  image: ["box"],
};

const MOST_STEPS = 200; // that can be undone
const SMALL = 1 / 20; // of the page's width: a square that is drawn so small is a checkbox

export const boxesOf = (field) => (field.type === "choice" ? field.boxes.map(([, box]) => box) : [field.box]);

export class Draft {
  constructor(template) {
    this.template = template;
    this.page = 0;
    this.size = [1, 1]; // of the reference
    this.chosen = null; // a field
    this.which = 0; // of its boxes
    this.listeners = [];
    this.steps = [];
    this.last = null;
    for (const page of template.pages) page.fields ??= [];
    template.checks ??= [];
  }

  get fields() {
    return this.template.pages[this.page].fields;
  }

  get box() {
    return this.chosen && boxesOf(this.chosen)[this.which];
  }

  // `listener` is told what has changed: "all", or of the chosen field its "type", "boxes" or "keys".
  listen(listener) {
    this.listeners.push(listener);
  }

  tell(what) {
    for (const listener of this.listeners) listener(what);
  }

  // Note how it is now, before a change; once for changes in a row that have the same `name`.
  mark(name = null) {
    if (name !== null && name === this.last) return;
    this.last = name;
    this.steps.push(JSON.stringify([this.template, this.page, this.fields.indexOf(this.chosen), this.which]));
    if (this.steps.length > MOST_STEPS) this.steps.shift();
  }

  undo() {
    if (!this.steps.length) return;
    const [template, page, chosen, which] = JSON.parse(this.steps.pop());
    this.last = null;
    Object.assign(this, { template, page });
    this.chosen = this.fields[chosen] ?? null;
    this.which = which;
    this.tell("all");
  }

  turn(page) {
    if (page === this.page) return;
    this.page = page;
    this.choose(null);
  }

  choose(field, which = 0) {
    if (field === this.chosen && which === this.which) return;
    this.chosen = field;
    this.which = which;
    this.last = null;
    this.tell("all");
  }

  // A field with that box, which has the next name that is free.
  add(box) {
    this.mark();
    const [, , width, height] = box;
    const isSquare = width < SMALL * this.size[0] && Math.abs(width - height) < 0.4 * Math.max(width, height);
    const made = { name: this.free("field_"), type: isSquare ? "checkbox" : "number", box: this.within(box) };
    this.fields.push(made);
    this.chosen = made;
    this.which = 0;
    this.tell("all");
  }

  free(stem) {
    const taken = new Set(this.template.pages.flatMap((page) => page.fields.map((field) => field.name)));
    let number = 1;
    while (taken.has(`${stem}${number}`)) number += 1;
    return `${stem}${number}`;
  }

  // Remove the chosen field; of a choice with more than two boxes, the chosen box.
  remove() {
    if (!this.chosen) return;
    this.mark();
    const place = this.fields.indexOf(this.chosen);
    if (this.chosen.type === "choice" && this.chosen.boxes.length > 2) {
      this.chosen.boxes.splice(this.which, 1);
      this.which = 0;
    } else {
      this.fields.splice(place, 1);
      this.chosen = this.fields[Math.min(place, this.fields.length - 1)] ?? null;
      this.which = 0;
    }
    this.tell("all");
  }

  clear() {
    this.mark();
    this.fields.length = 0;
    this.chosen = null;
    this.tell("all");
  }

  // Give the chosen box other sides.
  place(box, name) {
    this.mark(name);
    this.box.splice(0, 4, ...this.within(box));
    this.tell("boxes");
  }

  move(across, down) {
    const [x, y, width, height] = this.box;
    this.place([x + across, y + down, width, height], "move");
  }

  // `box` moved and reduced as far as it takes to lie on the page.
  within([x, y, width, height]) {
    const [wide, high] = [Math.min(Math.max(width, 1), this.size[0]), Math.min(Math.max(height, 1), this.size[1])];
    return [Math.min(Math.max(x, 0), this.size[0] - wide), Math.min(Math.max(y, 0), this.size[1] - high), wide, high];
  }

  set(part, key, value) {
    this.mark(`${this.fields.indexOf(this.chosen)} ${key}`);
    if (value === undefined) delete part[key];
    else part[key] = value;
    this.tell("keys");
  }

  // Make the chosen field one of another type: it keeps the keys that this has, too.
  retype(type) {
    this.mark();
    const field = this.chosen;
    const box = boxesOf(field)[0];
    for (const key of Object.keys(field)) if (!["name", "type", ...KEYS[type]].includes(key)) delete field[key];
    field.type = type;
    this.which = 0;
    if (type === "choice") field.boxes = [["A", box], ["B", this.beside(box)]];
    else field.box = box;
    if (type === "table") Object.assign(field, { rows: 2, columns: ["a", "b"] });
    this.tell("type");
  }

  // Give the chosen choice another box.
  extend() {
    this.mark();
    const { boxes } = this.chosen;
    const taken = new Set(boxes.map(([label]) => label));
    let code = 65; // A
    while (taken.has(String.fromCharCode(code))) code += 1;
    boxes.push([String.fromCharCode(code), this.beside(boxes.at(-1)[1])]);
    this.which = boxes.length - 1;
    this.tell("all");
  }

  beside([x, y, width, height]) {
    const right = x + 1.5 * width;
    const moved = right + width <= this.size[0] ? [right, y] : [x, y + 1.5 * height];
    return this.within([...moved.map(Math.round), width, height]);
  }
}
