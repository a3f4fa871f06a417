// Buttons and forms that change something through the API.
//
//   <button data-action="PATCH" data-url="/v1/studies/3" data-body='{"state": "paused"}'>
//   <form data-action="PATCH" data-url="/v1/studies/3">   its named fields are the body; of a
//                                                         PATCH only those that were changed
//   <button data-copy="recipe-yaml">   puts the text of an element on the clipboard
//
// `data-ask` is a question asked first, `data-yes` the word on the button that answers it.
// `data-after` says what happens to the page when it is done: `reload` (else), `swap` its regions,
// or `open` the address `data-to`, where {id} stands for what the service answered.
// `data-said` is said then, and what is refused in any case: in the element `data-says`, else in
// the nearest [role=status]. The element is told of the answer by the event `sitter:done`.

import { swapRegions } from "./regions.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.action) act(button, button, () => button.dataset.body);
  else if (button?.dataset.copy) copy(button);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-action]");
  if (!form) return;
  event.preventDefault();
  act(form, form.querySelector("[type=submit]"), () => bodyOf(form));
});

// `body` makes the text to be sent; null where there is nothing to send.
async function act(element, button, body) {
  const { action, url, ask, yes, said } = element.dataset;
  const place = placeOf(element);
  const back = focusBack(button);
  if (button.disabled || (ask && !(await agreed(ask, yes ?? "Yes")))) return back();
  const text = body();
  if (text === null) return say(place, "Nothing was changed.");
  button.disabled = true;
  try {
    const answer = await send(action, url, text);
    say(place, said ? filled(said, answer) : "");
    element.dispatchEvent(new CustomEvent("sitter:done", { bubbles: true, detail: answer }));
    if (!(await stays(element, answer))) return leave(button);
  } catch (error) {
    place?.classList.remove("unseen");
    say(place, `Not done: ${error.message}`);
  }
  button.disabled = false;
  back();
}

// Where the regions cannot be fetched, what was done is done: the page is loaded anew.
async function stays({ dataset: { after, to } }, answer) {
  if (after === "swap") return swapRegions().then(() => true, () => location.reload());
  if (after === "open") location.assign(filled(to, answer));
  else location.reload();
  return false;
}

// Until the page is gone its button cannot be pressed twice; the back button may bring it back.
function leave(button) {
  addEventListener("pageshow", () => { button.disabled = false; }, { once: true });
}

const filled = (text, answer) => text.replace(/\{(\w+)\}/g, (_, name) => answer[name]);

// Resolves to the answer, null where it has none; throws the API's own sentence.
async function send(method, url, body) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const reply = await fetch(url, { method, headers, body }).catch(() => {
    throw new Error("the service does not answer; try again in a moment");
  });
  const text = await reply.text();
  if (reply.ok) return text ? JSON.parse(text) : null;
  let said = `the service answered ${reply.status}`;
  try {
    said = JSON.parse(text).detail ?? said;
  } catch {
    // not ours: a proxy's page
  }
  throw new Error(said);
}

function bodyOf(form) {
  const body = {};
  for (const field of form.querySelectorAll("[name]")) {
    if (form.dataset.action !== "PATCH" || field.value !== field.defaultValue) fill(body, field);
  }
  return form.dataset.action === "PATCH" && !Object.keys(body).length ? null : JSON.stringify(body);
}

// Numbers as numbers; `data-list` splits at commas, checked boxes of one name are a list; an empty
// field that is not `data-empty` is left out.
function fill(body, field) {
  const { name, type, dataset } = field;
  const text = field.value.trim();
  if (type === "checkbox") {
    body[name] ??= [];
    if (field.checked) body[name].push(text);
  } else if (type === "radio" && !field.checked) return;
  else if ("list" in dataset) body[name] = text.split(",").map((t) => t.trim()).filter(Boolean);
  else if (text !== "" || "empty" in dataset) body[name] = type === "number" || "number" in dataset ? Number(text) : text;
}

// Asks in a dialog; Escape and "No" mean no.
function agreed(question, yes) {
  const dialog = document.createElement("dialog");
  const line = Object.assign(document.createElement("p"), { textContent: question });
  const form = Object.assign(document.createElement("form"), { method: "dialog", className: "inline" });
  for (const [value, word] of [["no", "No"], ["yes", yes]]) {
    form.append(Object.assign(document.createElement("button"), { value, textContent: word }));
  }
  dialog.append(line, form);
  dialog.setAttribute("aria-label", question);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

// The button may have been swapped with its region: then its successor, or the nearest place that
// is left, takes the focus, unless the reader has gone elsewhere.
function focusBack(button) {
  const ids = [];
  for (let here = button; here; here = here.parentElement) if (here.id) ids.push(here.id);
  return () => {
    if (document.activeElement !== document.body) return;
    const left = ids.map((id) => document.getElementById(id)).find(Boolean);
    const next = left?.matches("button") ? left : left?.querySelector("button, a, [tabindex]");
    next?.focus({ preventScroll: true });
  };
}

// Where the page came over plain HTTP there is no clipboard; the text is marked instead.
async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const place = placeOf(button);
  source.select?.();
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    say(place, button.dataset.said);
  } catch {
    say(place, button.dataset.unsaid ?? "The text is marked: copy it with Ctrl+C.");
  }
}

function placeOf(element) {
  if (element.dataset.says) return document.getElementById(element.dataset.says);
  for (let here = element; here?.id !== "content" && here; here = here.parentElement) {
    const place = here.querySelector("[role=status]");
    if (place) return place;
  }
  return document.querySelector("#content [role=status]");
}

function say(place, sentence) {
  if (place) place.textContent = sentence;
}
