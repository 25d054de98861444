// What was answered, a page at a time.
import { ask, query } from "./ask.js";
import { $, el, percent, when } from "./build.js";

const ORDER = ["alphabet", "length", "pattern", "case", "least confidence", "top"];
let before = null;

function asked(options) {
  const told = ORDER.map((name, n) => [name, options[n]]).filter(([name, v]) => v != null && v !== 0 && name !== "top");
  return told.map(([name, v]) => `${name} ${Array.isArray(v) ? [...new Set(v)].join("-") : v}`).join(", ") || "–";
}

function row({ created, options, answer }) {
  const text = answer.reason ? el("td", { class: "withheld" }, answer.reason.replaceAll("_", " ")) : el("td", { class: "mono" }, answer.text || "–");
  return el("tr", {}, text, el("td", {}, percent(answer.confidence)), el("td", {}, answer.model), el("td", {}, asked(options)),
    el("td", {}, el("time", { datetime: created }, when(created))));
}

async function page(first) {
  if (first) before = null;
  try {
    const told = await ask(`results?${query({ limit: 30, before, text: $("search-text").value, model: $("search-model").value })}`);
    if (first) $("rows").replaceChildren();
    $("rows").append(...told.items.map(row));
    before = told.next;
    $("none").textContent = "Nothing here yet.";
    $("none").hidden = $("rows").childElementCount > 0;
    $("more").hidden = before === null;
  } catch (error) {
    $("none").textContent = error.message;
    $("none").hidden = false;
  }
}

export function startResults() {
  $("search").addEventListener("submit", (event) => {
    event.preventDefault();
    page(true);
  });
  $("more").addEventListener("click", () => page(false));
  return () => void page(true);
}
