// Elements, and sentences with `code` in them.

const NAMED = { text: "textContent" };

// el("input", {id: "x", disabled: true, onclick: f}, ...children)
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in NAMED) made[NAMED[name]] = value;
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

// A sentence as nodes; what stands between backticks is code.
export function prose(sentence) {
  return sentence.split("`").map((part, i) => (i % 2 ? el("code", { text: part }) : part));
}

export function options(select, names, chosen) {
  const wanted = names.includes(chosen) || chosen === undefined ? names : [...names, chosen];
  const same = wanted.length === select.length && wanted.every((n, i) => select[i].value === n);
  if (!same) select.replaceChildren(...wanted.map((name) => el("option", { value: name, text: spoken(name) })));
  if (chosen !== undefined) select.value = chosen;
}

function spoken(name) {
  return name.length > 80 ? `${name.slice(0, 79)}…` : name;
}
