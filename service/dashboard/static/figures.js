// Fetches the figures that are in view, or nearly, as JSON and draws those that have changed.

import { themed, onThemeChange } from "./theme.js";
import { linked } from "./highlight.js";
import { keepZoom, zoomed } from "./zoom.js";
import { offer } from "./save.js";
import { switched } from "./switch.js";

const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset+autosize" };
const NEAR = "300px"; // a figure this far below the window is drawn ahead,
const REST = 500; // ms after the last one: the reader comes first
const drawn = new Map(); // element → figure that is shown
const tags = new Map(); // element → ETag of that figure
const asked = new Map(); // element → number of its newest load
const turns = new Map(); // element → its drawings, one after another
const stale = new Set(); // elements to be drawn when they come into view
const visible = new Set();
const near = new Set();
const missing = new Map(); // module → how often it did not come
let first = null; // the figures in view when the page was opened, being drawn
let queue = Promise.resolve(); // those ahead, one after another
let script = null; // Plotly's, being loaded

const watchers = [watcher(visible, "0px", enter), watcher(near, NEAR, later)];

function watcher(within, rootMargin, entered) {
  return new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) within.delete(target);
      else if (!within.has(target)) { within.add(target); entered(target); }
    }
  }, { rootMargin });
}

// Resolves once the figures in view are drawn.
export async function drawAll() {
  const all = [...document.querySelectorAll("[data-figure]")];
  for (const element of all) {
    stale.add(element);
    for (const each of watchers) each.observe(element);
  }
  const work = Promise.all(all.filter((element) => visible.has(element) || inView(element)).map(enter));
  first ??= work;
  if (all.length) plotly().catch(() => {}); // who draws with it says what went wrong
  [...near].forEach(later);
  await work;
}

function enter(element) {
  return stale.delete(element) ? load(element) : undefined;
}

function later(element) {
  queue = Promise.all([queue, first]).then(rest).then(() => near.has(element) && enter(element));
}

function rest() {
  return new Promise((resolve) => {
    setTimeout(() => (window.requestIdleCallback ?? setTimeout)(resolve), REST);
  });
}

function inView(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return top < innerHeight && bottom > 0;
}

// Draws the newest figure of an element; an older answer that comes late is dropped.
async function load(element) {
  const number = (asked.get(element) ?? 0) + 1;
  asked.set(element, number);
  try {
    const { figure, tag } = await fetched(element);
    if (!figure || asked.get(element) !== number) return;
    await show(element, figure);
    drawn.set(element, figure);
    tags.set(element, tag);
  } catch (error) {
    if (asked.get(element) === number && !drawn.has(element)) say(element, `This figure could not be drawn: ${error.message}. Reload the page to try again.`);
  }
}

// `figure` is null where the one that is shown is still right.
async function fetched(element) {
  const reply = await fetch(element.dataset.figure);
  if (!reply.ok) throw new Error(`the service answered ${reply.status}`);
  const tag = reply.headers.get("ETag");
  if (tag && tags.get(element) === tag) return { figure: null, tag };
  return { figure: await reply.json(), tag };
}

// Nothing counts as drawn where a drawing fails, so that the next update tries again.
function show(element, told) {
  const turn = (turns.get(element) ?? Promise.resolve()).catch(() => {}).then(() => draw(element, told));
  const safe = turn.catch((error) => {
    drawn.delete(element);
    tags.delete(element);
    throw error;
  });
  turns.set(element, safe);
  return safe;
}

async function draw(element, told) {
  const figure = switched(element, told, () => redraw(element, told));
  const { meta } = figure.layout;
  const frame = element.closest("figure");
  frame.querySelector("figcaption").textContent = meta.caption || "\u00a0";
  if (meta.empty) {
    say(element, meta.empty);
    return;
  }
  element.querySelector(".placeholder")?.remove();
  element.setAttribute("aria-label", meta.alt);
  await (meta.drawn_by ? drawnHere(element, figure) : plotted(element, figure));
  offer(element);
}

// A figure that Plotly cannot draw under our policy has a module of its own.
async function drawnHere(element, figure) {
  const { draw: picture } = await module(figure.layout.meta.drawn_by);
  element.classList.add("drawn");
  await picture(element, figure);
}

// A browser keeps in mind that a module did not come; asked for by another address, it may.
async function module(name) {
  const again = missing.get(name);
  try {
    return await import(`./drawn/${name}.js${again ? `?${again}` : ""}`);
  } catch (error) {
    missing.set(name, (again ?? 0) + 1);
    throw error;
  }
}

// Plotly's 5 MB keep the page busy for a while, so they come behind the requests for figures.
function plotly() {
  script ??= new Promise((resolve, reject) => {
    const source = document.createElement("script");
    source.addEventListener("load", resolve);
    source.addEventListener("error", () => {
      script = null; // the next figure asks again
      source.remove();
      reject(new Error("Plotly's script did not come"));
    });
    source.src = document.getElementById("plotly").href;
    document.head.append(source);
  });
  return script;
}

async function plotted(element, figure) {
  await plotly();
  const { data, layout } = themed(figure);
  if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
  const first = !element.classList.contains("js-plotly-plot");
  if (first) zoomed(element, layout);
  await Plotly.react(element, data, layout, CONFIG);
  if (!first) return;
  linked(element);
  keepZoom(element);
}

function say(element, sentence) {
  if (element.classList.contains("js-plotly-plot")) Plotly.purge(element);
  const line = document.createElement("p");
  line.className = "placeholder";
  line.textContent = sentence;
  element.replaceChildren(line);
}

function redraw(element, figure) {
  return show(element, figure).catch((error) => say(element, `This figure could not be drawn: ${error.message}.`));
}

onThemeChange(() => {
  for (const [element, figure] of drawn) redraw(element, figure);
});

addEventListener("beforeprint", () => [...stale].forEach(enter));
