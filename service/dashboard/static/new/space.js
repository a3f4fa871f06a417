// The searched paths: a row each, with its distribution and a preview of the sampled points.

import { el, options } from "./dom.js";
import { framed } from "./fields.js";
import { shown, shownList, typed, typedList } from "./numbers.js";
import { firstDistribution, numeric, searchable } from "./paths.js";
import { preview } from "./preview.js";
import { hint } from "./words.js";

const KINDS = {
  log_uniform: "log scale",
  uniform: "even scale",
  int: "whole numbers",
  log_int: "whole, log scale",
  choice: "one of a list",
  values: "list in order",
};
const LISTS = ["choice", "values"];

export function space(form) {
  const rows = el("div", { class: "rows" });
  const none = el("p", { class: "quiet", text: hint(["space"], { schema: {} }) });
  const said = el("p", { class: "quiet said", "aria-live": "polite", text: "\u00a0" });
  const add = el("button", { type: "button", text: "Search one more setting", onclick: () => append(form) });
  let made = new Map();
  const element = el(
    "div", { class: "space", role: "group", "aria-label": "Searched settings" }, none, rows, said,
    el("p", {}, add),
  );
  return {
    element,
    sync() {
      const paths = Object.keys(given(form));
      if (paths.join("\n") !== [...made.keys()].join("\n")) {
        const kept = made;
        made = new Map(paths.map((path) => [path, kept.get(path) ?? row(form, path)]));
        rows.replaceChildren(...[...made.values()].map((each) => each.element));
      }
      none.hidden = paths.length > 0;
      for (const each of made.values()) each.sync();
    },
    draw({ samples, sampled }) {
      said.textContent = sampled || "\u00a0";
      for (const [path, each] of made) each.draw(samples[path]);
    },
    focus: (path) => made.get(path)?.element.querySelector("select").focus(),
  };
}

function given(form) {
  const found = form.get(["space"]);
  return found && typeof found === "object" && !Array.isArray(found) ? found : {};
}

function append(form) {
  const taken = given(form);
  const known = [...searchable(form)].filter(([path]) => !Object.hasOwn(taken, path));
  if (!known.length) return;
  const [path, field] = known[0];
  form.put(["space"], { ...taken, [path]: firstDistribution(path, field) });
  document.getElementById(`field-space.${path}`)?.focus();
}

// {kind, low, high, values, points} of a distribution as it is written, however wrong.
function parts(distribution) {
  const raw = distribution && typeof distribution === "object" ? distribution : {};
  const kind = Object.keys(raw).find((key) => key in KINDS) ?? "";
  const inside = Array.isArray(raw[kind]) ? raw[kind] : [];
  return { kind, low: inside[0], high: inside[1], values: inside, points: raw.points };
}

function row(form, path) {
  const id = (part) => `field-space.${path}.${part}`;
  const read = () => parts(given(form)[path]);
  const write = (distribution) => form.put(["space", path], distribution);
  const setting = el("select", { onchange: () => rename(form, path, setting.value) });
  const kind = el("select", { id: id("kind"), onchange: () => write(turned(read(), kind.value)) });
  kind.append(...Object.entries(KINDS).map(([value, text]) => el("option", { value, text })));
  const input = (part, change) => el("input", {
    type: "text", id: id(part), inputmode: LISTS.includes(part) ? undefined : "decimal", dir: "auto",
    autocomplete: "off", oninput: (event) => write(change(read(), event.target.value)),
  });
  const low = input("low", (now, text) => ranged({ ...now, low: typed(text) }));
  const high = input("high", (now, text) => ranged({ ...now, high: typed(text) }));
  const points = input("points", (now, text) => ranged({ ...now, points: text.trim() ? typed(text) : undefined }));
  const values = input("values", (now, text) => ({ [now.kind]: typedList(text) }));
  const drawing = el("div", { class: "preview" });
  const head = framed(["space", path], setting, "", "Setting");
  const boxes = {
    low: boxed("From", low), high: boxed("To", high), points: boxed("Points", points), values: boxed("Values", values, "wide"),
  };
  const away = el("button", {
    type: "button", text: "Remove", "aria-label": `Remove ${path}`, onclick: () => remove(form, path),
  });
  const under = head.querySelector(".under");
  const bar = el("div", { class: "bounds" }, head, boxed("Drawn from", kind, "wide"), ...Object.values(boxes), away);
  return {
    element: el("div", { class: "row", role: "group", "aria-label": `Search of ${path}` }, bar, drawing, under),
    sync() {
      const now = read();
      options(setting, [...searchable(form).keys()], path);
      kind.value = now.kind;
      const list = LISTS.includes(now.kind);
      const grid = (form.get(["strategy", "name"]) ?? form.get(["strategy"])) === "grid";
      boxes.low.hidden = boxes.high.hidden = list;
      boxes.points.hidden = list || !(grid || now.points !== undefined);
      boxes.values.hidden = !list;
      fill(low, shown(now.low));
      fill(high, shown(now.high));
      fill(points, shown(now.points));
      fill(values, shownList(now.values));
    },
    draw(samples) {
      const now = read();
      drawing.classList.toggle("short", LISTS.includes(now.kind));
      const range = LISTS.includes(now.kind) ? null : { ...now, log: now.kind.startsWith("log_") };
      const made = preview(samples, range);
      drawing.replaceChildren(...(made ? [made] : []));
    },
  };
}

function boxed(name, input, width = "") {
  return el("div", { class: `field ${width}` }, el("label", { for: input.id, text: name }), input);
}

function fill(input, text) {
  if (document.activeElement !== input) input.value = text;
}

function ranged({ kind, low, high, points }) {
  return { [kind || "uniform"]: [low, high], ...(points === undefined ? {} : { points }) };
}

// The same bounds or values under another kind, as far as they fit.
function turned(now, kind) {
  const { values, points } = now;
  if (LISTS.includes(kind)) return { [kind]: values };
  const numbers = values.filter((v) => typeof v === "number");
  const [low, high] = numbers.length ? [Math.min(...numbers), Math.max(...numbers)] : [0, 1];
  return ranged({ kind, low, high, points });
}

function rename(form, path, to) {
  const now = given(form);
  const known = searchable(form);
  const alike = numeric(known.get(path)) && numeric(known.get(to)) && !to.endsWith("lr");
  const next = alike ? now[path] : firstDistribution(to, known.get(to));
  const rows = Object.entries(now).filter(([each]) => each !== to);
  form.put(["space"], Object.fromEntries(rows.map(([p, d]) => (p === path ? [to, next] : [p, d]))));
  document.getElementById(`field-space.${to}`)?.focus();
}

function remove(form, path) {
  const rows = Object.entries(given(form)).filter(([each]) => each !== path);
  form.put(["space"], Object.fromEntries(rows));
  document.querySelector(".space > p button").focus();
}
