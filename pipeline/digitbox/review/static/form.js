// A form is drawn, tried on a sample and saved.

import { Draft } from "./draft.js";
import { Drawing } from "./drawing.js";
import { List } from "./inputs.js";
import { by, element, get, post } from "./page.js";
import { read, show, turnOver } from "./sample.js";

const { name, most } = by("editor").dataset;
const here = `/forms/${encodeURIComponent(name)}`;
const SAMPLE = -1; // in place of a page's number
const LARGEST = 6; // times the width that there is

let draft, drawing, list, loaded, saved;
let shown = 0; // the number of a page, or SAMPLE
let zoom = 1;
let sample = null; // the file

function trouble(text) {
  by("trouble").hidden = !text;
  by("trouble").textContent = text ?? "";
}

function say(text) {
  by("said").textContent = text;
}

const written = () => JSON.stringify(draft.template);
const isChanged = () => draft && written() !== saved;

async function turn(number) {
  shown = number;
  tabs();
  by("sheet").hidden = number === SAMPLE;
  by("sample").hidden = number !== SAMPLE;
  if (number === SAMPLE) return;
  const isOther = draft.page !== number || !by("picture").src;
  draft.turn(number);
  by("align").value = draft.template.pages[number].align ?? "auto";
  if (!isOther) return;
  try {
    const picture = await get(`${here}/pages/${number + 1}`);
    if (shown !== number) return;
    draft.size = [picture.width, picture.height];
    by("picture").alt = `Page ${number + 1} of the reference`;
    turnOver(by("picture"), picture.picture);
  } catch (error) {
    trouble(error.message);
  }
  draft.tell("all");
}

function tabs() {
  const made = draft.template.pages.map((_, number) => tab(`Page ${number + 1}`, number));
  if (sample) made.push(tab("Sample", SAMPLE));
  by("tabs").replaceChildren(...made);
}

function tab(text, number) {
  const made = element("button", "", text);
  made.setAttribute("aria-pressed", shown === number);
  made.addEventListener("click", () => turn(number));
  return made;
}

function follow() {
  by("undo").disabled = !draft.steps.length;
  by("count").textContent = draft.fields.length || "";
  by("clear").disabled = !draft.fields.length;
  const checks = draft.template.checks.join("\n");
  if (document.activeElement !== by("checks")) by("checks").value = checks;
  if (isChanged()) say("not saved yet");
  else if (by("said").textContent === "not saved yet") say("");
}

// Show what is wrong where it is.
async function blame(error) {
  const key = error.key ?? "";
  const found = /^pages\[(\d+)\](?:\.fields\[(\d+)\])?\.?(.*)$/s.exec(key);
  const check = /^checks\[(\d+)\]/.exec(key);
  by("checked").textContent = check ? `Line ${Number(check[1]) + 1}: ${error.message}` : "one a line";
  by("checked").classList.toggle("wrong", Boolean(check));
  by("checks").setAttribute("aria-invalid", Boolean(check));
  let about = check ? "Checks: " : key ? `${key}: ` : "";
  if (found) {
    await turn(Number(found[1]));
    const field = draft.fields[found[2]];
    if (field) {
      list.fault = { field, key: found[3], error: error.message };
      draft.chosen = field;
      draft.which = 0;
      draft.tell("all");
      about = `The field ${field.name}: `;
      document.querySelector("#list .wrong")?.scrollIntoView({ block: "nearest" });
    }
  }
  trouble(about + error.message);
}

function unblame() {
  trouble(null);
  list.fault = null;
  by("checked").textContent = "one a line";
  by("checked").classList.remove("wrong");
  by("checks").removeAttribute("aria-invalid");
}

async function save() {
  unblame();
  by("save").disabled = true;
  say("saving …");
  const now = written();
  try {
    ({ loaded } = await post(`${here}/save`, { template: JSON.parse(now), loaded }));
    saved = now;
    say("saved");
    draft.tell("all");
  } catch (error) {
    say("not saved");
    await blame(error);
  }
  by("save").disabled = false;
}

async function take(file) {
  if (!file) return;
  if (file.size > Number(most)) return trouble(`That file has more than ${Number(most).toLocaleString("en")} bytes.`);
  sample = file;
  by("again").hidden = false;
  unblame();
  say("reading …");
  try {
    const found = await read(name, draft.template, file);
    list.readings = new Map(found.fields.map((one) => [one.field, one]));
    show(found);
    say("read");
    await turn(SAMPLE);
    draft.tell("all");
  } catch (error) {
    say("not read");
    tabs();
    await blame(error);
  }
}

function resize(to) {
  zoom = Math.min(Math.max(to, 1), LARGEST);
  document.querySelectorAll(".paper").forEach((paper) => paper.style.setProperty("width", `${100 * zoom}%`));
  drawing.show();
}

function add() {
  const { scrollLeft, scrollTop, clientWidth, clientHeight } = by("sheet");
  const [wide, high] = [draft.size[0] / 5, draft.size[0] / 20];
  const [x, y] = [scrollLeft + clientWidth / 2, scrollTop + Math.min(clientHeight, window.innerHeight) / 2].map((middle) => middle * drawing.scale);
  turn(draft.page);
  draft.add([x - wide / 2, y - high / 2, wide, high].map(Math.round));
  toName();
}

// To the name of the field that was added.
function toName() {
  draw(false);
  const input = by("key-name");
  input.focus({ preventScroll: window.matchMedia("(max-width: 40rem)").matches });
  input.select();
}

function draw(is) {
  drawing.isDrawing = is;
  by("draw").setAttribute("aria-pressed", is);
  drawing.show();
}

function press(event) {
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.target.matches("input, textarea")) draft.undo();
  else if (event.target.matches("input, textarea, select, summary") || shown === SAMPLE || !drawing.press(event)) return;
  event.preventDefault();
}

async function open() {
  let content;
  try {
    content = await get(`${here}/template`);
  } catch (error) {
    trouble(`${error.message} Mend the file, and load this page anew.`);
    by("editor").classList.add("broken");
    return;
  }
  ({ loaded } = content);
  draft = new Draft(content.template);
  saved = written();
  drawing = new Drawing(by("boxes"), draft);
  list = new List(by("list"), draft);
  drawing.added = toName;
  list.opened = () => drawing.reveal(by("sheet"));
  draft.listen(follow);
  by("save").addEventListener("click", save);
  by("undo").addEventListener("click", () => draft.undo());
  by("again").addEventListener("click", () => take(sample));
  by("choose").addEventListener("change", (event) => take(event.target.files[0]).then(() => (event.target.value = "")));
  by("add").addEventListener("click", add);
  by("draw").addEventListener("click", () => draw(!drawing.isDrawing));
  by("clear").addEventListener("click", () => draft.clear());
  by("fit").addEventListener("click", () => resize(1));
  by("larger").addEventListener("click", () => resize(zoom * 1.5));
  by("smaller").addEventListener("click", () => resize(zoom / 1.5));
  by("align").addEventListener("change", (event) => draft.set(draft.template.pages[draft.page], "align", event.target.value === "auto" ? undefined : event.target.value));
  by("checks").addEventListener("input", (event) => draft.set(draft.template, "checks", event.target.value.split("\n").map((line) => line.trim()).filter(Boolean)));
  document.addEventListener("keydown", press);
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
  window.addEventListener("beforeunload", (event) => isChanged() && event.preventDefault());
  await turn(0);
}

open();
