// What people are told of below the view, the newest on top.

import { by, element } from "./page.js";

const MOST = 5;

export function tell(text) {
  by("notices").prepend(element("li", "", text));
  while (by("notices").children.length > MOST) by("notices").lastChild.remove();
}

// The file, the page and the field that a reading is of.
export function place({ file, page, field }) {
  const parts = [file, ...(page > 1 ? [`page ${page}`] : []), ...(field ? [field] : [])];
  return parts.join(", ");
}
