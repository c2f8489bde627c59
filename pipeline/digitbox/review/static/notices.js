// What people are told of below the view, the newest on top; and whether there is a connection.

import { by, element } from "./page.js";

const MOST = 5;

export function tell(text) {
  by("notices").prepend(element("li", "", text));
  while (by("notices").children.length > MOST) by("notices").lastChild.remove();
}

// Says why the server was not reached, and how many decisions are kept meanwhile; `error` is null when it was.
export function tellConnection(error, kept = 0) {
  by("connection").hidden = !error;
  if (!error) return;
  const what = error.status ? error.message.trim() : "No connection";
  const many = kept === 1 ? "1 of them waits to be sent." : `${kept} of them wait to be sent.`;
  const text = `${what}: your decisions are kept.${kept ? ` ${many}` : ""}`;
  if (by("connection").textContent !== text) by("connection").textContent = text;
}

// The file, the page and the field that a reading is of.
export function place({ file, page, field }) {
  const parts = [file, ...(page > 1 ? [`page ${page}`] : []), ...(field ? [field] : [])];
  return parts.join(", ");
}
