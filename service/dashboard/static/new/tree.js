// Reading and writing a document by path (a list of keys). A bare string is short for {name: string}.

export function get(tree, path) {
  let here = tree;
  for (const key of path) {
    if (typeof here === "string") return key === "name" ? here : undefined;
    if (here === null || typeof here !== "object" || !Object.hasOwn(here, key)) return undefined;
    here = here[key];
  }
  return here;
}

// `undefined` takes the setting away: its default holds then.
export function put(tree, path, value) {
  const [key, ...rest] = path;
  if (!rest.length) {
    if (value === undefined) delete tree[key];
    else tree[key] = value;
    return;
  }
  if (typeof tree[key] === "string") tree[key] = { name: tree[key] };
  if (tree[key] === null || typeof tree[key] !== "object") {
    if (value === undefined) return;
    tree[key] = {};
  }
  put(tree[key], rest, value);
}
