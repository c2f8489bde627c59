// What the views share: how to ask the server.

const token = document.querySelector('meta[name="page-token"]').content;

async function answered(response) {
  const type = response.headers.get("content-type") ?? "";
  const content = type.startsWith("application/json") ? await response.json() : await response.text();
  if (!response.ok) throw new Error(content.error ?? content);
  return content;
}

export async function get(path) {
  return answered(await fetch(path));
}

export async function post(path, body) {
  const content = body instanceof Blob ? body : JSON.stringify(body);
  return answered(await fetch(path, { method: "POST", body: content, headers: { "X-Page-Token": token } }));
}

export const by = (id) => document.getElementById(id);

export const wait = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

// Rounded down, so that only what is certain is 100%.
export const percent = (share) => `${Math.floor(1000 * share + 1e-6) / 10}%`;

// Ten bars, one a digit; `chosen` is called with the digit where they can be chosen.
export function bars(place, chosen) {
  const made = [];
  for (let digit = 0; digit < 10; digit++) {
    const bar = document.createElement(chosen ? "button" : "div");
    bar.className = "digit";
    for (const part of ["name", "share"]) {
      const text = document.createElement("span");
      text.className = part;
      bar.append(text);
    }
    bar.firstChild.textContent = digit;
    if (chosen) bar.addEventListener("click", () => chosen(String(digit)));
    place.append(bar);
    made.push(bar);
  }
  return (probabilities, value) => {
    made.forEach((bar, digit) => {
      bar.style.setProperty("--share", probabilities[digit]);
      bar.lastChild.textContent = percent(probabilities[digit]);
      bar.classList.toggle("best", String(digit) === value);
    });
  };
}
