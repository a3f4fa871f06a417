// Gives a figure the page's colours and letters, by day and by night.

// Colours of figures (those of the light page) → their partners on the dark page.
const NIGHT = {
  "#0072b2": "#56b4e9",
  "#d55e00": "#f28a3c",
  "#009e73": "#2fc79a",
  "#9a4f7d": "#cc79a7",
  "#b3261e": "#ff8078",
  "#7d5200": "#f0b429",
  "#646a72": "#a3a9b1",
  "#1c1e21": "#e6e8ea",
  "#fbfbfa": "#131518",
  // viridis in eight steps, for lines (figures/shades.py)
  "#440154": "#355f8c",
  "#482878": "#2a788e",
  "#3e4989": "#22908c",
  "#31688e": "#28a883",
  "#26828e": "#46be6f",
  "#1f9e89": "#7cd14f",
  "#36b778": "#bcdf2a",
  "#6fce57": "#fde725",
};

const dark = matchMedia("(prefers-color-scheme: dark)");

export function onThemeChange(redraw) {
  dark.addEventListener("change", redraw);
}

// A copy of the figure, coloured; the figure itself stays as it came.
export function themed(figure) {
  const { data, layout } = dark.matches ? night(figure) : structuredClone(figure);
  const css = getComputedStyle(document.documentElement);
  const colour = (name) => css.getPropertyValue(`--${name}`).trim();
  const body = getComputedStyle(document.body);
  layout.font = { family: body.fontFamily, size: parseFloat(body.fontSize), color: colour("quiet") };
  layout.hoverlabel = {
    bgcolor: colour("ground"),
    bordercolor: colour("quiet"),
    font: { color: colour("ink"), size: parseFloat(body.fontSize), family: body.fontFamily },
  };
  for (const key of Object.keys(layout).filter((k) => /^[xy]axis\d*$/.test(k))) {
    Object.assign(layout[key], { gridcolor: colour("line"), linecolor: colour("line") });
    layout[key].title.font = { size: layout.font.size }; // Plotly's own would be larger than text
  }
  const bar = layout.coloraxis?.colorbar;
  if (bar) bar.title.font = { size: layout.font.size };
  return { data, layout };
}

function night(part) {
  if (typeof part === "string") return NIGHT[part] ?? part;
  if (Array.isArray(part)) return part.map(night);
  if (part && typeof part === "object") {
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, night(value)]));
  }
  return part;
}
