// Trials chosen in a table are part of the page's address (?compare=3,7), and can be compared.

import { read, write } from "./state.js";

const MOST = 8; // trials that a comparison shows
const bar = document.getElementById("chosen");

const chosen = () => (read("compare") ?? "").split(",").filter((id) => /^\d+$/.test(id)).slice(0, MOST);

function show() {
  const ids = chosen();
  for (const box of document.querySelectorAll("[data-compare]")) {
    box.checked = ids.includes(box.dataset.compare);
    box.disabled = !box.checked && ids.length >= MOST;
  }
  bar.hidden = ids.length === 0;
  bar.textContent = ids.length === 1 ? "1 trial is chosen; choose another one to compare them. " : "";
  if (ids.length > 1) {
    bar.append(Object.assign(document.createElement("a"), {
      href: `/compare?trials=${ids.join(",")}`,
      textContent: `Compare ${ids.length} trials`,
    }), ids.length >= MOST ? `, the most that can be. ` : " ");
  }
  const clear = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "Choose none" });
  clear.addEventListener("click", () => choose([]));
  bar.append(clear);
}

function choose(ids) {
  write("compare", ids.join(","));
  show();
}

document.addEventListener("change", (event) => {
  const id = event.target.dataset.compare;
  if (!id) return;
  const others = chosen().filter((other) => other !== id);
  choose(event.target.checked ? [...others, id] : others);
});

// Sorting and filtering keep what is chosen.
document.addEventListener("click", (event) => {
  const link = event.target.closest("#trials a[href]");
  if (!link || link.pathname !== location.pathname || !chosen().length) return;
  const url = new URL(link.href);
  url.searchParams.set("compare", chosen().join(","));
  link.href = url.href;
}, { capture: true });

document.addEventListener("sitter:swapped", show);
show();
