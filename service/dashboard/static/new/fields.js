// One control per setting, made from its schema. A control is {element, sync}: `sync` shows what the
// document says by now, and leaves alone what somebody is typing.

import { el, options, prose } from "./dom.js";
import { shown, shownList, typed, typedList } from "./numbers.js";
import { choices, names } from "./schema.js";
import { first, hint, label, sentence, usual } from "./words.js";

// `form` has schema, get(path), put(path, value) and searched(path).
export function control(form, path, field) {
  if (field.kind === "menu") return menu(form, path, field);
  if (field.kind === "menus") return menus(form, path, field);
  if (field.kind === "section") return section(form, path, field);
  if (field.kind === "other") return elsewhere(form, path, field);
  return scalar(form, path, field);
}

// A label, its input, and one line below them for the hint or for what is wrong.
export function framed(path, input, said, name = label(path)) {
  const id = path.join(".");
  input.id = `field-${id}`;
  input.setAttribute("aria-describedby", `under-${id}`);
  const under = el(
    "p", { class: "under", id: `under-${id}` },
    el("span", { class: "usual" }, ...prose(said)), el("span", { class: "wrong", hidden: true }),
  );
  const title = el("label", { for: input.id, text: name });
  return el("div", { class: input.type === "checkbox" ? "field ticked" : "field", "data-field": id }, title, input, under);
}

const INPUTS = { boolean: ticked, choice: chosen, list: listed, text: written, number: counted, integer: counted };

function scalar(form, path, field) {
  const { input, sync } = INPUTS[field.kind](form, path, field);
  const said = hint(path, field);
  const element = framed(path, input, said);
  const usually = element.querySelector(".usual");
  return {
    element,
    sync() {
      sync();
      const over = form.searched(path);
      element.classList.toggle("searched", over);
      usually.replaceChildren(...prose(over ? "Searched below, in place of this value." : said));
    },
  };
}

function ticked(form, path, field) {
  const input = el("input", { type: "checkbox", onchange: () => form.put(path, input.checked) });
  return { input, sync: () => (input.checked = Boolean(form.get(path) ?? field.fallback)) };
}

function chosen(form, path, field) {
  const input = el("select", { onchange: () => form.put(path, input.value || undefined) });
  const known = field.nullable ? ["", ...choices(field)] : choices(field);
  return { input, sync: () => options(input, known, shown(form.get(path) ?? field.fallback)) };
}

function counted(form, path, field) {
  return line(form, path, field, typed, shown, { inputmode: "decimal" });
}

function listed(form, path, field) {
  return line(form, path, field, typedList, shownList, {});
}

function written(form, path, field) {
  const long = (field.schema.maxLength ?? 0) > 1000;
  return line(form, path, field, (text) => text, shown, { long });
}

function line(form, path, field, read, show, { long, inputmode }) {
  const input = el(long ? "textarea" : "input", {
    autocomplete: "off", spellcheck: "false", dir: "auto", inputmode, placeholder: usual(field),
    rows: long ? "3" : undefined, type: long ? undefined : "text",
    oninput: () => form.put(path, input.value.trim() === "" ? undefined : read(input.value)),
  });
  const sync = () => {
    if (document.activeElement !== input) input.value = show(form.get(path));
  };
  return { input, sync };
}

function elsewhere(form, path) {
  const input = el("output", { class: "quiet" });
  const element = framed(path, input, "Set it in the YAML.");
  return { element, sync: () => (input.textContent = shown(form.get(path)) || "none") };
}

// An ingredient: which one, and its settings below.
function menu(form, path, field, name = label(path)) {
  const select = el("select", { onchange: () => form.put(path, { name: select.value }) });
  const head = framed(path, select, "", name);
  const inside = el("div", { class: "inside" });
  let built, parts = [];
  const rebuild = (named) => {
    built = named;
    const entry = form.schema.entry(field.schema, named);
    head.querySelector(".usual").replaceChildren(...prose(sentence(entry?.description ?? "")));
    parts = entry ? settings(form, path, entry, named, inside) : [];
    if (!entry) inside.replaceChildren();
  };
  return {
    element: el("div", { class: "ingredient", role: "group", "aria-label": name }, head, inside),
    sync() {
      const usually = field.fallback?.name ?? names(field.schema)[0];
      const named = shown(form.get([...path, "name"]) ?? usually);
      options(select, names(field.schema), named);
      if (named !== built) rebuild(named);
      for (const part of parts) part.sync();
    },
  };
}

// The settings of a section: what most people change in view, the others behind a click unless `all`.
function settings(form, path, section, name, holder, all = false) {
  const keys = Object.keys(section.properties).filter((key) => key !== "name");
  const near = (key) =>
    all || first(key) || (section.required ?? []).includes(key) || form.get([...path, key]) !== undefined;
  const made = keys.map((key) => {
    const part = control(form, [...path, key], form.schema.of(section, key));
    return { ...part, near: near(key) };
  });
  const [inView, behind] = [made.filter((p) => p.near), made.filter((p) => !p.near)];
  const more = behind.length
    ? el("details", {}, el("summary", { text: `More settings of ${name.replaceAll("_", " ")}` }),
        el("div", { class: "settings" }, ...behind.map((p) => p.element)))
    : null;
  holder.replaceChildren(
    ...(inView.length ? [el("div", { class: "settings" }, ...inView.map((p) => p.element))] : []),
    ...(more ? [more] : []),
  );
  return made;
}

// A section that is always there, or one that a tick brings.
function section(form, path, field) {
  const inside = el("div", { class: "inside" });
  const tick = el("input", {
    type: "checkbox",
    onchange: () => form.put(path, tick.checked ? {} : undefined),
  });
  const head = field.nullable
    ? framed(path, tick, hint(path, { schema: { description: field.schema.description } }))
    : el("h3", { text: label(path) });
  let parts = [];
  return {
    element: el("div", { class: "ingredient", role: "group", "aria-label": label(path) }, head, inside),
    sync() {
      const there = !field.nullable || Boolean(form.get(path));
      tick.checked = there;
      if (there && !parts.length) parts = settings(form, path, field.schema, label(path), inside, true);
      if (!there && parts.length) inside.replaceChildren(...(parts = []));
      for (const part of parts) part.sync();
    },
  };
}

// A list of ingredients, in their order.
function menus(form, path, field) {
  const list = el("div", { class: "inside" });
  const add = el("button", {
    type: "button", text: "Add one", "aria-label": `Add one: ${label(path)}`, onclick: () => change(append),
  });
  const head = framed(path, add, hint(path, field));
  let parts = [];
  const given = () => (Array.isArray(form.get(path)) ? form.get(path) : []);
  const append = (all) => [...all, { name: names(form.schema.items(field).schema)[0] }];
  const change = (edit) => {
    const next = edit(given());
    form.put(path, next.length ? next : undefined);
  };
  const item = (i) => {
    const part = menu(form, [...path, i], form.schema.items(field), `${label(path)} ${i + 1}`);
    const away = el("button", {
      type: "button", text: "Remove", "aria-label": `Remove ${label(path)} ${i + 1}`,
      onclick: () => change((all) => all.filter((_, at) => at !== i)),
    });
    return { sync: part.sync, element: el("div", { class: "item" }, part.element, away) };
  };
  return {
    element: el("div", { class: "ingredient", role: "group", "aria-label": label(path) }, head, list),
    sync() {
      if (given().length !== parts.length) {
        parts = given().map((_, i) => item(i));
        list.replaceChildren(...parts.map((p) => p.element));
      }
      for (const part of parts) part.sync();
    },
  };
}
