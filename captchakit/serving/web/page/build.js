// Elements, made of text and never of markup: an answer can hold any character.
export const $ = (id) => document.getElementById(id);

export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [k, v] of Object.entries(attributes)) {
    if (k.startsWith("on")) made.addEventListener(k.slice(2), v);
    else if (v === true) made.setAttribute(k, "");
    else if (v !== false && v != null) made.setAttribute(k, v);
  }
  made.append(...children.filter((c) => c != null));
  return made;
}

export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [k, v] of Object.entries(attributes)) made.setAttribute(k, v);
  made.append(...children);
  return made;
}

export const percent = (share, digits = 1) => (share == null ? "–" : `${(100 * share).toFixed(digits)} %`);

export const meter = (value, label) =>
  el("meter", { min: 0, max: 1, low: 0.5, high: 0.85, optimum: 1, value, "aria-label": label });

export function boxed(source, alt, width, height, boxes) {
  const drawn = boxes.map(([x, y, w, h]) => svg("rect", { x, y, width: w, height: h, rx: 1 }));
  const over = svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...drawn);
  return [el("div", { class: "picture" }, el("img", { src: source, alt, width, height }), over), drawn];
}

let clearing;
export function say(text) {
  clearTimeout(clearing);
  $("said").textContent = text;
  clearing = setTimeout(() => ($("said").textContent = ""), 8000);
}

export function outcome(id, text, good) {
  $(id).textContent = text;
  $(id).className = `outcome ${good ? "good" : "bad"}`;
}

export const when = (iso) => new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
