// The page: images in, answers out, all of it here.
import { $, el, meter, outcome, percent, say } from "../page/build.js";
import * as ort from "./ort.js";
import { Reader, pixels } from "./reader.js";

// One thread: more would need this page to be isolated, and one image is too small for two.
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { mjs: new URL("ort.glue.js", import.meta.url).href, wasm: new URL("ort.wasm", import.meta.url).href };

let reader = null;

async function use(found) {
  try {
    const opened = await Reader.open(ort, new Uint8Array(await found));
    reader = opened;
    outcome("loaded", `${reader.card.name} reads.`, true);
  } catch (error) {
    outcome("loaded", error.message, false);
  }
}

const loading = use(fetch(new URL("general.onnx", import.meta.url)).then((told) => told.arrayBuffer()));

async function add(files) {
  for (const file of files) {
    const item = el("li", { class: "answer" }, el("p", { class: "busy" }, `Reading ${file.name} …`));
    $("answers").prepend(item);
    await loading;
    try {
      const started = performance.now();
      const answer = await reader.read(await pixels(file));
      answered(item, file, answer, performance.now() - started);
    } catch (error) {
      item.className = "answer wrong";
      item.setAttribute("role", "alert");
      item.replaceChildren(el("strong", {}, file.name), el("p", {}, reader ? `This is no image that can be read: ${error.message}` : "There is no model."));
    }
  }
}

function answered(item, file, { text, confidence }, milliseconds) {
  const picture = el("img", { src: URL.createObjectURL(file), alt: `${file.name}, read as ${text || "nothing"}` });
  const said = text
    ? el("ol", { class: "said", "aria-label": `Text: ${text}` }, ...[...text].map((label) => el("li", {}, label)))
    : el("p", { class: "withheld" }, "No answer. No characters found.");
  item.replaceChildren(el("div", { class: "top" }, el("div", { class: "picture" }, picture), el("div", {}, said,
    el("div", { class: "sure" }, el("span", {}, "Confidence"), meter(confidence, "Confidence"), el("strong", {}, percent(confidence))),
    el("p", { class: "quiet" }, `${file.name} · ${reader.card.name} · ${milliseconds.toFixed(1)} ms, in this browser`))));
  say(text ? `${file.name}: ${[...text].join(" ")}` : `${file.name}: no answer`);
}

$("files").addEventListener("change", () => {
  const files = [...$("files").files];
  $("files").value = "";
  add(files);
});
$("model").addEventListener("change", () => use($("model").files[0].arrayBuffer()));
$("sample").addEventListener("click", async () => {
  const sample = await fetch("page/sample.png");
  add([new File([await sample.blob()], "sample.png", { type: "image/png" })]);
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    $("drop").classList.toggle("over", kind === "dragover");
    if (kind === "drop") add([...event.dataTransfer.files]);
  });
}
addEventListener("paste", (event) => add([...event.clipboardData.files]));
