// Decisions that the server has not noted yet → the browser's storage, where they outlast the page.

const PREFIX = "decision ";

const kept = new Map(); // name → decision, the oldest first
let number = 0;

// Those of pages before this one, that were closed without a connection.
for (const name of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX)).sort()) {
  kept.set(name, JSON.parse(localStorage.getItem(name)));
}

// Keeps a decision; returns its name. Each has an entry of its own: other pages of this browser have theirs beside it.
export function keep(decision) {
  const name = `${PREFIX}${String(Date.now()).padStart(15, "0")} ${String((number += 1)).padStart(6, "0")} ${decision.key}`;
  kept.set(name, decision);
  localStorage.setItem(name, JSON.stringify(decision));
  return name;
}

export function drop(name) {
  kept.delete(name);
  localStorage.removeItem(name);
}

// Those of one ledger, the oldest first, each with its name: another one may have been served at this address.
export const keptOf = (ledger) => [...kept].filter(([, decision]) => ledgerOf(decision.row) === ledger);

export const ledgerOf = (row) => row.split("-")[0];

// Whether a reading is decided about, as far as is kept here.
export function isDecided({ id, row }) {
  const said = keptOf(ledgerOf(row)).filter(([, { reading }]) => reading === id);
  return said.length > 0 && said.at(-1)[1].says !== "undo";
}
