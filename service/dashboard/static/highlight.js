// Hovering a trial in one figure shows it in the others and in the tables; a click opens it.
// Plotly tells only of the reader's own hovering, not of what `Fx.hover` does from here.

export function linked(element) {
  element.on("plotly_hover", ({ points }) => light(points[0]?.customdata, element));
  element.on("plotly_unhover", () => dim(element));
  element.on("plotly_click", ({ points }) => {
    const trial = points[0]?.customdata;
    if (trial !== undefined) location.assign(`/trials/${trial}`);
  });
}

function light(trial, origin) {
  if (trial === undefined) return;
  dim(origin);
  for (const place of document.querySelectorAll(`[data-trial="${trial}"]`)) place.classList.add("lit");
  for (const figure of others(origin)) {
    const at = find(figure, trial);
    if (at) Plotly.Fx.hover(figure, [at]);
  }
}

function dim(origin) {
  for (const place of document.querySelectorAll(".lit")) place.classList.remove("lit");
  for (const figure of others(origin)) Plotly.Fx.unhover(figure);
}

function others(origin) {
  return [...document.querySelectorAll(".js-plotly-plot")].filter((figure) => figure !== origin);
}

function find(figure, trial) {
  for (const [curveNumber, trace] of figure.data.entries()) {
    const pointNumber = (trace.customdata ?? []).indexOf(trial);
    if (pointNumber >= 0) return { curveNumber, pointNumber };
  }
  return null;
}
