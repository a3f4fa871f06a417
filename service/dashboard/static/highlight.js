// Hovering a trial in one figure shows it in the others and in the tables; a click opens it.
// Plotly tells only of the reader's own hovering, not of what `Fx.hover` does from here. Figures of
// our own hear of it as the event `sitter:trial`, whose detail is the trial, null for none.

import { erase, outline } from "./outline.js";

export function linked(element) {
  element.on("plotly_hover", ({ points }) => light(points[0]?.customdata, element));
  element.on("plotly_unhover", () => dim(element));
  element.on("plotly_click", ({ points }) => {
    const trial = points[0]?.customdata;
    if (trial != null) location.assign(`/trials/${trial}`);
  });
}

export function light(trial, origin) {
  if (trial == null) return;
  dim(origin);
  tell(trial);
  for (const figure of plotted()) outline(figure, trial);
  for (const place of document.querySelectorAll(`[data-trial="${trial}"]`)) place.classList.add("lit");
  for (const figure of others(origin)) {
    const at = find(figure, trial);
    if (at) Plotly.Fx.hover(figure, [at]);
  }
}

export function dim(origin) {
  tell(null);
  for (const figure of plotted()) erase(figure);
  for (const place of document.querySelectorAll(".lit")) place.classList.remove("lit");
  for (const figure of others(origin)) Plotly.Fx.unhover(figure);
}

function tell(trial) {
  document.dispatchEvent(new CustomEvent("sitter:trial", { detail: trial }));
}

const plotted = () => [...document.querySelectorAll(".js-plotly-plot")];

function others(origin) {
  return plotted().filter((figure) => figure !== origin);
}

function find(figure, trial) {
  for (const [curveNumber, trace] of figure.data.entries()) {
    const pointNumber = (trace.customdata ?? []).lastIndexOf(trial);
    if (pointNumber >= 0 && trace.visible !== false) return { curveNumber, pointNumber };
  }
  return null;
}
