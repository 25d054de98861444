// The service's numbers, read from what Prometheus reads.
import { ask } from "./ask.js";
import { $, el, percent } from "./build.js";
import { columns, lines } from "./charts.js";

const EVERY = 2000, KEPT = 150;
const seen = []; // {at, requests, latency}
const LINE = /^(\w+?)(?:\{(.*)\})? (\S+)$/;

export function parse(text) {
  const found = [];
  for (const [, name, labels = "", value] of text.split("\n").map((l) => l.match(LINE)).filter(Boolean)) {
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((m) => [m[1], m[2]]);
    found.push({ name, labels: Object.fromEntries(pairs), value: Number(value) });
  }
  return found;
}

const of = (all, name, fits = () => true) => all.filter((m) => m.name === name && fits(m.labels));
const sum = (found) => found.reduce((total, m) => total + m.value, 0);

// The buckets' upper ends and how many fell into each, from Prometheus' running totals.
function buckets(found) {
  const ends = [...new Set(found.map((m) => m.labels.le))].sort((a, b) => Number(a.replace("+Inf", "Infinity")) - Number(b.replace("+Inf", "Infinity")));
  let before = 0;
  return ends.map((end) => {
    const total = sum(found.filter((m) => m.labels.le === end));
    const own = { end, count: total - before };
    before = total;
    return own;
  });
}

function quantile(all, share) {
  const parts = buckets(of(all, "captchakit_request_seconds_bucket", (l) => l.route === "/solve"));
  const whole = parts.reduce((total, p) => total + p.count, 0);
  let passed = 0, low = 0;
  for (const { end, count } of parts) {
    if (passed + count >= share * whole && count) return end === "+Inf" ? low : low + (Number(end) - low) * ((share * whole - passed) / count);
    passed += count;
    low = Number(end);
  }
  return null;
}

function tiles(all) {
  const requests = sum(of(all, "captchakit_requests_total")), errors = sum(of(all, "captchakit_requests_total", (l) => l.status >= 500));
  const answers = sum(of(all, "captchakit_answers_total")), cached = sum(of(all, "captchakit_answers_total", (l) => l.cached === "yes"));
  const slow = quantile(all, 0.95);
  const shown = {
    Answers: answers, "From memory": answers ? percent(cached / answers, 0) : "–", Requests: requests, "Server errors": errors,
    Waiting: sum(of(all, "captchakit_queue_depth")), "95th percentile": slow == null ? "–" : `${(1000 * slow).toFixed(0)} ms`,
  };
  $("tiles").replaceChildren(...Object.entries(shown).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, `${value}`))));
  seen.push({ at: Date.now() / 1000, requests, latency: slow });
  if (seen.length > KEPT) seen.shift();
}

function curves() {
  const rates = seen.slice(1).map((s, n) => [s.at, Math.max(0, (s.requests - seen[n].requests) / (s.at - seen[n].at))]);
  const span = { from: `${Math.round(seen.at(-1).at - seen[0].at)} s ago`, to: "now" };
  $("rate").replaceChildren(lines([{ name: "requests a second", points: rates }], span));
  $("latency").replaceChildren(lines([{ name: "ms", points: seen.filter((s) => s.latency != null).map((s) => [s.at, 1000 * s.latency]) }], span));
}

function confidences(all) {
  const found = of(all, "captchakit_confidence_bucket");
  const named = [...new Set(found.map((m) => m.labels.model))].map((model) => {
    const bars = buckets(found.filter((m) => m.labels.model === model && m.labels.le !== "+Inf")).map((b) => ({ label: `${Number(b.end)}`, value: b.count }));
    return el("div", {}, el("p", {}, model), columns(bars));
  });
  $("confidences").replaceChildren(...(named.length ? named : [el("p", { class: "quiet" }, "No new answer yet.")]));
}

function drift(all) {
  const alarmed = new Set(of(all, "captchakit_drift_alert").filter((m) => m.value).map((m) => m.labels.model));
  const bars = of(all, "captchakit_drift").map((m) => ({ label: m.labels.model, value: Math.max(0, m.value), bad: alarmed.has(m.labels.model) }));
  $("drift").replaceChildren(bars.length ? columns(bars, { most: 1 }) : el("p", { class: "quiet" }, "Told after the first hundred new answers of a model."));
}

async function look() {
  try {
    const all = parse(await ask("metrics"));
    tiles(all);
    curves();
    confidences(all);
    drift(all);
  } catch (error) {
    $("about").textContent = error.message;
  }
}

async function about() {
  try {
    const [card, models] = await Promise.all([ask("metadata"), ask("models")]);
    $("about").textContent = `${card.name} answers: ${card.alphabet.length} labels, ${Math.round(card.bytes / 1000)} kB, captchakit ${card.captchakit}.`;
    $("models").replaceChildren(...models.map((m) => el("tr", {}, el("td", {}, m.name + (m.current ? " (current)" : "")), el("td", {}, m.error ?? m.task),
      el("td", {}, percent(m.scores.exact_match)), el("td", {}, m.trained_on || "–"), el("td", {}, `${Math.round(m.bytes / 1000)} kB`))));
  } catch (error) {
    $("about").textContent = error.message;
  }
}

export function startService() {
  return () => {
    about();
    look();
    const timer = setInterval(look, EVERY);
    return () => clearInterval(timer);
  };
}
