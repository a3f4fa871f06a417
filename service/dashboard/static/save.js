// Lets a figure be saved as PNG or SVG; its JSON is a link beside them.

const SIZE = 2; // pixels of the PNG for one on the page

// Shows the buttons of a figure that can be saved as a picture, once.
export function offer(element) {
  const tools = element.closest("figure").querySelector(".tools");
  if (!tools || tools.dataset.ready) return;
  const pictured = element.classList.contains("js-plotly-plot") || element.querySelector("svg.picture");
  tools.dataset.ready = "yes";
  tools.hidden = false;
  for (const button of tools.querySelectorAll("button")) {
    button.hidden = !pictured;
    button.addEventListener("click", () => save(element, button.dataset.save));
  }
}

async function save(element, format) {
  const name = `${element.closest("figure").id}.${format}`;
  if (element.classList.contains("js-plotly-plot")) {
    const { width, height } = element.getBoundingClientRect();
    download(await Plotly.toImage(element, { format, width, height, scale: format === "png" ? SIZE : 1 }), name);
    return;
  }
  const source = svgOf(element);
  download(format === "svg" ? source : await png(element, source), name);
}

// The drawing with the styles that the page gives it, as a data URL.
function svgOf(element) {
  const original = element.querySelector("svg.picture");
  const copy = original.cloneNode(true);
  const { width, height } = original.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  const twins = [...copy.querySelectorAll("*")];
  for (const [i, node] of [...original.querySelectorAll("*")].entries()) {
    const style = getComputedStyle(node);
    for (const property of ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "text-anchor"]) {
      twins[i].setAttribute(property, style.getPropertyValue(property));
    }
  }
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
}

async function png(element, source) {
  const picture = new Image();
  picture.src = source;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = picture.width * SIZE;
  canvas.height = picture.height * SIZE;
  const context = canvas.getContext("2d");
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}

function download(url, name) {
  const link = document.createElement("a");
  Object.assign(link, { href: url, download: name });
  link.click();
}
