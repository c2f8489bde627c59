// The fields of a page as a list: whatever is drawn can be typed here, too.

import { boxesOf, KEYS } from "./draft.js";
import { element, percent, why } from "./page.js";

const TYPES = { digits: "digits: an identifier", number: "number: a value", checkbox: "checkbox", choice: "choice: one of several boxes", table: "table: numbers in rows and columns", image: "image: not read" };

const TEXTS = {
  length: ["Digits", "one number, or the least and the most: 5-8"],
  decimals: ["Decimals", "at most so many, or: written"],
  min: ["Least value", ""],
  max: ["Largest value", ""],
  filler: ["Filler", "what people write into empty cells"],
  list: ["List", "a CSV beside form.yaml"],
  rows: ["Rows", ""],
  header: ["Header rows", ""],
};

const SWITCHES = { cells: "One digit in each printed cell", sign: "May have a minus", unique: "No two pages have the same", required: "Must not be blank" };

const ORDER = ["length", "cells", "decimals", "sign", "min", "max", "filler", "list", "rows", "header", "unique", "required"];

const SIDES = ["x", "y", "width", "height"];

// The type of a field, and how many decimals it has.
function kindOf({ type, decimals }) {
  if (!decimals) return type;
  return `${type}, ${decimals === "written" ? "separators as written" : `${decimals} decimal${decimals === 1 ? "" : "s"}`}`;
}

// What is typed → what stands in the template; undefined: the key is left out.
function valued(key, text) {
  const said = text.trim();
  if (said === "") return undefined;
  if (key === "filler" || key === "list") return said;
  const range = key === "length" && /^(\d+)\s*[-–,]\s*(\d+)$/.exec(said);
  if (range) return [Number(range[1]), Number(range[2])];
  return Number.isFinite(Number(said)) ? Number(said) : said; // the server says what is wrong with it
}

const typed = (value) => (Array.isArray(value) ? value.join("-") : (value ?? ""));

export class List {
  constructor(place, draft) {
    this.place = place;
    this.draft = draft;
    this.readings = new Map(); // what a sample said, by the names of fields
    this.last = null; // the field that was chosen before
    this.fault = null; // { field, key, error }: what is wrong with a field
    draft.listen((what) => this.follow(what));
  }

  follow(what) {
    if (what === "all") this.show();
    else if (what === "boxes") this.showBoxes();
    else this.showHeads();
    if (what === "type") this.place.querySelector(".rest").replaceWith(this.rest(this.draft.chosen)); // whoever types its name goes on
  }

  show() {
    const focused = this.place.contains(document.activeElement) && document.activeElement.id;
    const top = this.place.scrollTop;
    this.place.replaceChildren(...this.draft.fields.map((field, number) => this.item(field, number)));
    this.place.scrollTop = top;
    if (this.last !== this.draft.chosen) this.reveal();
    this.last = this.draft.chosen;
    if (focused) (document.getElementById(focused) ?? this.place.querySelector("[aria-expanded=true]"))?.focus({ preventScroll: true });
  }

  // Scroll the list, and not the page, to the chosen field.
  reveal() {
    const item = this.place.querySelector(".chosen");
    if (!item) return;
    const above = item.getBoundingClientRect().top - this.place.getBoundingClientRect().top;
    const beyond = above + item.offsetHeight - this.place.clientHeight;
    if (above < 0 || beyond > 0) this.place.scrollTop += above < 0 ? above : Math.min(above, beyond);
  }

  showHeads() {
    this.draft.fields.forEach((field, number) => this.fillHead(document.getElementById(`head-${number}`), field));
  }

  showBoxes() {
    boxesOf(this.draft.chosen).forEach((box, which) => {
      SIDES.forEach((side, axis) => (document.getElementById(`box-${which}-${side}`).value = box[axis]));
    });
  }

  item(field, number) {
    const isChosen = field === this.draft.chosen;
    const made = element("li", isChosen ? "chosen" : "");
    const head = element("button", "head");
    head.id = `head-${number}`;
    head.type = "button";
    head.setAttribute("aria-expanded", isChosen);
    head.addEventListener("click", () => {
      this.draft.choose(isChosen ? null : field);
      this.opened?.();
    });
    this.fillHead(head, field);
    made.append(head);
    if (isChosen) made.append(this.keys(field));
    return made;
  }

  fillHead(head, field) {
    head.replaceChildren(element("strong", "", field.name || "(no name)"), element("span", "what", kindOf(field)));
    const read = this.readings.get(field.name);
    if (read) head.append(element("span", `read ${read.status}`, said(read)));
  }

  // The inputs of the chosen field.
  keys(field) {
    const made = element("div", "keys");
    const fault = this.fault?.field === field ? this.fault : null;
    if (fault) fault.isShown = false;
    made.append(this.text("name", "Name", "", field.name, (value) => this.draft.set(field, "name", value)));
    made.append(this.select("type", "Type", TYPES, field.type, (value) => this.draft.retype(value)));
    made.append(this.rest(field));
    if (fault && !fault.isShown) made.prepend(element("p", "wrong", fault.error));
    return made;
  }

  // All but the name and the type.
  rest(field) {
    const made = element("div", "rest");
    boxesOf(field).forEach((box, which) => made.append(this.box(field, box, which)));
    if (field.type === "choice") made.append(this.button("extend", "Add a box", () => this.draft.extend()));
    made.append(...this.known(field, KEYS[field.type], ""));
    if (field.type === "table") made.append(this.columns(field));
    made.append(this.button("remove", field.type === "choice" && field.boxes.length > 2 ? "Remove this box" : "Remove the field", () => this.draft.remove()));
    return made;
  }

  // Inputs for what is known of a field, or of a column of a table.
  known(part, keys, before) {
    return ORDER.filter((key) => keys.includes(key)).map((key) => {
      if (key in SWITCHES) return this.check(before + key, SWITCHES[key], part[key] ?? false, (is) => this.draft.set(part, key, is || undefined));
      const [label, hint] = TEXTS[key];
      return this.text(before + key, label, hint, typed(part[key]), (text) => this.draft.set(part, key, valued(key, text)));
    });
  }

  box(field, box, which) {
    const made = element("fieldset", "box-of");
    const isChoice = field.type === "choice";
    made.append(element("legend", "", isChoice ? `Box ${which + 1}` : "Box"));
    if (isChoice) {
      const pair = field.boxes[which];
      const label = (value) => this.draft.set(pair, 0, value);
      made.append(this.text(`boxes.${which}`, "Label", "", pair[0], label, `boxes.${pair[0]}`));
    }
    const sides = element("div", "sides");
    SIDES.forEach((side, axis) => {
      const input = this.input(`box-${which}-${side}`, box[axis], "number");
      Object.assign(input, { min: axis < 2 ? 0 : 1, step: "any" });
      input.addEventListener("focus", () => {
        this.draft.which = which;
        this.draft.tell("keys");
      });
      input.addEventListener("input", () => {
        if (input.value === "" || !Number.isFinite(input.valueAsNumber)) return;
        this.draft.mark(`${which} ${side}`);
        box[axis] = input.valueAsNumber;
        this.draft.tell("keys");
      });
      sides.append(this.labelled(input, side, ""));
    });
    made.append(sides);
    if (!isChoice) this.blame(made, "box");
    return made;
  }

  columns(field) {
    const made = element("fieldset", "columns");
    made.append(element("legend", "", "Columns"));
    field.columns.forEach((column, number) => {
      const isPlain = typeof column === "string";
      const part = isPlain ? { name: column } : column;
      const row = element("div", "column");
      const key = `columns[${number}]`;
      const keep = () => (field.columns[number] = Object.keys(part).length > 1 ? part : part.name);
      const kept = (change) => (value) => {
        this.draft.mark(`${key} ${change}`);
        if (value === undefined || value === "") delete part[change];
        else part[change] = value;
        if (change === "name") part.name = value ?? "";
        keep();
        this.draft.tell("keys");
      };
      row.append(this.text(`${key}.name`, `Column ${number + 1}`, "", part.name, kept("name"), key));
      if (field.columns.length > 1) {
        const drop = this.button(`${key}-drop`, "Remove", () => this.change(() => field.columns.splice(number, 1)));
        drop.setAttribute("aria-label", `Remove the column ${part.name}`);
        row.append(drop);
      }
      const more = element("details", "more");
      more.open = !isPlain || (this.fault?.key ?? "").startsWith(`${key}.`);
      more.append(element("summary", "", `what is known of ${part.name}`));
      const type = part.type ?? "number";
      more.append(this.select(`${key}.type`, "Type", { number: "number", digits: "digits" }, type, (value) => this.change(() => {
        if (value === "number") delete part.type;
        else for (const gone of ["decimals", "sign", "min", "max"]) delete part[gone];
        if (value !== "number") part.type = value;
        keep();
      })));
      for (const one of ORDER.filter((name) => KEYS[type].includes(name))) {
        if (one in SWITCHES) more.append(this.check(`${key}.${one}`, SWITCHES[one], part[one] ?? false, (is) => kept(one)(is || undefined)));
        else more.append(this.text(`${key}.${one}`, ...TEXTS[one], typed(part[one]), (text) => kept(one)(valued(one, text))));
      }
      row.append(more);
      made.append(row);
    });
    made.append(this.button("column", "Add a column", () => this.change(() => field.columns.push(`column_${field.columns.length + 1}`))));
    this.blame(made, "columns");
    return made;
  }

  change(how) {
    this.draft.mark();
    how();
    this.draft.tell("all");
  }

  button(id, text, done) {
    const made = element("button", "", text);
    made.id = `key-${id}`;
    made.type = "button";
    made.addEventListener("click", done);
    return made;
  }

  input(id, value, type) {
    const made = element("input", "");
    Object.assign(made, { id, type, value, autocomplete: "off", spellcheck: false });
    return made;
  }

  text(key, label, hint, value, changed, about = key) {
    const input = this.input(`key-${key}`, value, "text");
    input.addEventListener("input", () => changed(input.value));
    return this.labelled(input, label, hint, about);
  }

  check(key, label, value, changed) {
    const input = this.input(`key-${key}`, "", "checkbox");
    input.checked = value;
    input.addEventListener("change", () => changed(input.checked));
    const made = this.labelled(input, label, "", key);
    made.className = "check";
    made.prepend(input);
    return made;
  }

  select(key, label, options, value, changed) {
    const made = element("select", "");
    made.id = `key-${key}`;
    made.append(...Object.entries(options).map(([name, text]) => new Option(text, name, false, name === value)));
    made.addEventListener("change", () => changed(made.value));
    return this.labelled(made, label, "", key);
  }

  labelled(input, text, hint, about = null) {
    const made = element("div", "pair");
    const label = element("label", "", text);
    label.htmlFor = input.id;
    made.append(label, input);
    if (hint) {
      const said = element("span", "what", hint);
      said.id = `${input.id}-hint`;
      input.setAttribute("aria-describedby", said.id);
      made.append(said);
    }
    if (about !== null) this.blame(made, about, input);
    return made;
  }

  // Say in `made` what is wrong with what it is about.
  blame(made, about, input = null) {
    if (this.fault?.field !== this.draft.chosen || this.fault.key !== about) return;
    this.fault.isShown = true;
    made.append(element("p", "wrong", this.fault.error));
    input?.setAttribute("aria-invalid", "true");
  }
}

export const STATUS = { accepted: "accepted", review: "to be reviewed", blank: "blank", not_digit: "not read", failed: "failed" };

function said(read) {
  if (read.status === "blank") return "blank";
  return `${read.value ?? "?"} ${percent(read.confidence ?? 0)}${read.status === "review" ? `, ${why(read.reason)}` : ""}`;
}
