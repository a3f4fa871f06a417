// A page's search form answers while it is typed in; its fields are part of the address, and the
// page's live regions show what it finds.

import { swapRegions } from "./regions.js";

const PAUSE = 250; // ms without a key before the page is asked

const form = document.getElementById("filters");
let timer = 0;

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(show, PAUSE);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  show();
});

function show() {
  history.replaceState(history.state, "", address());
  swapRegions().catch(() => form.submit());
}

function address() {
  const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));
  return asked.size ? `${form.action}?${asked}` : form.action;
}
