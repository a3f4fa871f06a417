// SVG elements in few words.

const SVG = "http://www.w3.org/2000/svg";

export function made(tag, attributes = {}, ...inside) {
  const node = document.createElementNS(SVG, tag);
  set(node, attributes);
  node.append(...inside);
  return node;
}

// Leaves alone what is as it should be, so that an update changes little.
export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
  return node;
}
