// What is wrong, at the fields, beside the YAML and, after an attempt to submit, in a summary.

import { el } from "./dom.js";

// Marks every field that a problem is about; the others lose their mark.
export function markFields(problems) {
  const fields = new Map([...document.querySelectorAll("[data-field]")].map((f) => [f.dataset.field, f]));
  const said = new Map();
  for (const problem of problems) {
    const field = around(fields, problem.field);
    if (field && !said.has(field)) said.set(field, problem.message);
  }
  for (const field of fields.values()) mark(field, said.get(field));
}

// The field itself, or the smallest one that it lies in.
function around(fields, path) {
  for (let here = path; here; here = here.slice(0, Math.max(here.lastIndexOf("."), 0))) {
    if (fields.has(here)) return fields.get(here);
  }
  return undefined;
}

function mark(field, message) {
  const id = field.dataset.field;
  const under = document.getElementById(`under-${id}`);
  const [usual, wrong] = under.children;
  usual.hidden = Boolean(message);
  wrong.hidden = !message;
  wrong.textContent = message ? `■ ${message}` : "";
  const input = document.getElementById(`field-${id}`);
  if (message) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

// The list below the YAML; a line's button selects it.
export function listLines(list, problems, area) {
  const rows = problems.map(({ field, message, line }) => {
    const where = line ? el("button", { type: "button", text: `Line ${line}`, onclick: () => select(area, line) }) : null;
    const name = field === "yaml" ? "" : `${field}: `;
    return el("li", {}, ...(where ? [where, " "] : []), el("bdi", { text: `${name}${message}` }));
  });
  list.replaceChildren(...rows);
}

function select(area, line) {
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  const height = area.scrollHeight / Math.max(lines.length, 1);
  area.scrollTop = Math.max(0, (line - 4) * height);
}

export function summarise(summary, sentence, problems, area) {
  summary.hidden = !sentence;
  if (!sentence) return;
  const links = problems.map((problem) => {
    const name = problem.field === "yaml" ? "The YAML" : problem.field;
    return el("li", {}, el("a", {
      href: "#yaml", text: `${name}: ${problem.message}`,
      onclick: (event) => {
        event.preventDefault();
        show(problem, area);
      },
    }));
  });
  summary.replaceChildren(el("h2", { text: sentence }), el("ul", {}, ...links));
  summary.focus();
}

// Opens whatever hides the field and puts the reader there; in the YAML where no field is.
function show({ field, line }, area) {
  const fields = new Map([...document.querySelectorAll("[data-field]")].map((f) => [f.dataset.field, f]));
  const found = around(fields, field);
  if (!found) {
    if (line) select(area, line);
    else area.focus();
    return;
  }
  for (let here = found; here; here = here.parentElement) if (here.tagName === "DETAILS") here.open = true;
  document.getElementById(`field-${found.dataset.field}`).focus();
}
