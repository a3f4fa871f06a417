// The rungs of a stopping rule as a table, with a bar in each row.

const SVG = "http://www.w3.org/2000/svg";

export function draw(element, figure) {
  const { columns, rows } = figure.layout.meta.scene;
  element.setAttribute("role", "group");
  const body = (element.querySelector(".rungs") ?? table(element, columns)).tBodies[0];
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach((row, i) => fill(body.rows[i] ?? blank(body, row.cells.length), row));
}

function table(element, columns) {
  const box = made("div", { className: "scroll", tabIndex: 0 });
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "Rungs of the stopping rule");
  const sheet = made("table", { className: "rungs" });
  const head = sheet.createTHead().insertRow();
  const [first, ...others] = columns;
  for (const name of [first, "", ...others]) head.append(heading(name));
  sheet.createTBody();
  box.append(sheet);
  element.append(box);
  return sheet;
}

function heading(name) {
  const cell = made("th", { scope: "col", className: name ? "number" : "share" });
  const key = { "Went on": "kept", Stopped: "stopped" }[name];
  if (key) {
    const sign = made("span", { className: `key ${key}` });
    sign.setAttribute("aria-hidden", "true");
    cell.append(sign);
  }
  cell.append(name || made("span", { className: "unseen", textContent: "As a bar" }));
  return cell;
}

// A row without its numbers.
function blank(body, cells) {
  const row = body.insertRow();
  row.append(made("th", { scope: "row", className: "number" }));
  const bar = document.createElementNS(SVG, "svg");
  bar.setAttribute("class", "bar");
  bar.setAttribute("aria-hidden", "true");
  for (const name of ["kept", "stopped"]) {
    const part = document.createElementNS(SVG, "rect");
    part.setAttribute("class", name);
    part.setAttribute("height", "100%");
    bar.append(part);
  }
  const last = made("td", { className: "share" });
  last.append(bar);
  row.append(last);
  for (let i = 1; i < cells; i++) row.append(made("td", { className: "number" }));
  return row;
}

function fill(row, { cells, kept, stopped }) {
  row.querySelectorAll(".number").forEach((cell, i) => {
    if (cell.textContent !== cells[i]) cell.textContent = cells[i];
  });
  const [on, off] = row.querySelectorAll("rect");
  place(on, 0, kept);
  place(off, kept, stopped);
}

function place(rect, start, width) {
  rect.setAttribute("x", `${start}%`);
  rect.setAttribute("width", `${width}%`);
}

const made = (tag, facts) => Object.assign(document.createElement(tag), facts);
