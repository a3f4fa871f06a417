// Draws a trial's whole line over a figure that shows it among many: solid what the figure shows,
// dashed its partner that is out of view (training loss beside validation loss).

const SVG = "http://www.w3.org/2000/svg";

export function outline(figure, trial) {
  erase(figure);
  const place = figure.querySelector(".cartesianlayer .overplot > .xy");
  if (!place) return;
  for (const trace of figure.data) {
    if (!trace.mode?.includes("lines") || !trace.customdata?.includes(trial)) continue;
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", trace.visible === false ? "outlined partner" : "outlined");
    path.setAttribute("d", route(figure, trace, trial));
    place.append(path);
  }
}

export function erase(figure) {
  for (const path of figure.querySelectorAll(".outlined")) path.remove();
}

// Through the trial's points; a missing number breaks the line.
function route(figure, trace, trial) {
  const { xaxis, yaxis } = figure._fullLayout;
  let d = "";
  let pen = "M";
  for (const [i, of] of trace.customdata.entries()) {
    if (of !== trial) continue;
    if (trace.y[i] === null) pen = "M";
    else {
      d += `${pen}${xaxis.d2p(trace.x[i])},${yaxis.d2p(trace.y[i])}`;
      pen = "L";
    }
  }
  return d;
}
