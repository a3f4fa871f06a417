// Parallel coordinates: a line per trial over all settings and the objective. What the reader
// brushes is part of the address: ?brush.<path>=from,to.

import { dim, light } from "../highlight.js";
import { read, write } from "../state.js";
import { Brush } from "./brush.js";
import { brushed, places, written } from "./scales.js";
import { made, set } from "./svg.js";

const HEIGHT = 340; // px
const TOP = 34; // px above the axes, for their titles
const BOTTOM = 34; // px below them: where lines without an objective end
const LEFT = 20; // px beside the first axis
const RIGHT = 144; // px beside the last, for its labels
const NARROW = 116; // px between two axes, at least
const NEAR = 9; // px from a line that still point at it
const LOST = 16; // px below an axis, where those end that have no place on it
const SLACK = 0.004; // of an axis: values in the address are rounded

const views = new WeakMap(); // element → its view

export function draw(element, figure) {
  const view = views.get(element) ?? begun(element);
  if (!element.contains(view.root)) element.append(view.root);
  const names = figure.layout.meta.scene.axes.map((axis) => axis.name).join("\n");
  view.scene = figure.layout.meta.scene;
  if (view.names !== names) renew(view, names);
  show(view);
}

function begun(element) {
  element.setAttribute("role", "group");
  const layers = { lines: made("g", { class: "lines" }), over: made("path", { class: "over" }), axes: made("g") };
  const svg = made("svg", { class: "picture parallel", height: HEIGHT }, layers.lines, layers.over, layers.axes);
  const scroll = box("div", "scroll", svg);
  const says = box("p", "says");
  says.hidden = true;
  const status = box("p", "quiet");
  status.setAttribute("aria-live", "polite");
  const clear = Object.assign(document.createElement("button"), { type: "button", textContent: "Clear all brushes" });
  const root = box("div", "brushing", scroll, says, box("div", "passing", status, clear));
  const view = { element, root, svg, scroll, says, status, clear, ...layers, paths: new Map(), brushes: new Map() };
  views.set(element, view);
  element.append(root);
  listen(view);
  return view;
}

function box(tag, name, ...inside) {
  const node = document.createElement(tag);
  node.className = name;
  node.append(...inside);
  return node;
}

function listen(view) {
  const { svg, scroll, clear, element } = view;
  new ResizeObserver(() => { if (view.scene) show(view); }).observe(scroll);
  svg.addEventListener("pointermove", (event) => point(view, event));
  svg.addEventListener("pointerleave", () => point(view, null));
  svg.addEventListener("click", (event) => choose(view, event));
  clear.addEventListener("click", () => {
    const first = view.handles[0].low;
    for (const { name } of view.scene.axes) keep(view, name, null);
    pass(view, true);
    first.focus({ preventScroll: true });
  });
  document.addEventListener("sitter:trial", ({ detail }) => {
    if (element.isConnected && view.scene) over(view, detail);
  });
}

// Other axes than before: new handles, and the brushes that the address has for them.
function renew(view, names) {
  const { axes } = view.scene;
  view.names = names;
  view.brushes = new Map();
  for (const axis of axes) {
    const brush = brushed(axis, read(`brush.${axis.name}`));
    if (brush) view.brushes.set(axis.name, brush);
  }
  view.handles = axes.map(({ name }) => new Brush((brush, done) => {
    keep(view, name, brush);
    pass(view, done);
  }));
  view.axes.replaceChildren(...view.handles.map((handle) => handle.group));
}

function keep(view, name, brush) {
  if (brush) view.brushes.set(name, brush);
  else view.brushes.delete(name);
}

// Puts everything in its place; lines that are there already stay the same elements.
function show(view) {
  const { axes, lines } = view.scene;
  const width = Math.max(view.scroll.clientWidth, LEFT + RIGHT + NARROW * (axes.length - 1));
  const gap = (width - LEFT - RIGHT) / (axes.length - 1);
  view.x = axes.map((_, i) => LEFT + i * gap);
  set(view.svg, { width, viewBox: `0 0 ${width} ${HEIGHT}` });
  const left = new Set(view.paths.keys());
  for (const line of lines) {
    const path = view.paths.get(line.trial) ?? made("path");
    set(path, { d: route(view, line) });
    view.paths.set(line.trial, path);
    view.lines.append(path);
    left.delete(line.trial);
  }
  for (const trial of left) {
    view.paths.get(trial).remove();
    view.paths.delete(trial);
  }
  view.gap = gap;
  pass(view, false);
}

function route(view, line) {
  return line.at.map((place, i) => `${i ? "L" : "M"}${view.x[i].toFixed(1)},${y(place).toFixed(1)}`).join("");
}

function y(place) {
  const bottom = HEIGHT - BOTTOM;
  return place === null ? bottom + LOST : bottom - place * (bottom - TOP);
}

// Which lines the brushes let pass. `settled`: the reader has let go, so it goes into the address.
function pass(view, settled) {
  const { axes, lines } = view.scene;
  const wanted = axes.map((axis) => (view.brushes.has(axis.name) ? places(axis, view.brushes.get(axis.name)) : null));
  for (const [i, axis] of axes.entries()) {
    view.handles[i].show(axis, view.brushes.get(axis.name) ?? null, view.x[i], { top: TOP, bottom: HEIGHT - BOTTOM, room: i < axes.length - 1 ? view.gap : RIGHT });
    view.handles[i].below(lines.some((line) => line.at[i] === null) ? axis.missing : "", y(null));
  }
  view.passing = lines.filter((line) => line.at.every((place, i) => holds(wanted[i], place)));
  const passing = new Set(view.passing);
  for (const line of lines) {
    set(view.paths.get(line.trial), { class: `${line.best ? "best " : ""}${line.looks}${passing.has(line) ? "" : " out"}` });
  }
  tell(view);
  if (settled) for (const axis of axes) write(`brush.${axis.name}`, view.brushes.has(axis.name) ? written(axis, view.brushes.get(axis.name)) : null);
}

function holds(ends, place) {
  return ends === null || (place !== null && place >= ends[0] - SLACK && place <= ends[1] + SLACK);
}

function tell(view) {
  const { passing, brushes, status, clear } = view;
  const whole = view.scene.lines.length;
  const best = passing.at(-1);
  const sentence = brushes.size === 0 ? "No brush: all lines pass. Arrow keys move the handles at the ends of an axis."
    : `${passing.length} of ${whole} lines pass${best ? `. The best of them is ${best.says.replace("Trial", "trial")}` : ""}.`;
  if (status.textContent !== sentence) status.replaceChildren(box("bdi", "", sentence));
  clear.disabled = brushes.size === 0;
}

// The line nearest to the pointer, among those that pass.
function nearest(view, event) {
  const { left, top } = view.svg.getBoundingClientRect();
  const at = [event.clientX - left, event.clientY - top];
  const i = Math.min(Math.max(Math.floor((at[0] - view.x[0]) / view.gap), 0), view.x.length - 2);
  const share = Math.min(Math.max((at[0] - view.x[i]) / view.gap, 0), 1);
  let found = null;
  let least = NEAR;
  for (const line of view.passing) {
    const off = Math.abs(y(line.at[i]) * (1 - share) + y(line.at[i + 1]) * share - at[1]);
    if (off <= least) [found, least] = [line, off];
  }
  return found;
}

function point(view, event) {
  const held = event?.buttons > 0; // a brush is being dragged
  const line = event && !held ? nearest(view, event) : null;
  if (line === view.pointed) {
    if (line) label(view, event);
    return;
  }
  view.pointed = line;
  view.says.hidden = line === null;
  set(view.svg, { class: line ? "picture parallel pointed" : "picture parallel" });
  if (!line) return dim(view.element);
  light(line.trial, view.element);
  view.says.replaceChildren(box("bdi", "", line.says));
  label(view, event);
}

// Beside the pointer, within the figure.
function label({ root, says }, event) {
  const room = root.getBoundingClientRect();
  const left = Math.min(event.clientX - room.left + 14, room.width - says.offsetWidth);
  const above = event.clientY - room.top - says.offsetHeight - 10;
  says.style.translate = `${Math.max(left, 0)}px ${above < 0 ? event.clientY - room.top + 16 : above}px`;
}

// Opens the trial; where nothing can hover, the first tap only shows it.
function choose(view, event) {
  if (event.target.closest(".band, .handle")) return;
  const shown = view.pointed;
  const line = nearest(view, event);
  if (line && (line === shown || event.pointerType !== "touch")) location.assign(`/trials/${line.trial}`);
  else point(view, event);
}

// The line of a trial that is pointed at, here or in another figure.
function over(view, trial) {
  const line = view.scene.lines.find((each) => each.trial === trial);
  set(view.over, { d: line ? route(view, line) : "" });
}
