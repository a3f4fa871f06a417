// The access page: shows what is told only once, and looks at what was used and delivered.

import { swapRegions } from "./regions.js";

const EVERY = 10_000; // ms between two looks

document.addEventListener("sitter:done", ({ target: form, detail: made }) => {
  if (!form.dataset.once) return;
  const box = form.querySelector("[data-told]");
  const field = box.querySelector("input");
  form.reset();
  field.value = made[form.dataset.once];
  box.hidden = false;
  field.select();
});

setInterval(() => {
  if (!document.hidden) swapRegions().catch(() => {}); // the next look may succeed
}, EVERY);
