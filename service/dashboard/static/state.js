// What a page shows is part of its address, so that it can be shared: ?name=value.

export function read(name) {
  return new URLSearchParams(location.search).get(name);
}

// `value` null or "" takes the name out of the address. The page is not loaded anew.
export function write(name, value) {
  const url = new URL(location.href);
  if (value === null || value === "") url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}
