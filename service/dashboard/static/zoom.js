// A figure's zoom is part of the page's address: ?zoom.<figure>=x0,x1,y0,y1 in the axes' own units.

import { read, write } from "./state.js";

const key = (element) => `zoom.${element.closest("figure").id.replace("figure-", "")}`;

// Puts the address's zoom, if it has one, into a layout that is about to be drawn first.
export function zoomed(element, layout) {
  const ends = (read(key(element)) ?? "").split(",").map(Number);
  if (ends.length !== 4 || !ends.every(Number.isFinite)) return;
  Object.assign(layout.xaxis, { range: ends.slice(0, 2), autorange: false });
  Object.assign(layout.yaxis, { range: ends.slice(2), autorange: false });
}

// Follows the reader's zooming; a double click takes it out of the address again.
export function keepZoom(element) {
  element.on("plotly_relayout", (change) => {
    const names = Object.keys(change);
    if (!names.some((name) => /^[xy]axis\.(range|autorange)/.test(name))) return;
    const { xaxis, yaxis } = element.layout;
    const ends = [...(xaxis?.range ?? []), ...(yaxis?.range ?? [])].map(Number);
    write(key(element), names.some((n) => n.includes(".range[")) && ends.every(Number.isFinite)
      ? ends.map((end) => Number(end.toPrecision(5))).join(",") : null);
  });
  element.on("plotly_doubleclick", () => write(key(element), null));
}
