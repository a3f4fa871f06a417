// Fetches this page again and swaps in the regions (`data-live`) whose HTML has changed. What the
// reader has opened, typed, scrolled to or put the focus on stays.

const known = new Map([...document.querySelectorAll("[data-live]")].map((r) => [r.id, r.innerHTML]));

let newest = null; // the last question to the service

// Resolves to what the fresh page says about following (`data-*` of #page). Only the newest answer,
// and only one about the address that is shown now, is swapped in.
export function swapRegions() {
  const asked = location.href;
  const mine = fetched(asked).then(
    (fresh) => {
      if (mine !== newest) return newest;
      return asked === location.href ? swapAll(fresh) : swapRegions();
    },
    (error) => {
      if (mine !== newest) return newest;
      throw error;
    },
  );
  newest = mine;
  return mine;
}

async function fetched(address) {
  const reply = await fetch(address, { headers: { Accept: "text/html" } });
  if (!reply.ok) throw new Error(`the page answered ${reply.status}`);
  const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
  if (!fresh.getElementById("page")) throw new Error("another page came"); // to sign in, or a proxy's
  return fresh;
}

function swapAll(fresh) {
  let changed = false;
  for (const region of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(region.id);
    if (next && next.innerHTML !== known.get(region.id)) {
      swap(region, next);
      changed = true;
    }
  }
  if (changed) document.dispatchEvent(new CustomEvent("sitter:swapped"));
  return fresh.getElementById("page").dataset;
}

function swap(region, next) {
  const back = [focusOf(region), scrollOf(region), openOf(region)];
  known.set(region.id, next.innerHTML);
  region.hidden = next.hidden;
  region.replaceChildren(...next.cloneNode(true).childNodes);
  for (const restore of back) restore(region);
}

function focusOf(region) {
  const focused = region.contains(document.activeElement) ? document.activeElement : null;
  const name = ["id", "href", "name", "data-key"].find((key) => focused?.getAttribute(key));
  if (!name) return () => {};
  const place = `[${name}="${CSS.escape(focused.getAttribute(name))}"]`;
  return (swapped) => swapped.querySelector(place)?.focus({ preventScroll: true });
}

function scrollOf(region) {
  const places = keyed(region, ".scroll", (s) => s.getAttribute("aria-label"));
  const kept = new Map([...places].map(([key, s]) => [key, [s.scrollLeft, s.scrollTop]]));
  return (swapped) => {
    for (const [key, s] of keyed(swapped, ".scroll", (each) => each.getAttribute("aria-label"))) {
      [s.scrollLeft, s.scrollTop] = kept.get(key) ?? [0, 0];
    }
  };
}

function openOf(region) {
  const summary = (d) => d.querySelector("summary")?.textContent;
  const kept = new Map([...keyed(region, "details", summary)].map(([key, d]) => [key, d.open]));
  return (swapped) => {
    for (const [key, d] of keyed(swapped, "details", summary)) d.open = kept.get(key) ?? d.open;
  };
}

// The region's elements of a kind by what they are: their `data-key`, else their name, within the
// nearest element that has an id; those that are alike are told apart by their order.
function keyed(region, kind, name) {
  const found = new Map();
  for (const element of region.querySelectorAll(kind)) {
    const whole = `${element.closest("[id]").id} ${element.dataset.key ?? name(element)}`;
    let key = whole;
    for (let n = 2; found.has(key); n += 1) key = `${whole} ${n}`;
    found.set(key, element);
  }
  return found;
}
