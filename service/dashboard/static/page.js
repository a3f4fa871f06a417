// What every page starts: its figures, the highlight across them, and following what changes.

import { drawAll } from "./figures.js";
import { follow } from "./live.js";
import { swapRegions } from "./regions.js";

const page = document.getElementById("page");

await drawAll();
performance.mark("sitter:drawn"); // what bench/dashboard.py waits for
follow(page.dataset, async () => {
  const [next] = await Promise.all([swapRegions(), drawAll()]);
  return next;
});
