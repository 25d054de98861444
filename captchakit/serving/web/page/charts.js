// Small charts as SVG; each says its last values in words too.
import { el, svg } from "./build.js";

const W = 400, H = 150, LEFT = 38, BOTTOM = 20, TOP = 8;
const number = (v) => (v >= 100 ? v.toFixed(0) : v >= 1 ? v.toFixed(1) : v.toPrecision(2)).replace(/\.0+$/, "");

function frame(most, label, ...inside) {
  const lines = [0, 0.5, 1].flatMap((share) => {
    const y = TOP + (1 - share) * (H - TOP - BOTTOM);
    const text = svg("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" });
    text.textContent = share === 0 ? "0" : number(most * share);
    return [svg("line", { class: "grid", x1: LEFT, x2: W, y1: y, y2: y }), text];
  });
  return svg("svg", { class: "chart", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": label }, ...lines, ...inside);
}

// series: [{name, points: [[x, y], ...]}], at most two.
export function lines(series, { most, from = "", to = "" } = {}) {
  const points = series.flatMap((s) => s.points);
  if (points.length < 2) return el("p", { class: "quiet" }, "Nothing to draw yet.");
  const top = most ?? (Math.max(...points.map((p) => p[1])) || 1);
  const [low, high] = [Math.min(...points.map((p) => p[0])), Math.max(...points.map((p) => p[0]))];
  const x = (v) => LEFT + ((v - low) / (high - low || 1)) * (W - LEFT - 2);
  const y = (v) => TOP + (1 - Math.min(v / top, 1)) * (H - TOP - BOTTOM);
  const drawn = series.map((s, n) =>
    svg("polyline", { class: n ? "line second" : "line", points: s.points.map((p) => `${x(p[0])},${y(p[1])}`).join(" ") }));
  const ends = [[from, LEFT, "start"], [to, W, "end"]].map(([text, at, anchor]) => {
    const made = svg("text", { x: at, y: H - 4, "text-anchor": anchor });
    made.textContent = text;
    return made;
  });
  const last = series.map((s) => `${s.name} ${number(s.points.at(-1)?.[1] ?? 0)}`).join(", ");
  const legend = series.map((s, n) => el("span", { class: n ? "second" : null }, s.name));
  const chart = frame(top, `Curve, last values: ${last}`, ...drawn, ...ends);
  return series.length < 2 ? chart : el("div", {}, chart, el("div", { class: "legend" }, ...legend));
}

// bars: [{label, value, bad}]
export function columns(bars, { most } = {}) {
  const top = most ?? (Math.max(...bars.map((b) => b.value)) || 1);
  const step = (W - LEFT) / bars.length;
  const drawn = bars.flatMap((b, n) => {
    const height = Math.max(0, Math.min(1, b.value / top)) * (H - TOP - BOTTOM);
    const at = { x: LEFT + n * step + step * 0.12, y: H - BOTTOM - height, width: step * 0.76, height, rx: 2 };
    const text = svg("text", { x: LEFT + (n + 0.5) * step, y: H - 4, "text-anchor": "middle" });
    text.textContent = b.label;
    return [svg("rect", { class: b.bad ? "column bad" : "column", ...at }), text];
  });
  return frame(top, bars.map((b) => `${b.label}: ${number(b.value)}`).join(", "), ...drawn);
}
