// What the service does, as the server tells it.

import { by, element, percent, post, wait, why } from "./page.js";
import { isNumber } from "./strips.js";

const MOST = 12;
const asked = new Set(); // what is to be read again

const words = (name) => (name ?? "").replaceAll("_", " ");

function row(item) {
  const made = document.createElement("li");
  made.dataset.id = item.id;
  made.className = item.status;
  if (item.candidates) {
    const image = new Image();
    image.alt = "";
    image.src = `/image/${item.id}/${isNumber(item) ? "written" : "scan"}.png?${item.row}`; // what the browser keeps is of one ledger
    // It is moved to its place just after its row appears.
    image.addEventListener("error", async () => { await wait(1); image.src += "&again"; }, { once: true });
    made.append(image);
  } else {
    made.append(element("span", "none", ""));
  }
  made.append(element("strong", "", item.value ?? "–"));
  made.append(element("span", "file", item.page > 1 ? `${item.file}, page ${item.page}` : item.file));
  const sure = item.confidence === null ? [] : [percent(item.confidence)];
  made.append(element("span", "what status", [...sure, words(item.status), why(item.reason)].filter(Boolean).join(", ")));
  return made;
}

function failure(item) {
  const made = document.createElement("li");
  made.append(element("span", "file", item.page > 1 ? `${item.file}, page ${item.page}` : item.file));
  made.append(element("span", "what", why(item.reason)));
  const again = element("button", "", asked.has(item.id) ? "Asked for" : "Read again");
  again.disabled = asked.has(item.id);
  again.addEventListener("click", async () => {
    again.disabled = true;
    asked.add(item.id);
    try {
      await post("/live/retry", { reading: item.id });
      again.textContent = "Asked for";
    } catch (error) {
      asked.delete(item.id);
      again.disabled = false;
      again.textContent = error.message;
    }
  });
  made.append(again);
  return made;
}

let shown = ""; // the failures are made anew only where they changed: a button keeps the focus

const events = new EventSource("/live/events");

events.addEventListener("open", () => by("rows").replaceChildren());
events.addEventListener("rows", (event) => {
  const items = JSON.parse(event.data);
  by("no-rows").hidden = true;
  by("rows").prepend(...items.map(row));
  while (by("rows").children.length > MOST) by("rows").lastChild.remove();
});
events.addEventListener("state", (event) => {
  const found = JSON.parse(event.data);
  say(found.trouble);
  by("state").textContent = words(found.state);
  by("rate").textContent = found.rate.toFixed(1);
  by("backlog").textContent = found.backlog;
  const counts = Object.entries(found.today);
  by("total").textContent = counts.reduce((sum, [, number]) => sum + number, 0);
  by("today").textContent = counts.map(([status, number]) => `${number} ${words(status)}`).join(", ");
  by("open").hidden = Object.keys(found.open).length === 0;
  for (const link of by("open").querySelectorAll("[data-kind]")) {
    link.hidden = !found.open[link.dataset.kind];
    link.querySelector("b").textContent = found.open[link.dataset.kind] ?? "";
  }
  const failures = found.failures.map((item) => item.id).join();
  if (failures === shown) return;
  shown = failures;
  by("failed").hidden = found.failures.length === 0;
  by("failures").replaceChildren(...found.failures.map(failure));
});
events.addEventListener("trouble", (event) => say(JSON.parse(event.data)));
events.addEventListener("error", () => say("The server is away; trying again."));

function say(trouble) {
  by("trouble").hidden = !trouble;
  by("trouble").textContent = trouble ?? "";
}
