// Datasets, experiments with their curves, deploying.
import { ask, query } from "./ask.js";
import { $, el, outcome, percent, say, when } from "./build.js";
import { lines } from "./charts.js";

const EVERY = 2000;
const drawn = new Map(); // number -> {said, item}: only what has changed is drawn anew, so that focus stays

function curve(progress) {
  if (progress.length < 2) return null;
  const best = Math.max(...progress.map((p) => p.loss)) || 1;
  const exact = { name: "exact match", points: progress.flatMap((p, n) => (p.exact == null ? [] : [[n, p.exact]])) }; // nothing may be held out
  const loss = { name: `loss, of ${best.toPrecision(2)}`, points: progress.map((p, n) => [n, p.loss / best]) };
  return lines([exact, loss].filter((s) => s.points.length), { most: 1, from: "first pass", to: "last" });
}

function scored({ exact_match: exact, interval, n, test }) {
  if (exact == null) return null;
  const range = interval ? ` (${percent(interval[0])} to ${percent(interval[1])})` : "";
  return el("p", {}, "Exact match ", el("strong", {}, percent(exact)), `${range} on ${n} images`,
    test ? `; test ${percent(test.exact_match)} on ${test.n}` : "");
}

function item(e, current) {
  const going = e.state === "running" && e.progress.length ? `pass ${e.progress.at(-1).done} of ${e.progress.at(-1).passes}` : null;
  const about = [`${e.dataset} v${e.dataset_version}`, e.parameters.from ? `${e.parameters.classifier} from ${e.parameters.from}` : e.parameters.classifier, e.seconds == null ? null : `${e.seconds.toFixed(0)} s`, going, when(e.created)];
  const mine = current.sha256 === e.model_sha256 && e.model_sha256;
  const deploy = e.state !== "finished" ? null : el("div", { class: "row" }, mine
    ? el("p", { class: "outcome good" }, "This model answers now.")
    : el("button", { type: "button", onclick: () => deployed(`deploy/${e.id}`) }, `Deploy experiment ${e.id}`));
  return el("li", { class: "answer" }, el("div", { class: "run" },
    el("div", {}, el("h3", {}, `${e.id}. ${e.name}`, el("span", { class: `state ${e.state}` }, e.state)),
      el("p", { class: "quiet" }, about.filter(Boolean).join(" · ")), scored(e.metrics),
      e.error ? el("p", { class: "outcome bad" }, e.error) : null, deploy),
    el("div", {}, curve(e.progress))));
}

async function look() {
  try {
    const [told, current] = await Promise.all([ask("experiments?limit=30"), ask("metadata")]);
    const items = told.items.map((e) => {
      const said = JSON.stringify([e, current.sha256 === e.model_sha256]);
      const had = drawn.get(e.id);
      if (had?.said === said) return had.item;
      const made = item(e, current);
      drawn.set(e.id, { said, item: made });
      if (had) had.item.replaceWith(made);
      return made;
    });
    if (items.length !== $("experiments").childElementCount || items[0] !== $("experiments").firstElementChild) $("experiments").replaceChildren(...items);
    $("no-experiments").hidden = items.length > 0;
  } catch (error) {
    outcome("deployed", error.message, false);
  }
}

async function deployed(path) {
  outcome("deployed", "Working …", true);
  try {
    const card = await ask(path, { method: "POST" });
    outcome("deployed", `${card.name} answers now.`, true);
    say(`${card.name} answers now.`);
  } catch (error) {
    outcome("deployed", error.message, false);
  }
  await look();
}

async function submitted(event, id, work) {
  event.preventDefault();
  const button = event.target.querySelector("button");
  button.disabled = true;
  outcome(id, "Working …", true);
  try {
    outcome(id, await work(), true);
  } catch (error) {
    outcome(id, error.message, false);
  }
  button.disabled = false;
  await look();
}

async function add() {
  const name = $("dataset").value;
  const told = await ask(`add_data?${query({ dataset: name })}`, { method: "PUT", body: $("archive").files[0], headers: { "Content-Type": "application/zip" } });
  $("train-dataset").value = name;
  return `${told.dataset} version ${told.version} has ${told.images} images: ${told.added} new, ${told.skipped} there already.`;
}

async function retrain() {
  const minutes = $("minutes").valueAsNumber, name = $("train-name").value.trim();
  const how = $("classifier").value;
  const start = how.startsWith("from:") ? { from: how.slice(5) } : { classifier: how };
  const asked = { dataset: $("train-dataset").value, ...start, ...(name && { name }), ...(minutes > 0 && { minutes }) };
  const told = await ask("retrain", { method: "PUT", body: JSON.stringify(asked), headers: { "Content-Type": "application/json" } });
  return `Experiment ${told.experiment_id} is queued.`;
}

export function startTraining() {
  $("add").addEventListener("submit", (event) => submitted(event, "added", add));
  $("retrain").addEventListener("submit", (event) => submitted(event, "queued", retrain));
  $("previous").addEventListener("click", () => deployed("deploy/previous"));
  return () => {
    look();
    const timer = setInterval(look, EVERY);
    return () => clearInterval(timer);
  };
}
