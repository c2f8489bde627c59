// What the views share: how to ask the server, and what they show of readings.

const tokenOf = (page) => page.querySelector('meta[name="page-token"]')?.content;

let token = tokenOf(document);

async function answered(response) {
  const type = response.headers.get("content-type") ?? "";
  const content = type.startsWith("application/json") ? await response.json() : await response.text();
  if (!response.ok) throw Object.assign(new Error(content.error ?? content), { key: content.key ?? "", status: response.status });
  return content;
}

// Takes the token of this page as the server has it now.
export async function renew() {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  token = tokenOf(page) ?? token;
}

export async function get(path) {
  return answered(await fetch(path));
}

export async function post(path, body) {
  const content = body instanceof Blob ? body : JSON.stringify(body);
  return answered(await fetch(path, { method: "POST", body: content, headers: { "X-Page-Token": token } }));
}

export const by = (id) => document.getElementById(id);

export function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

const REASONS = {
  low_confidence: "not sure",
  several_lines: "several lines",
  other_length: "more or fewer digits than expected",
  other_decimals: "points or commas not as expected",
  minus: "a minus that is not expected",
  other_writing: "something else is written beside it",
  sign: "a 1 in it may be a slash, a bracket or a bar",
  turned: "the page may lie on its side or upside down",
  dark_edges: "faint, beside the dark edge of a scan",
  unusual_shape: "no shape that digits have; perhaps printed lines",
  cut_off: "the border of the image cuts through it",
  incomplete: "something on the page could not be drawn",
  colour_only: "faint, and in colour alone",
  damaged: "the file is damaged; what is read may be wrong",
  duplicate: "read before",
  form_in_doubt: "the page may be of another form",
  as_printed: "it may be what is printed there",
  misaligned: "the page does not lie well on its form",
  not_possible: "there is no such value: it is not on the list, out of range, or of another length",
  check_failed: "a sum or another check does not hold",
  required: "it may not be blank",
  not_unique: "another page has the same value",
  by_list: "changed to a value of the list",
  by_check: "changed so that a sum or another check holds",
  reviewed: "a person decided",
};

// Why a reading is not simply accepted, in plain words.
export const why = (reason) => REASONS[reason] ?? (reason ?? "").replaceAll("_", " ");

export const wait = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

// Rounded down, so that only what is certain is 100%.
export const percent = (share) => `${Math.floor(1000 * share + 1e-6) / 10}%`;

// A bar; `chosen` is called with its value where it can be chosen.
function bar(value, chosen) {
  const made = element(chosen ? "button" : "div", "digit");
  made.append(element("span", "name", value), element("span", "share"));
  if (chosen) made.addEventListener("click", () => chosen(value));
  return made;
}

function fill(made, probability, isBest) {
  made.style.setProperty("--share", probability);
  made.querySelector(".share").textContent = percent(probability);
  made.classList.toggle("best", isBest);
}

// Ten bars, one a digit.
export function bars(place, chosen) {
  const made = Array.from({ length: 10 }, (_, digit) => bar(String(digit), chosen));
  place.append(...made);
  return (probabilities, value) => made.forEach((one, digit) => fill(one, probabilities[digit], String(digit) === value));
}

export const LETTERS = ["a", "b", "c", "d", "e"]; // the keys of the alternatives

// One bar a value that a page may say, the likeliest first; `keys` choose them.
export function showAlternatives(place, alternatives, read, chosen, keys = LETTERS) {
  const made = alternatives.map(({ value, probability }, number) => {
    const one = bar(value, chosen);
    if (chosen) one.append(element("kbd", "", keys[number]));
    fill(one, probability, value === read);
    return one;
  });
  place.replaceChildren(...made);
}
