// The form: what people change first, then the search, then everything else that a study has.

import { el } from "./dom.js";
import { control } from "./fields.js";
import { space } from "./space.js";
import { get, put } from "./tree.js";

const TRAINED = ["name", "recipe.data", "recipe.model", "recipe.optimizer", "recipe.schedule", "recipe.epochs", "recipe.batch_size"];
const SEARCHED = ["strategy", "trials", "objective.metric", "stopping"];
const ELSEWHERE = ["recipe", "space", "objective"]; // whose settings stand above, one by one
const NUMBERS = ["recipe.epochs", "recipe.batch_size", "trials", "objective.metric"];

export class Form {
  #parts;
  #space;

  constructor(holder, schema, draft) {
    this.holder = holder;
    this.schema = schema;
    this.draft = draft;
    this.#space = space(this);
    const trained = TRAINED.map((path) => this.#control(path));
    const searched = SEARCHED.map((path) => this.#control(path));
    const others = this.#others().map((path) => this.#control(path));
    this.#parts = [...trained, this.#space, ...searched, ...others];
    holder.replaceChildren(
      chapter("What is trained", ...arranged(trained, counted)),
      chapter("What is searched", this.#space.element, ...arranged(searched, counted)),
      el("details", { class: "others" }, el("summary", { text: "More" }),
        el("div", { class: "chapter" }, ...arranged(others, small))),
    );
  }

  get(path) {
    return get(this.draft.document, path);
  }

  put(path, value) {
    const done = this.draft.change((tree) => {
      put(tree, path, value);
      // The direction follows from the metric.
      if (path.join(".") === "objective.metric") put(tree, ["objective", "direction"], undefined);
    });
    if (done) this.sync(); // else with the service's answer
  }

  // Whether the space searches this setting of the recipe.
  searched([top, ...path]) {
    const searched = this.get(["space"]);
    return top === "recipe" && searched !== null && typeof searched === "object" && Object.hasOwn(searched, path.join("."));
  }

  // Shows what the document says by now; nothing where the YAML cannot be read.
  sync() {
    this.holder.disabled = this.draft.document === null;
    if (this.holder.disabled) return;
    for (const part of this.#parts) part.sync();
  }

  draw() {
    if (this.draft.document !== null) this.#space.draw(this.draft);
  }

  #control(dotted) {
    const path = dotted.split(".");
    return control(this, path, this.#field(path));
  }

  #field([key, ...rest], section = this.schema.root) {
    const field = this.schema.of(section, key);
    return rest.length ? this.#field(rest, field.schema) : field;
  }

  #others() {
    const recipe = this.schema.of(this.schema.root, "recipe").schema.properties;
    const all = [...Object.keys(recipe).map((key) => `recipe.${key}`), ...Object.keys(this.schema.root.properties)];
    return all.filter((path) => ![...TRAINED, ...SEARCHED, ...ELSEWHERE].includes(path));
  }
}

function chapter(title, ...parts) {
  return el("section", { class: "chapter" }, el("h2", { text: title }), ...parts);
}

// What is `little` stands beside each other, at the end; the others take a line of their own.
function arranged(parts, little) {
  const elements = parts.map((part) => part.element);
  const beside = el("div", { class: "settings" }, ...elements.filter(little));
  return [...elements.filter((each) => !little(each)), beside];
}

function counted(element) {
  return NUMBERS.includes(element.dataset.field);
}

function small(element) {
  return element.classList.contains("field");
}
