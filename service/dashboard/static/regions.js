// Fetches this page again and swaps in the regions (`data-live`) whose HTML has changed.

const known = new Map([...document.querySelectorAll("[data-live]")].map((r) => [r.id, r.innerHTML]));

// Resolves to what the fresh page says about following (`data-*` of #page).
export async function swapRegions() {
  const reply = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!reply.ok) throw new Error(`the page answered ${reply.status}`);
  const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
  for (const region of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(region.id);
    if (next && next.innerHTML !== known.get(region.id)) swap(region, next);
  }
  return fresh.getElementById("page").dataset;
}

function swap(region, next) {
  const focused = region.contains(document.activeElement) ? document.activeElement : null;
  const mark = focused && focused.getAttribute("href");
  const scrolled = [...region.querySelectorAll(".scroll")].map((s) => [s.scrollLeft, s.scrollTop]);
  known.set(region.id, next.innerHTML);
  region.hidden = next.hidden;
  region.replaceChildren(...next.cloneNode(true).childNodes);
  region.querySelectorAll(".scroll").forEach((s, i) => {
    [s.scrollLeft, s.scrollTop] = scrolled[i] ?? [0, 0];
  });
  if (mark) region.querySelector(`[href="${CSS.escape(mark)}"]`)?.focus({ preventScroll: true });
}
