// The recipe paths that a study can search, and a first distribution for each.

import { choices, names } from "./schema.js";

const KNOWN = {
  lr: { log_uniform: [1e-4, 1] },
  weight_decay: { log_uniform: [1e-6, 0.1] },
  momentum: { uniform: [0.5, 0.99] },
  dropout: { uniform: [0, 0.5] },
  label_smoothing: { uniform: [0, 0.2] },
};
const MOST_CHOICES = 3; // entries of a menu that a new row begins with
const SECTIONS = { optimizer: 0, model: 1, schedule: 2 }; // searched most often, so listed first
const NUMBERS = ["number", "integer"];

// Map of path → field, as the document's recipe is by now: {optimizer.lr: …, model: …}.
export function searchable(form) {
  const found = [...settings(form, ["recipe"], form.schema.of(form.schema.root, "recipe").schema)];
  const rank = ([path, field]) =>
    (NUMBERS.includes(field.kind) ? 0 : 10) + (SECTIONS[path.split(".")[0]] ?? 5);
  return new Map(found.sort((a, b) => rank(a) - rank(b)));
}

export function numeric(field) {
  return NUMBERS.includes(field?.kind);
}

function* settings(form, path, section) {
  for (const key of Object.keys(section.properties)) {
    if (key === "name") continue;
    const field = form.schema.of(section, key);
    const here = [...path, key];
    if (["number", "integer", "boolean", "choice", "list", "menu"].includes(field.kind)) {
      yield [here.slice(1).join("."), field];
    }
    const inside = within(form, here, field);
    if (inside) yield* settings(form, here, inside);
  }
}

function within(form, path, field) {
  if (field.kind === "section") return field.nullable && !form.get(path) ? null : field.schema;
  if (field.kind !== "menu") return null;
  return form.schema.entry(field.schema, form.get([...path, "name"]) ?? field.fallback?.name);
}

export function firstDistribution(path, field) {
  const key = path.split(".").at(-1);
  if (KNOWN[key]) return structuredClone(KNOWN[key]);
  if (numeric(field)) return around(field);
  if (field?.kind === "boolean") return { choice: [true, false] };
  if (field?.kind === "choice") return { choice: choices(field) };
  if (field?.kind === "menu") return { choice: names(field.schema).slice(0, MOST_CHOICES) };
  return { choice: [field?.fallback ?? 1] };
}

// From half to twice the default, within the field's own bounds.
function around({ kind, fallback, schema }) {
  const low = schema.minimum ?? schema.exclusiveMinimum ?? 0;
  const high = schema.maximum ?? schema.exclusiveMaximum ?? Infinity;
  const middle = fallback || (Number.isFinite(high) ? (low + high) / 2 : Math.max(1, low));
  const [from, to] = [Math.max(low, middle / 2), Math.min(high, middle * 2)];
  if (kind === "number") return { uniform: [from, to === schema.exclusiveMaximum ? to * 0.99 : to] };
  return { int: [Math.ceil(from), Math.max(Math.ceil(from) + 1, Math.floor(to))] };
}
