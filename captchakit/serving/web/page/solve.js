// Images in, answers out.
import { ask, query } from "./ask.js";
import { $, boxed, el, meter, percent, say } from "./build.js";

const OPTIONS = ["model", "alphabet", "length", "pattern", "case", "min_confidence"];
const AT_ONCE = 4;
const REASONS = {
  low_confidence: "It is not sure enough", outside_alphabet: "Not of this alphabet", length_mismatch: "Not of this length",
  pattern_mismatch: "Not of this pattern", too_small: "The image is too small", no_glyphs: "No characters found", not_a_sum: "Not a sum",
};
const shown = []; // {file, item, answer}, the newest first
const waiting = [];
let running = 0;

const options = () => query({ ...Object.fromEntries(OPTIONS.map((name) => [name, $(name).value])), top: 5 });

function add(files) {
  const added = [...files].map((file) => ({ file, item: el("li", { class: "answer" }), url: URL.createObjectURL(file) }));
  shown.unshift(...added);
  for (const one of [...added].reverse()) $("answers").prepend(one.item);
  read(added);
}

function read(wanted) {
  for (const one of wanted) one.item.replaceChildren(el("p", { class: "busy" }, `Reading ${one.file.name} …`));
  waiting.push(...wanted);
  counted();
  while (running < AT_ONCE && waiting.length) next();
}

async function next() {
  running += 1;
  for (let one = waiting.shift(); one; one = waiting.shift()) await solve(one);
  running -= 1;
  counted();
}

async function solve(one) {
  const asked = options();
  try {
    one.answer = await ask(`solve?${asked}`, { method: "POST", body: one.file, headers: { "Content-Type": "application/octet-stream" } });
    await answered(one, asked);
    say(one.answer.reason ? `${one.file.name}: no answer` : `${one.file.name}: ${[...one.answer.text].join(" ")}`);
  } catch (error) {
    one.answer = null;
    one.item.className = "answer wrong";
    one.item.setAttribute("role", "alert");
    one.item.replaceChildren(el("div", {}, el("strong", {}, one.file.name), el("p", {}, sentence(error.message)),
      error.id ? el("p", { class: "quiet" }, `Request ${error.id}`) : null));
  }
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.?!]$/.test(text) ? "" : ".");

async function answered(one, asked) {
  const { answer, item, url, file } = one;
  const image = await size(url);
  const [picture, rectangles] = boxed(url, `${file.name}, read as ${answer.text || "nothing"}`, image.width, image.height, answer.symbols.map((s) => s.box));
  const symbols = answer.symbols.map((s, n) => character(s, rectangles[n]));
  const text = answer.reason
    ? el("p", { class: "withheld" }, `No answer. ${REASONS[answer.reason] ?? answer.reason}.`)
    : el("ol", { class: "said", "aria-label": `Text: ${answer.text}` }, ...symbols);
  item.className = "answer";
  item.removeAttribute("role");
  item.replaceChildren(
    el("div", { class: "top" }, picture, el("div", {}, text,
      el("div", { class: "sure" }, el("span", {}, "Confidence"), meter(answer.confidence, "Confidence"), el("strong", {}, percent(answer.confidence))),
      el("div", { class: "meta quiet" }, el("span", {}, `${file.name} · ${answer.model} · ${answer.elapsed_ms.toFixed(1)} ms${answer.cached ? ", from memory" : ""}`),
        answer.reason ? null : copying(answer.text)))),
    others(answer), stages(one, asked));
}

async function size(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return { width: image.naturalWidth, height: image.naturalHeight };
}

function character(symbol, rectangle) {
  const light = (on) => () => rectangle.classList.toggle("on", on);
  const label = `${symbol.label}, ${percent(symbol.confidence)}`;
  return el("li", { tabindex: 0, title: label, "aria-label": label, onmouseenter: light(true), onmouseleave: light(false), onfocus: light(true), onblur: light(false) },
    symbol.label, meter(symbol.confidence, "Confidence"));
}

function others(answer) {
  const rest = answer.alternatives.filter((a) => a.text !== answer.text);
  if (!rest.length) return null;
  return el("div", {}, el("p", { class: "quiet" }, "Next best"),
    el("ul", { class: "others" }, ...rest.map((a) => el("li", {}, el("code", {}, a.text || "(nothing)"), ` ${percent(a.probability, 2)}`))));
}

function copying(text) {
  return el("button", { type: "button", class: "link", onclick: async () => {
    await navigator.clipboard?.writeText(text);
    say(`Copied ${text}`);
  } }, "Copy");
}

function stages(one, asked) {
  const inside = el("div", {});
  const opened = async (event) => {
    if (!event.currentTarget.open || inside.childElementCount) return;
    inside.replaceChildren(el("p", { class: "busy quiet" }, "Looking …"));
    try {
      const told = await ask(`explain?${asked}`, { method: "POST", body: one.file, headers: { "Content-Type": "application/octet-stream" } });
      inside.replaceChildren(el("div", { class: "stages" }, ...told.stages.map(stage)), guesses(told));
    } catch (error) {
      inside.replaceChildren(el("p", { class: "outcome bad", role: "alert" }, error.message));
    }
  };
  return el("details", { ontoggle: opened }, el("summary", {}, "How it was read"), inside);
}

function stage({ name, image, width, height, boxes }) {
  const told = boxes.length ? `${name}, ${boxes.length}` : name;
  const [picture] = boxed(`data:image/png;base64,${image}`, `The image after ${name}`, width, height, boxes);
  return el("figure", {}, el("figcaption", {}, told.replaceAll("_", " ")), picture);
}

function guesses(told) {
  const most = Math.max(0, ...told.guesses.map((c) => c.length));
  if (!most) return el("p", { class: "quiet" }, "No character found.");
  const head = el("tr", {}, el("th", { scope: "col" }, "Guess"), ...told.guesses.map((_, n) => el("th", { scope: "col" }, `${n + 1}`)));
  const rows = Array.from({ length: most }, (_, k) => el("tr", {}, el("th", { scope: "row" }, `${k + 1}.`),
    ...told.guesses.map((c) => el("td", {}, c[k] ? `${c[k].label} ${percent(c[k].probability, 0)}` : ""))));
  return el("div", { class: "guesses" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)));
}

function counted() {
  const read = shown.filter((one) => one.answer).length;
  $("bar").hidden = $("again").disabled = shown.length === 0;
  $("empty").hidden = shown.length > 0;
  $("count").textContent = waiting.length + running ? `${read} of ${shown.length} read …` : `${shown.length} ${shown.length === 1 ? "image" : "images"}`;
}

function save() {
  // A leading sign would be a formula to a spreadsheet.
  const cell = (v) => `"${String(v).replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;
  const rows = shown.filter((one) => one.answer).map(({ file, answer }) => [file.name, answer.text, answer.confidence, answer.model].map(cell).join(","));
  const url = URL.createObjectURL(new Blob([["file,text,confidence,model", ...rows, ""].join("\r\n")], { type: "text/csv" }));
  el("a", { href: url, download: "answers.csv" }).click();
  URL.revokeObjectURL(url);
}

async function models() {
  try {
    const there = (await ask("models")).filter((m) => !m.error);
    const chosen = $("model").value, current = there.find((m) => m.current);
    const named = there.map((m) => el("option", { value: m.name }, m.name));
    $("model").replaceChildren(el("option", { value: "" }, current ? `${current.name} (current)` : "the current one"), ...named);
    $("model").value = there.some((m) => m.name === chosen) ? chosen : "";
    $("models-known").replaceChildren(...there.map((m) => el("option", { value: m.name })));
  } catch { /* the page reads without the list as well */ }
}

export function startSolve() {
  $("known").open = matchMedia("(min-width: 52rem)").matches; // on a phone the answers would come far below
  const images = (files) => [...files].filter((f) => f.size);
  $("files").addEventListener("change", () => {
    add(images($("files").files));
    $("files").value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    addEventListener(kind, (event) => {
      if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
      event.preventDefault();
      $("drop").classList.toggle("over", kind === "dragover");
      if (kind === "drop") {
        location.hash = "solve";
        add(images(event.dataTransfer.files));
      }
    });
  }
  addEventListener("paste", (event) => {
    const files = images(event.clipboardData?.files ?? []);
    if (!files.length) return;
    event.preventDefault();
    location.hash = "solve";
    add(files);
  });
  $("sample").addEventListener("click", async () => {
    const sample = await fetch("page/sample.png");
    add([new File([await sample.blob()], "sample.png", { type: "image/png" })]);
  });
  $("options").addEventListener("submit", (event) => {
    event.preventDefault();
    read([...shown]);
  });
  $("options").addEventListener("reset", () => ($("least").textContent = "0 %"));
  $("min_confidence").addEventListener("input", () => ($("least").textContent = percent($("min_confidence").valueAsNumber, 0)));
  $("save").addEventListener("click", save);
  $("clear").addEventListener("click", () => {
    for (const one of shown) URL.revokeObjectURL(one.url);
    shown.length = waiting.length = 0;
    $("answers").replaceChildren();
    counted();
  });
  return () => void models();
}
