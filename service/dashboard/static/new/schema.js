// What the JSON Schema of a study says of each setting.

const UNBOUNDED = 1e5; // a limit beyond it guards the service; nobody needs to read it

export class Schema {
  constructor(root) {
    this.root = root;
  }

  // The setting called `key` of the study, or of a section: {kind, nullable, fallback, schema}.
  of(section, key) {
    return this.#field(this.resolve(section).properties[key]);
  }

  resolve(schema) {
    if (!schema.$ref) return schema;
    const { $ref, ...beside } = schema;
    return { ...this.root.$defs[$ref.split("/").pop()], ...beside };
  }

  // The settings of one entry of a menu; undefined for a name that is no entry.
  entry(menu, name) {
    const mapping = menu.discriminator.mapping;
    return Object.hasOwn(mapping, name) ? this.resolve({ $ref: mapping[name] }) : undefined;
  }

  items(field) {
    return this.#field(field.schema.items);
  }

  #field(raw) {
    const schema = this.resolve(raw);
    const inner = (schema.anyOf ?? []).filter((each) => each.type !== "null");
    if (inner.length !== 1) {
      return { kind: kind(schema), nullable: false, fallback: schema.default, schema };
    }
    return { ...this.#field(inner[0]), nullable: true, fallback: schema.default };
  }
}

function kind(schema) {
  if (schema.discriminator) return "menu";
  if (schema.enum || schema.examples) return "choice";
  if (schema.type === "array") return schema.items?.discriminator ? "menus" : "list";
  if (schema.type === "object") return schema.properties ? "section" : "other";
  return schema.type === "string" ? "text" : (schema.type ?? "other");
}

export function choices({ schema }) {
  return (schema.enum ?? schema.examples).map(String);
}

export function names(menu) {
  return Object.keys(menu.discriminator.mapping);
}

// "0 to below 1", "above 0"; empty where every number will do.
export function bounds({ schema }) {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema;
  const low = minimum ?? exclusiveMinimum;
  const high = [maximum, exclusiveMaximum].find((each) => each !== undefined && each < UNBOUNDED);
  const below = high === exclusiveMaximum ? "below " : "";
  if (low === undefined) return high === undefined ? "" : `${below || "at most "}${high}`;
  if (high === undefined) return minimum === undefined ? `above ${low}` : `${low} or more`;
  return `${minimum === undefined ? "above " : ""}${low} to ${below}${high}`;
}
