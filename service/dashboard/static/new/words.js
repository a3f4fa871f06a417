// How settings are called on the page, and what is said of those that the schema does not explain.

import { bounds } from "./schema.js";
import { shown, shownList } from "./numbers.js";

const LABELS = {
  lr: "Learning rate",
  hidden: "Hidden layers",
  trials: "Trials",
  metric: "Objective",
  "stopping": "Stopping rule",
  mc_dropout: "Passes with dropout on",
  bootstrap: "Bootstrap samples",
  confusion: "Confusion matrix",
};

const HINTS = {
  name: "How the study is called in lists.",
  trials: "Points to try. Left empty: all of a grid, else 64.",
  repeats: "Seeds with which each point is trained.",
  tags: "Words to find it by, with commas.",
  note: "What you want to find out.",
  "objective.metric": "What decides which trial is best.",
  space: "Nothing is searched yet: every trial would train the same recipe.",
  "diagnostics.profile": "What is measured beside the metrics, by its cost.",
  "diagnostics.stop_on": "What ends a trial early.",
  "recipe.augment": "Changes to the samples while training, in their order.",
  "recipe.evaluation.metrics": "Measured beside loss and accuracy.",
  "recipe.epochs": "Passes over the training data.",
  "recipe.batch_size": "Samples in each step.",
  "recipe.seed": "Decides the first weights.",
  "recipe.data_seed": "Decides split, order and dropout. Left empty: the seed.",
  "recipe.transfer": "Start from trained weights.",
  "recipe.pretraining": "Train layers without labels first.",
};

const WIDTHS = "Units of each layer, with commas.";

// Settings that are in view without a click; what the document says is in view too.
const FIRST = new Set(["lr", "weight_decay", "momentum", "hidden", "dropout", "classes", "samples"]);

export function label(path) {
  const key = path.at(-1);
  const said = LABELS[path.join(".")] ?? LABELS[key] ?? String(key).replaceAll("_", " ");
  return said[0].toUpperCase() + said.slice(1);
}

export function first(key) {
  return FIRST.has(key);
}

export function hint(path, field) {
  const said = HINTS[path.join(".")] ?? (path.at(-1) === "hidden" ? WIDTHS : undefined);
  if (said) return said;
  const { description } = field.schema;
  const parts = [description ? sentence(description) : "", limits(field)];
  return parts.filter(Boolean).join(" ");
}

// The first sentence of a description.
export function sentence(text) {
  const plain = text.replace(/\s+/g, " ").trim();
  const end = plain.search(/\.(?=\s+[A-Z`]|$)/); // not after "eq. 5"
  return end < 0 ? plain : plain.slice(0, end + 1);
}

function limits(field) {
  const within = ["number", "integer"].includes(field.kind) ? bounds(field) : "";
  const empty = usual(field) && field.kind !== "text" ? `${usual(field)} if left empty` : "";
  const said = [within, empty].filter(Boolean).join("; ");
  return said && `${said[0].toUpperCase()}${said.slice(1)}.`;
}

// The default as it stands in an empty field.
export function usual({ kind, fallback, nullable }) {
  if (fallback === undefined || (fallback === null && nullable)) return nullable ? "none" : "";
  if (["boolean", "choice", "menu", "menus"].includes(kind)) return "";
  return kind === "list" ? shownList(fallback) || "none" : shown(fallback);
}
