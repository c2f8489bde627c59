// A sample, read with the template as it is drawn now.

import { by, element, percent, post, why } from "./page.js";
import { shape, words } from "./drawing.js";
import { STATUS } from "./inputs.js";

const NONE = {
  other_page: "This is none of the form's pages: nothing of it was found here. Is it the right form, and does the reference look like it?",
};

export function imageOf(base64) {
  return URL.createObjectURL(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], { type: "image/png" }));
}

export function turnOver(image, base64) {
  URL.revokeObjectURL(image.src);
  image.src = imageOf(base64);
}

// What the server says of a file that is read as a page of a form.
export const read = (name, template, file) => post(`/forms/${encodeURIComponent(name)}/sample`, new Blob([JSON.stringify(template), "\n", file]));

export function show(found) {
  by("whole").hidden = !found.page;
  by("whole").textContent = found.page ? about(found.page) : "";
  by("readings").hidden = !found.fields.length;
  by("readings").tBodies[0].replaceChildren(...found.fields.map(row));
  by("scan").parentElement.hidden = !found.shown;
  if (!found.shown) return;
  turnOver(by("scan"), found.shown.picture);
  const { width, height } = found.shown;
  by("marks").setAttribute("viewBox", `0 0 ${width} ${height}`);
  by("marks").replaceChildren(...found.fields.filter((one) => one.box).map((one) => marked(one, width)));
}

function about(page) {
  if (page.status === "blank") return "Nothing is written on this page.";
  return NONE[page.reason] ?? `It could not be read: ${why(page.reason)}.`;
}

function row(one) {
  const made = element("tr", one.status);
  const name = element("th", "", one.field);
  name.scope = "row";
  const reason = one.reason ? `, ${why(one.reason)}` : "";
  const sure = one.confidence === null ? "" : percent(one.confidence);
  made.append(name, element("td", "value", one.value ?? ""), element("td", "", sure), element("td", "status", STATUS[one.status] + reason));
  return made;
}

function marked(one, wide) {
  const [x, y, width, height] = one.box;
  const made = shape("g", { class: one.status });
  made.append(shape("rect", { x, y, width, height }));
  const size = Math.min(Math.max(0.7 * height, wide / 70), wide / 35);
  if (one.value) made.append(words(one.value, x + width + size / 4, y + height / 2 + size / 3, size));
  return made;
}
