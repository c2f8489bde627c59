// What is drawn, dropped, pasted or chosen is read, and read again while it changes.

import { bars, by, percent, post, showAlternatives, why } from "./page.js";
import { isNumber, showStrips } from "./strips.js";

const WORDS = { accepted: "accepted", review: "to be reviewed", blank: "blank", not_digit: "not a digit", failed: "failed" };
const NONE = Array(10).fill(0);
const PEN = 26; // pixels of the paper

const paper = by("paper");
const pen = paper.getContext("2d");
const showBars = bars(by("digits"));
let waiting = null; // the newest image that is not sent yet
let reading = false;
let sheet = 0; // counts the papers: an answer to what was cleared away is not shown
let given = null; // a file: its content, its page that is shown, and how many it has

function clear() {
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, paper.width, paper.height);
  waiting = null;
  sheet += 1;
  given = null;
  showPage(null);
  showNothing("nothing drawn yet");
}

const NOTHING = { value: null, digits: [], alternatives: [], lines: [], written: null, probabilities: NONE };

function showNothing(reason) {
  by("why").textContent = reason;
  by("advice").hidden = true;
  showParts(NOTHING, null);
}

// The page of a file that the paper does not show, as the server has seen it, instead of the paper.
function showPage(scan) {
  URL.revokeObjectURL(by("page").src);
  if (scan) by("page").src = URL.createObjectURL(blob(scan));
  else by("page").removeAttribute("src");
  const instead = given !== null && !given.isOnPaper && (scan !== null || given.pages > 1);
  by("page").hidden = !scan;
  paper.hidden = instead;
  by("pages").hidden = !(given?.pages > 1);
  const which = given ? `${given.page} of ${given.pages}` : "";
  by("which").textContent = which;
  by("page").alt = `Page ${which}`;
  by("caption").textContent = !instead ? "draw here" : scan ? "the page" : "it cannot be shown";
  by("before").disabled = given?.page === 1;
  by("after").disabled = given?.page === given?.pages;
}

function turnTo(page) {
  given.page = page;
  sheet += 1;
  showPage(null);
  by("caption").textContent = "…";
  showNothing(`reading page ${page}`);
  read(given);
}

function blob(base64) {
  return new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], { type: "image/png" });
}

function show(found) {
  const parts = [WORDS[found.status], why(found.reason)];
  if (found.confidence !== null) parts.unshift(percent(found.confidence));
  by("why").textContent = parts.filter(Boolean).join(", ");
  by("advice").textContent = found.advice ?? "";
  by("advice").hidden = !found.advice;
  showParts(found, found.frames);
  if (!given) return;
  given.pages = Math.max(given.pages, found.pages); // of a page that took too much, that is not known
  if (given.pages > 1) given.isOnPaper = false;
  showPage(given.isOnPaper ? null : found.scan ?? null);
}

let written = ""; // the picture of the strips

// A number is shown with its digits under it, anything else with the frames that the network saw.
function showParts(found, frames) {
  const number = found.value !== null && isNumber(found);
  by("guess").textContent = found.value ?? "";
  by("digits").hidden = (found.value ?? "").length > 1;
  showBars(found.candidates ? found.probabilities : NONE, found.value);
  showAlternatives(by("alternatives"), number ? found.alternatives : [], found.value);
  by("frames").hidden = number || !frames;
  by("seen").classList.toggle("away", number); // the paper stays where it is under the pen
  URL.revokeObjectURL(by("frames").src);
  if (frames) by("frames").src = URL.createObjectURL(blob(frames));
  URL.revokeObjectURL(written);
  if (number) written = URL.createObjectURL(blob(found.picture));
  by("strips").hidden = !number;
  showStrips(by("strips"), number ? found : NOTHING, written, Number(by("strips").dataset.accept));
}

// One image at a time, and always the newest: the answers never lag behind the pen.
async function read(image) {
  waiting = image;
  if (reading) return;
  reading = true;
  while (waiting) {
    const [next, on] = [waiting, sheet];
    waiting = null;
    try {
      const [path, image] = next === "drawn" ? ["/try/read", await drawn()] : [`/try/read?page=${next.page}`, next.content];
      const found = await post(path, image);
      if (on === sheet) show(found);
    } catch (error) {
      if (on === sheet) showNothing(error.message);
    }
  }
  reading = false;
}

const drawn = () => new Promise((done) => paper.toBlob(done, "image/png"));

async function take(file) {
  clear();
  given = { content: file, page: 1, pages: 1, isOnPaper: true };
  const mine = given;
  showNothing("reading");
  try {
    const image = await createImageBitmap(file);
    if (given !== mine) return;
    const scale = Math.min(paper.width / image.width, paper.height / image.height);
    const [width, height] = [image.width * scale, image.height * scale];
    pen.drawImage(image, (paper.width - width) / 2, (paper.height - height) / 2, width, height);
  } catch { // the browser does not show that format; it is read all the same
    mine.isOnPaper = false;
  }
  if (given === mine) read(mine);
}

let at = null;

paper.addEventListener("pointerdown", (event) => {
  paper.setPointerCapture(event.pointerId);
  at = place(event);
  stroke(at);
});
paper.addEventListener("pointermove", (event) => {
  if (!at) return;
  for (const moved of event.getCoalescedEvents?.() ?? [event]) stroke(place(moved));
  stroke(place(event));
});
for (const end of ["pointerup", "pointercancel"]) paper.addEventListener(end, () => (at = null));

function place(event) {
  const box = paper.getBoundingClientRect();
  return [((event.clientX - box.left) * paper.width) / box.width, ((event.clientY - box.top) * paper.height) / box.height];
}

function stroke(to) {
  pen.strokeStyle = "#111";
  pen.lineWidth = PEN;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(...at);
  pen.lineTo(...to);
  pen.stroke();
  at = to;
  given = null; // what is drawn over an image is another one
  by("pages").hidden = true;
  read("drawn");
}

document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
});
document.addEventListener("paste", (event) => {
  if (event.clipboardData.files[0]) take(event.clipboardData.files[0]);
});
by("choose").addEventListener("change", (event) => event.target.files[0] && take(event.target.files[0]));
by("before").addEventListener("click", () => turnTo(given.page - 1));
by("after").addEventListener("click", () => turnTo(given.page + 1));
by("clear").addEventListener("click", clear);

clear();
