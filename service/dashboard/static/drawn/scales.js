// Places on the axes of parallel coordinates (0 … 1 from the bottom) and the values there.

// A brush is [from, to]: numbers of the axis, or values of a choice. As text: `0.001,0.1`.
export function brushed(axis, text) {
  const ends = (text ?? "").split(",");
  if (ends.length !== 2) return null;
  if (axis.values) {
    const named = ends.map(decoded);
    return named.every((value) => axis.values.includes(value)) ? named : null;
  }
  const numbers = ends.map(Number);
  return ends.every((end) => end !== "") && numbers.every(Number.isFinite) && inScale(axis, numbers) ? numbers : null;
}

export function written(axis, brush) {
  return brush.map(axis.values ? encodeURIComponent : String).join(",");
}

// The places between which lines pass: [low, high].
export function places(axis, [from, to]) {
  if (axis.values) {
    const reach = 0.3 * stepOf(axis);
    return [placeOf(axis, from) - reach, placeOf(axis, to) + reach];
  }
  return [placeOf(axis, from), placeOf(axis, to)];
}

// The brush that holds what lies between two places; null where that is nothing or everything.
export function between(axis, low, high) {
  if (low <= 0 && high >= 1) return null;
  if (axis.values) {
    const inside = axis.values.filter((value) => placeOf(axis, value) >= low && placeOf(axis, value) <= high);
    return inside.length && inside.length < axis.values.length ? [inside[0], inside.at(-1)] : null;
  }
  return [valueAt(axis, low), valueAt(axis, high)];
}

// How far an arrow key moves a handle.
export function stepOf(axis) {
  return axis.values ? 1 / Math.max(axis.values.length - 1, 1) : 0.02;
}

// A place in words: what a screen reader says of a handle there.
export function says(axis, place) {
  if (axis.values) {
    const i = Math.round(place * (axis.values.length - 1));
    return axis.values[Math.min(Math.max(i, 0), axis.values.length - 1)];
  }
  const value = valueAt(axis, place);
  return axis.percent ? `${(100 * value).toFixed(1)} %` : String(value);
}

function valueAt(axis, place) {
  const [low, high] = ends(axis);
  const at = low + Math.min(Math.max(place, 0), 1) * (high - low);
  return Number((axis.log ? 10 ** at : at).toPrecision(3));
}

function placeOf(axis, value) {
  if (axis.values) return axis.values.length === 1 ? 0.5 : axis.values.indexOf(value) * stepOf(axis);
  const [low, high] = ends(axis);
  return ((axis.log ? Math.log10(value) : value) - low) / (high - low);
}

function ends({ log, low, high }) {
  return log ? [Math.log10(low), Math.log10(high)] : [low, high];
}

function inScale(axis, numbers) {
  return numbers[0] <= numbers[1] && (!axis.log || numbers[0] > 0);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray % that somebody typed
  }
}
