// A figure that shows one thing or another: a choice above it, kept in the URL.
// `layout.meta.switch` is {name, label, views: [{name, caption, yaxis}]}; a trace's `meta` is the
// name of the view that it belongs to.

import { read, write } from "./state.js";

// The figure as the reader has chosen to see it; `redraw` is called when the choice changes.
export function switched(element, figure, redraw) {
  const { switch: choice } = figure.layout.meta;
  const box = element.parentElement.querySelector(".switch");
  if (!choice) {
    box?.remove();
    return figure;
  }
  const name = chosen(choice);
  if (box?.dataset.views !== views(choice)) {
    box?.remove();
    element.before(choices(choice, name));
  }
  element.parentElement.querySelector(".switch").redraw = redraw;
  return seen(figure, choice.views.find((view) => view.name === name));
}

function chosen({ name, views }) {
  const wanted = read(name);
  return views.some((view) => view.name === wanted) ? wanted : views[0].name;
}

function seen(figure, { name, caption, yaxis }) {
  const { layout } = figure;
  const data = figure.data.map((trace) => (trace.meta ? { ...trace, visible: trace.meta === name } : trace));
  return { data, layout: { ...layout, yaxis, meta: { ...layout.meta, caption } } };
}

const views = (choice) => choice.views.map((view) => view.name).join(" ");

function choices(choice, name) {
  const box = document.createElement("fieldset");
  box.className = "switch";
  box.dataset.views = views(choice);
  const legend = document.createElement("legend");
  legend.textContent = choice.label;
  box.append(legend, ...choice.views.map((view) => option(choice.name, view.name, view.name === name)));
  box.addEventListener("change", (event) => {
    const { value } = event.target;
    write(choice.name, value === choice.views[0].name ? null : value);
    box.redraw();
  });
  return box;
}

function option(group, value, checked) {
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), { type: "radio", name: group, value, checked });
  label.append(input, ` ${value}`);
  return label;
}
