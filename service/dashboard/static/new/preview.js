// The sampled points of one path, as dots on its axis: log where the distribution is.

import { shown } from "./numbers.js";

const SVG = "http://www.w3.org/2000/svg";
const LEFT = 2; // per cent of the width on either side
const MOST_TICKS = 7;
const ROW = 16; // px of the dots' centres from above

// `range` is {low, high, log}; null for a list of values.
export function preview(values, range) {
  if (!values?.length) return null;
  return range && values.every((v) => typeof v === "number") ? axis(values, range) : tally(values);
}

function axis(values, { low, high, log }) {
  const scale = log ? Math.log : (v) => v;
  const [from, to] = [scale(low), scale(high)];
  if (!(to > from)) return null;
  const at = (v) => `${(LEFT + ((100 - 2 * LEFT) * (scale(v) - from)) / (to - from)).toFixed(2)}%`;
  const said = `${values.length} points from ${shown(low)} to ${shown(high)}${log ? ", log scale" : ""}`;
  const drawing = svg("svg", { class: "axis", role: "img", "aria-label": said });
  drawing.append(svg("line", { class: "base", x1: at(low), x2: at(high), y1: ROW * 2, y2: ROW * 2 }));
  for (const tick of log ? decades(low, high) : even(low, high)) drawing.append(...mark(tick, at, low, high));
  for (const value of values) drawing.append(dot(value, at));
  return drawing;
}

function dot(value, at) {
  const made = svg("circle", { class: "dot", cx: at(value), cy: ROW, r: 4 });
  const title = svg("title", {});
  title.textContent = rounded(value);
  made.append(title);
  return made;
}

function mark(tick, at, low, high) {
  const anchor = tick === low ? "start" : tick === high ? "end" : "middle";
  const text = svg("text", { x: at(tick), y: ROW * 3 + 2, "text-anchor": anchor });
  text.textContent = rounded(tick);
  return [svg("line", { class: "base", x1: at(tick), x2: at(tick), y1: ROW * 2 - 4, y2: ROW * 2 }), text];
}

// Powers of ten within the range; its ends where there are less than two.
function decades(low, high) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  if (last - first < 1) return [low, high];
  const step = Math.ceil((last - first + 1) / MOST_TICKS);
  const found = [];
  for (let power = first; power <= last; power += step) found.push(Number(`1e${power}`));
  return found;
}

function even(low, high) {
  return [low, (low + high) / 2, high];
}

// Values that have no axis, with how often each comes.
function tally(values) {
  const counts = new Map();
  for (const value of values) counts.set(shown(value), (counts.get(shown(value)) ?? 0) + 1);
  const line = document.createElement("ul");
  line.className = "tally";
  for (const [value, count] of counts) {
    const item = document.createElement("li");
    const name = document.createElement("bdi");
    name.textContent = value;
    item.append(name, values.length === counts.size ? "" : ` × ${count}`);
    line.append(item);
  }
  return line;
}

function rounded(value) {
  return shown(Number(value.toPrecision(3)));
}

function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
