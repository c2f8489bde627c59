// What is known of numbers and of the fields of forms → why a value is not likely to be right.

import { get } from "./page.js";

const known = new Map(); // form, "" of numbers → its fields; "" is a number itself

// Asks what is known of the values of a form, once; without a connection, when the next one is loaded.
export async function learn(form) {
  const name = form ?? "";
  if (known.has(name)) return;
  known.set(name, {});
  try {
    known.set(name, await get(`/review/expected?form=${encodeURIComponent(name)}`));
  } catch {
    known.delete(name);
  }
}

// Why `value` may not be right for `item`, in words; empty where nothing speaks against it.
export function doubt({ form, field }, value) {
  const fit = known.get(form ?? "")?.[field ?? ""];
  if (!fit) return "";
  return value.split(" ").map((line) => misfit(fit, line)).find(Boolean) ?? "";
}

// Why a line does not fit what is known of it; empty where it does.
export function misfit({ least = 1, most = null, decimals = null, sign = false, smallest = null, largest = null, values = null }, value) {
  if (values) return values.includes(value) ? "" : `${value} is not on the list of this field.`;
  const digits = value.replaceAll(/[^0-9]/g, "").length;
  if (digits < least || digits > (most ?? digits)) return `That has ${counted(digits)}, and ${range(least, most)} expected.`;
  if (value.startsWith("-") && !sign) return "That has a minus, and none is expected.";
  if (!fitsDecimals(value, decimals)) return `That has a point or a comma where ${decimals ? `${decimals} decimals at most are` : "none is"} expected.`;
  const number = numberOf(value);
  if (number < (smallest ?? -Infinity)) return `${value} is out of range: the least is ${smallest}.`;
  if (number > (largest ?? Infinity)) return `${value} is out of range: the most is ${largest}.`;
  return "";
}

const counted = (digits) => (digits === 1 ? "1 digit" : `${digits} digits`);

function range(least, most) {
  if (most === null) return `${least} or more are`;
  return least === most ? (most === 1 ? "1 is" : `${most} are`) : `${least} to ${most} are`;
}

// `decimals` null: as it is written. So many digits at most stand behind a decimal point; other separators are those of
// thousands.
function fitsDecimals(value, decimals) {
  if (decimals === null) return true;
  const groups = value.replace("-", "").split(/[.,]/);
  const separators = value.match(/[.,]/g) ?? [];
  if (separators.length === 0 || groups.at(-1).length > decimals) return areThousands(groups, separators);
  const point = separators.pop();
  return !separators.includes(point) && areThousands(groups.slice(0, -1), separators);
}

function areThousands([first, ...others], separators) {
  if (separators.length === 0) return true;
  return new Set(separators).size === 1 && /^[1-9][0-9]{0,2}$/.test(first) && others.every((group) => group.length === 3);
}

// As the forms take it: commas stand between thousands, or one stands for the decimal point.
function numberOf(value) {
  if (/^-?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?$/.test(value)) return Number(value.replaceAll(",", ""));
  return Number(value.replace(",", "."));
}
