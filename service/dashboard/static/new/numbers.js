// What people type ↔ what the document holds. What is no number stays text: the service says why.

const SMALL = 1e-3; // numbers below it are shown as 1e-4

export function shown(value) {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") {
    return value !== 0 && Math.abs(value) < SMALL ? value.toExponential() : String(value);
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function typed(text) {
  const trimmed = text.trim();
  const number = Number(trimmed.replace(/^([-+]?\d+),(\d+)$/, "$1.$2"));
  return trimmed !== "" && Number.isFinite(number) ? number : trimmed;
}

// "64, 32" or "relu, tanh" or "[64], [32, 32]" → a list.
export function typedList(text) {
  if (/[[{"]/.test(text)) {
    try {
      return JSON.parse(`[${text}]`);
    } catch {
      return [text]; // half typed
    }
  }
  return text.split(",").map((each) => each.trim()).filter((each) => each !== "").map(item);
}

export function shownList(values) {
  return Array.isArray(values) ? values.map(shown).join(", ") : shown(values);
}

function item(text) {
  return { true: true, false: false, null: null }[text] ?? typed(text);
}
