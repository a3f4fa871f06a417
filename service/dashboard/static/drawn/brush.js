// One axis of parallel coordinates: its title and ticks, and a brush that keeps the lines which
// pass between two handles. By pointer: drag along the axis, drag the brush or a handle, click to
// clear; a finger, which scrolls the page, moves the handles alone. By keyboard: arrow keys, Page Up
// and Down, Home and End on a handle, Escape to clear.

import { made, set } from "./svg.js";
import { between, places, says, stepOf } from "./scales.js";

const HALF = 13; // px from the axis that still belong to it
const GRIP = 12; // half the height of a handle's reach, px
const LEAST = 0.015; // of an axis: a shorter drag is a click
const PAGE = 5; // steps of a Page key

// Values in the address are rounded, and steps from them would drift.
const tidy = (place) => Math.round(place * 1000) / 1000;

// `changed(brush)` is called with the new brush, null for none, and whether the reader has let go.
export class Brush {
  constructor(changed) {
    this.changed = changed;
    this.title = made("text", { class: "title", x: -8, y: 14 }, made("title"), made("tspan"));
    this.ticks = made("g", { class: "ticks" });
    this.rule = made("line", { class: "rule" });
    this.kept = made("rect", { class: "kept", width: 12, x: -6, rx: 2 });
    this.band = made("rect", { class: "band", x: -HALF, width: 2 * HALF });
    this.low = this.handle("from");
    this.high = this.handle("up to");
    this.group = made("g", { class: "axis" }, this.title, this.rule, this.kept, this.ticks, this.band, this.high, this.low);
    this.band.addEventListener("pointerdown", (event) => this.grab(event, null));
  }

  handle(name) {
    const grip = made("rect", { class: "grip", x: -HALF, y: -GRIP, width: 2 * HALF, height: 2 * GRIP });
    const sign = made("rect", { class: "sign", x: -8, y: -3, width: 16, height: 6, rx: 2 });
    const node = made("g", { class: "handle", role: "slider", tabindex: 0, "aria-orientation": "vertical", "aria-valuemin": 0, "aria-valuemax": 100 }, grip, sign);
    node.dataset.end = name;
    node.addEventListener("keydown", (event) => this.press(event, name));
    node.addEventListener("pointerdown", (event) => this.grab(event, name));
    return node;
  }

  // Puts the axis at x, between the heights top and bottom, px.
  show(axis, brush, x, { top, bottom, room }) {
    Object.assign(this, { axis, top, bottom });
    const [low, high] = brush ? places(axis, brush) : [0, 1];
    Object.assign(this, { at: [Math.max(low, 0), Math.min(high, 1)], brushed: brush !== null });
    set(this.group, { transform: `translate(${x},0)`, class: brush ? "axis brushed" : "axis" });
    this.name(room);
    set(this.rule, { y1: top, y2: bottom });
    set(this.band, { y: top, height: bottom - top });
    const upper = this.y(this.at[1]);
    set(this.kept, { y: upper, height: Math.max(this.y(this.at[0]) - upper, 1) });
    this.ticks.replaceChildren(...axis.ticks.map(([place, label]) => made("text", { x: 10, y: this.y(place), dy: "0.35em" }, label)));
    this.hold(this.low, 0);
    this.hold(this.high, 1);
  }

  // What lines have in common that end below the axis.
  below(text, y) {
    if (text) this.ticks.append(made("text", { x: 10, y, dy: "0.35em" }, text));
  }

  name(room) {
    const { title } = this.axis;
    const longest = Math.max(4, Math.floor((room + 8) / 7.6));
    this.title.firstChild.textContent = this.axis.name;
    this.title.lastChild.textContent = title.length > longest ? `${title.slice(0, longest - 1)}…` : title;
  }

  hold(node, end) {
    const place = this.at[end];
    set(node, {
      transform: `translate(0,${this.y(place)})`,
      "aria-label": `${this.axis.title}, ${node.dataset.end}`,
      "aria-valuenow": Math.round(100 * place),
      "aria-valuetext": says(this.axis, place),
    });
  }

  y(place) {
    return this.bottom - place * (this.bottom - this.top);
  }

  place(event) {
    const { top } = this.rule.getBoundingClientRect();
    return Math.min(Math.max(1 - (event.clientY - top) / (this.bottom - this.top), 0), 1);
  }

  // A drag: of a handle, of the whole brush, or from a free place on.
  grab(event, handle) {
    if (event.button !== 0 || (handle === null && event.pointerType === "touch")) return;
    event.preventDefault();
    event.stopPropagation();
    const node = event.currentTarget;
    const began = this.place(event);
    const [low, high] = this.at;
    const moves = handle === null && this.brushed && began > low && began < high;
    const drag = (now) => {
      if (handle === "from") return [Math.min(now, high), high];
      if (handle === "up to") return [low, Math.max(now, low)];
      if (!moves) return [Math.min(began, now), Math.max(began, now)];
      const by = Math.min(Math.max(now - began, -low), 1 - high);
      return [low + by, high + by];
    };
    this.follow(node, (now, done) => {
      const clicked = done && handle === null && Math.abs(now - began) < LEAST;
      this.tell(clicked ? null : drag(now), done);
    });
    if (handle !== null) node.focus();
  }

  follow(node, moved) {
    const ending = new AbortController();
    const { signal } = ending;
    const end = (event) => {
      ending.abort();
      moved(this.place(event), true);
    };
    addEventListener("pointermove", (event) => moved(this.place(event), false), { signal });
    addEventListener("pointerup", end, { signal });
    addEventListener("pointercancel", end, { signal });
  }

  press(event, handle) {
    const end = handle === "from" ? 0 : 1;
    const step = stepOf(this.axis);
    const by = { ArrowUp: step, ArrowRight: step, ArrowDown: -step, ArrowLeft: -step, PageUp: PAGE * step, PageDown: -PAGE * step }[event.key];
    const to = { Home: 0, End: 1 }[event.key] ?? (by === undefined ? undefined : tidy(this.at[end] + by));
    if (to === undefined && !["Escape", "Delete"].includes(event.key)) return;
    event.preventDefault();
    if (to === undefined) this.tell(null, true);
    else {
      const next = [...this.at];
      next[end] = end === 0 ? Math.min(Math.max(to, 0), next[1]) : Math.max(Math.min(to, 1), next[0]);
      this.tell(next, true);
    }
  }

  tell(ends, done) {
    this.changed(ends && between(this.axis, ...ends), done);
  }
}
