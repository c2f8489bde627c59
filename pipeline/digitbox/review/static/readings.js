// The list of readings: its words and shares as the other views have them.

import { percent, why } from "./page.js";

for (const one of document.querySelectorAll("[data-reason]")) one.textContent = why(one.dataset.reason);
for (const one of document.querySelectorAll("[data-share]")) one.textContent = percent(Number(one.dataset.share));
