// A new form is made of a name and an empty sheet.

import { by, post } from "./page.js";

let sheet = null;

function choose(file) {
  if (!file) return;
  sheet = file;
  by("chosen").textContent = file.name;
  if (!by("name").value) by("name").focus();
}

function say(text, isWrong = false) {
  by("said").textContent = text;
  by("said").classList.toggle("wrong", isWrong);
}

by("sheet").addEventListener("change", (event) => choose(event.target.files[0]));
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  choose(event.dataTransfer.files[0]);
});

by("new").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!sheet) return say("Choose an empty sheet first.", true);
  const asked = new URLSearchParams({ name: by("name").value.trim(), file: sheet.name });
  by("make").disabled = true;
  say("looking for fields …");
  try {
    const made = await post(`/forms?${asked}`, sheet);
    location.assign(`/forms/${encodeURIComponent(made.name)}`);
  } catch (error) {
    say(error.message, true);
    by("make").disabled = false;
  }
});
