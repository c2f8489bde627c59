// Keys and buttons → what they do.

import { by } from "./page.js";
import { isWord } from "./fields.js";
import { moving } from "./shown.js";
import { type, typed } from "./typing.js";
import { queue } from "./work.js";

const BUTTONS = { confirm: "Enter", none: "x", blank: "m", unreadable: "l", skip: "s", again: "r", undo: "u", "undo-last": "u", next: "n", zoom: "z", network: "w", help: "?" };

// `actions` are what keys do, `chosen` says the same of those of alternatives, `decide` is called with a digit.
export function listen({ actions, chosen, decide }) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target === by("who") || by("keys").open) return;
    if (event.repeat && (event.key !== "Backspace" || !typed.value)) return;
    // A button is pressed by Space; Enter confirms what is shown, wherever the focus is.
    if (event.key === " " && event.target.matches("button")) return;
    if (event.key === "Enter" && (event.target.matches("a, button.line") || !queue[0])) return;
    const act = (event.target === typed && typed.value ? null : moving(event.key)) ?? actions[event.key] ?? chosen(event.key) ?? edit(event.key, event.target === typed, decide);
    if (!act) return;
    event.preventDefault();
    act();
  });
  for (const [id, key] of Object.entries(BUTTONS)) by(id).addEventListener("click", actions[key]);
  // What was clicked does not keep the focus: Enter confirms.
  document.addEventListener("pointerup", () => setTimeout(() => document.activeElement.matches("button") && document.activeElement.blur()));
}

// What a key does while the field is empty or does not have the focus: it writes there all the same.
function edit(key, isField, decide) {
  const item = queue[0];
  if (!item || isWord(item)) return null;
  if (item.one_key && !typed.value && /^[0-9]$/.test(key)) return () => decide(key);
  if (key === "Backspace" && !typed.value) return () => type(item.value.slice(0, -1)); // corrects what was read
  if (isField) return null;
  if (key === "Backspace") return () => type(typed.value.slice(0, -1));
  const goesOn = /^[0-9.,-]$/.test(key) || (key === " " && typed.value);
  return goesOn && typed.value.length < typed.maxLength ? () => type(typed.value + key) : null;
}
