// Starts the page: the form beside the YAML, kept in step by the service, and the way to submit.

import { Draft, post } from "./draft.js";
import { Form } from "./form.js";
import { listLines, markFields, summarise } from "./problems.js";
import { Schema } from "./schema.js";

const KEY = `sitter-draft${location.search}`; // of this tab; a reload brings the draft back
const BROKEN = "The form waits until the YAML can be read.";
const UNKNOWN = "The cost shows here once nothing is left to mend.";

const area = document.getElementById("yaml");
const [writing, holder, closing, summary] = ["writing", "form", "closing", "summary"].map((id) =>
  document.getElementById(id),
);
const [lines, cost, ready, restored] = ["yaml-problems", "cost", "ready", "restored"].map((id) =>
  document.getElementById(id),
);

const original = area.defaultValue;
const kept = sessionStorage.getItem(KEY);
area.value = kept ?? original;
restored.hidden = kept === null;

const waiting = document.getElementById("waiting");
waiting.hidden = false;

const draft = new Draft(area.value, told);
const schema = await known();
draft.write(area.value);
let form = null;
await draft.settled();

area.addEventListener("focus", () => draft.settled()); // a change of the form that is on its way
area.addEventListener("input", () => {
  draft.write(area.value);
  keep(area.value);
});
document.getElementById("afresh").addEventListener("click", () => {
  sessionStorage.removeItem(KEY);
  area.value = original;
  restored.hidden = true;
  draft.write(original);
  area.focus();
});
writing.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});

async function known() {
  const reply = await fetch("/v1/studies/schema");
  if (reply.ok) return reply.json();
  waiting.textContent = `The form could not be made: the service answered ${reply.status}. Reload the page to try again.`;
  throw new Error(`the schema is missing: ${reply.status}`);
}

function told(source) {
  if (source === "document") {
    area.value = draft.yaml;
    keep(draft.yaml);
  }
  form ??= draft.document && new Form(holder, new Schema(schema), draft);
  holder.hidden = form === null;
  waiting.hidden = form !== null;
  waiting.textContent = BROKEN;
  closing.hidden = false;
  form?.sync();
  form?.draw();
  report();
}

function report() {
  markFields(draft.problems);
  listLines(lines, draft.problems, area);
  cost.textContent = draft.estimate?.sentence ?? (draft.document ? UNKNOWN : BROKEN);
  const count = draft.problems.length;
  ready.textContent = count ? `${count} ${count === 1 ? "thing" : "things"} to mend` : "Ready to submit";
  if (!count) summarise(summary, "", []);
}

function keep(yaml) {
  if (yaml === original) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, yaml);
}

async function submit() {
  const button = writing.querySelector("[type=submit]");
  button.disabled = true;
  try {
    await draft.settled();
    if (draft.failed) throw new Error(`your last change is not checked, ${draft.problems[0].message}`);
    if (draft.document === null) refused(draft.problems);
    else await send();
  } catch (error) {
    summarise(summary, `Not submitted: ${error.message}`, [], area);
  }
  button.disabled = false;
}

async function send() {
  const reply = await post("/v1/studies", draft.document);
  const answer = await reply.json();
  if (reply.ok) {
    sessionStorage.removeItem(KEY);
    location.assign(`/studies/${answer.id}`);
  } else if (answer.fields.length) {
    const line = (field) => draft.problems.find((known) => known.field === field)?.line;
    refused(answer.fields.map((each) => ({ ...each, line: line(each.field) })));
  } else throw new Error(answer.detail);
}

function refused(problems) {
  markFields(problems);
  const count = problems.length === 1 ? "one thing" : `${problems.length} things`;
  summarise(summary, `Not submitted: mend ${count} first.`, problems, area);
}
