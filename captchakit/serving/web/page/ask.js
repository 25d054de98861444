// The service's routes, and what went wrong in words.
let key = sessionStorage.getItem("key") ?? "";

export const hasKey = () => key !== "";

export function useKey(given) {
  key = given.trim();
  if (key) sessionStorage.setItem("key", key);
  else sessionStorage.removeItem("key");
}

export class Refused extends Error {
  constructor(status, detail, id) {
    super(detail);
    Object.assign(this, { status, id });
  }
}

export async function ask(path, options = {}) {
  const headers = { ...options.headers, ...(key && { Authorization: `Bearer ${key}` }) };
  let told;
  try {
    told = await fetch(path, { ...options, headers });
  } catch {
    throw new Refused(0, "The service cannot be reached. Is it running?", "");
  }
  if (told.ok) return told.headers.get("content-type")?.startsWith("application/json") ? told.json() : told.text();
  let detail = told.statusText, id = "";
  try {
    ({ detail, request_id: id } = await told.json());
  } catch { /* a proxy in between answers in words of its own */ }
  if (told.status === 401) detail = "This needs a key. Put one in at the top of the page.";
  throw new Refused(told.status, detail || `The service answered ${told.status}.`, id);
}

export const query = (values) => new URLSearchParams(Object.entries(values).filter(([, v]) => v !== "" && v != null));
