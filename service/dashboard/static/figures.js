// Fetches every figure of the page as JSON and draws those that have changed.

import { themed, onThemeChange } from "./theme.js";
import { linked } from "./highlight.js";

const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset+autosize" };
const drawn = new Map(); // element → {text, figure} of what is shown

export function drawAll() {
  return Promise.all([...document.querySelectorAll("[data-figure]")].map(load));
}

async function load(element) {
  try {
    const reply = await fetch(element.dataset.figure);
    if (!reply.ok) throw new Error(`the service answered ${reply.status}`);
    const text = await reply.text();
    if (drawn.get(element)?.text === text) return;
    const figure = JSON.parse(text);
    drawn.set(element, { text, figure });
    await show(element, figure);
  } catch (error) {
    if (!drawn.has(element)) say(element, `This figure could not be drawn: ${error.message}. Reload the page to try again.`);
  }
}

async function show(element, figure) {
  const { meta } = figure.layout;
  element.closest("figure").querySelector("figcaption").textContent = meta.caption || "\u00a0";
  if (meta.empty) {
    Plotly.purge(element);
    say(element, meta.empty);
    return;
  }
  element.querySelector(".placeholder")?.remove();
  element.setAttribute("aria-label", meta.alt);
  const { data, layout } = themed(figure);
  if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
  const first = !element.classList.contains("js-plotly-plot");
  await Plotly.react(element, data, layout, CONFIG);
  if (first) linked(element);
}

function say(element, sentence) {
  const line = document.createElement("p");
  line.className = "placeholder";
  line.textContent = sentence;
  element.replaceChildren(line);
}

onThemeChange(() => {
  for (const [element, { figure }] of drawn) show(element, figure);
});
