// A spot check is drawn, and gone through on the page of the queue.

import { by, post } from "./page.js";

by("draw").addEventListener("click", async () => {
  by("draw").disabled = true;
  by("trouble").hidden = true;
  try {
    const { spot } = await post("/review/draw", {});
    location.assign(`/review?spot=${spot}`);
  } catch (error) {
    by("trouble").textContent = error.message;
    by("trouble").hidden = false;
    by("draw").disabled = false;
  }
});
