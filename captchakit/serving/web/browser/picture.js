// From pixels to the tensor, with the arithmetic of captchakit's filters and of OpenCV, so that both read the same.
// A picture is {width, height, data}, three bytes a pixel, interleaved, blue first.

// As Python's and OpenCV's: halves go to the even neighbour.
export function round(value) {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

const byte = (value) => Math.min(255, Math.max(0, round(value)));

export function crop({ width, data }, left, top, right, bottom) {
  const wide = 3 * (right - left), cut = new Uint8Array(wide * (bottom - top));
  for (let y = top; y < bottom; y++) cut.set(data.subarray(3 * (y * width + left), 3 * (y * width + left) + wide), (y - top) * wide);
  return { width: right - left, height: bottom - top, data: cut };
}

const sorted = (values) => Uint8Array.from(values).sort();

function paper({ width, height, data }, channel) {
  const border = [];
  for (let x = 0; x < width; x++) border.push(data[3 * x + channel], data[3 * ((height - 1) * width + x) + channel]);
  for (let y = 0; y < height; y++) border.push(data[3 * y * width + channel], data[3 * ((y + 1) * width - 1) + channel]);
  const order = sorted(border), middle = order.length >> 1;
  return round((order[middle] + order[order.length - middle - 1]) / 2);
}

const span = (counts) => [counts.findIndex((n) => n > 1), counts.findLastIndex((n) => n > 1) + 1];

function trim(picture, { contrast = 40, margin = 0.12 }) {
  const { width, height, data } = picture;
  const ground = [0, 1, 2].map((channel) => paper(picture, channel));
  const columns = new Array(width).fill(0), rows = new Array(height).fill(0);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      if (ground.every((level, c) => Math.abs(data[at + c] - level) < contrast)) continue;
      columns[x] += 1;
      rows[y] += 1;
    }
  }
  let [left, right] = span(columns), [top, bottom] = span(rows);
  if (left < 0 || top < 0 || right - left < 4 || bottom - top < 4) [left, top, right, bottom] = [0, 0, width, height];
  const around = round(margin * (bottom - top));
  return crop(picture, Math.max(0, left - around), Math.max(0, top - around), Math.min(width, right + around), Math.min(height, bottom + around));
}

function middle(picture, { rows = 0.75 }) {
  const { width, height } = picture, kept = Math.min(height, Math.max(4, round(rows * height)));
  const top = Math.floor((height - kept) / 2);
  return crop(picture, 0, top, width, top + kept);
}

function scale(picture, { height: wanted = 48, limit = 4, across = 1 }) {
  const { width, height } = picture;
  const factor = Math.min(wanted / height, limit, Math.max(2048 / (width * across), 1 / height));
  const wide = Math.max(1, round(width * factor * across)), high = Math.max(1, round(height * factor));
  return resize(picture, wide, high, wide / width < 0.5);
}

export function resize(picture, width, height, shrinking) {
  if (width === picture.width && height === picture.height) return picture;
  // Half in both directions is the one case where OpenCV averages though it is told to interpolate.
  const half = picture.width === 2 * width && picture.height === 2 * height;
  return shrinking || half ? averaged(picture, width, height) : interpolated(picture, width, height);
}

// For each pixel of a line its two neighbours in the line before, and their weights of 2048. Past an end both are the
// pixel there; along a row it then has all the weight, from row to row the two keep theirs, which rounds otherwise.
function neighbours(before, after, along) {
  const step = 1 / (after / before), last = before - 1;
  return Array.from({ length: after }, (_, n) => {
    const place = Math.fround((n + 0.5) * step - 0.5), first = Math.floor(place);
    const share = along && (first < 0 || first >= last) ? 0 : Math.fround(place - first);
    const near = Math.min(last, Math.max(0, first)), far = Math.min(last, first + 1);
    return [near, far, round(Math.fround(1 - share) * 2048), round(share * 2048)];
  });
}

function interpolated({ width: w, height: h, data }, width, height) {
  const across = neighbours(w, width, true), down = neighbours(h, height, false);
  const made = new Uint8Array(3 * width * height), line = 3 * width;
  const stretched = (y) => {
    const row = new Int32Array(line);
    across.forEach(([a, b, near, far], x) => {
      for (let c = 0; c < 3; c++) row[3 * x + c] = data[3 * (y * w + a) + c] * near + data[3 * (y * w + b) + c] * far;
    });
    return row;
  };
  const rows = new Map();
  const row = (y) => rows.get(y) ?? rows.set(y, stretched(y)).get(y);
  down.forEach(([a, b, near, far], y) => {
    const upper = row(a), lower = row(b);
    for (let x = 0; x < line; x++) {
      const sum = ((near * (upper[x] >> 4)) >> 16) + ((far * (lower[x] >> 4)) >> 16);
      made[y * line + x] = Math.min(255, Math.max(0, (sum + 2) >> 2));
    }
  });
  return { width, height, data: made };
}

// For each pixel of a line the pixels of the line before that it covers, and their shares.
function covered(before, after) {
  const step = before / after, f = Math.fround;
  return Array.from({ length: after }, (_, n) => {
    const from = n * step, to = from + step, cell = Math.min(step, before - from), shares = [];
    const last = Math.min(Math.floor(to), before - 1), first = Math.min(Math.ceil(from), last);
    if (first - from > 1e-3) shares.push([first - 1, f((first - from) / cell)]);
    for (let at = first; at < last; at++) shares.push([at, f(1 / cell)]);
    if (to - last > 1e-3) shares.push([last, f(Math.min(Math.min(to - last, 1), cell) / cell)]);
    return shares;
  });
}

function averaged({ width: w, height: h, data }, width, height) {
  const across = covered(w, width), down = covered(h, height), f = Math.fround;
  const made = new Uint8Array(3 * width * height), line = 3 * width;
  down.forEach((rows, y) => {
    const sum = new Float32Array(line);
    for (const [row, share] of rows) {
      across.forEach((columns, x) => {
        for (let c = 0; c < 3; c++) {
          let along = 0;
          for (const [column, part] of columns) along = f(along + f(data[3 * (row * w + column) + c] * part));
          sum[3 * x + c] = f(sum[3 * x + c] + f(share * along));
        }
      });
    }
    made.set(sum.map(byte), y * line);
  });
  return { width, height, data: made };
}

function percentile(below, percent) {
  const rank = ((below[255] - 1) * percent) / 100;
  const level = (n) => { const at = below.findIndex((count) => count > n); return at < 0 ? 256 : at; };
  const low = level(Math.floor(rank)), high = level(Math.ceil(rank));
  return low + (high - low) * (rank % 1);
}

function contrast(picture, { low = 1, high = 99 }) {
  const below = new Array(256).fill(0);
  for (const level of picture.data) below[level] += 1;
  for (let level = 1; level < 256; level++) below[level] += below[level - 1];
  const darkest = percentile(below, low), brightest = percentile(below, high);
  if (brightest <= darkest) return picture;
  const steeper = 255 / (brightest - darkest), f = Math.fround;
  const levels = Uint8Array.from({ length: 256 }, (_, v) => byte(f(v * f(steeper) + f(-darkest * steeper))));
  return { ...picture, data: picture.data.map((v) => levels[v]) };
}

export const FILTERS = { middle, trim, scale, contrast };

// The segmenter `whole`: as wide as a multiple of `step` times the height, filled up with each side's own colour.
export function whole(picture, { step = 0 }) {
  const { width, height, data } = picture, unit = step * height;
  const extra = unit ? Math.max(0, round(Math.ceil(width / unit - 1e-6) * unit) - width) : 0;
  if (!extra) return picture;
  const left = extra >> 1, wide = width + extra, made = new Uint8Array(3 * wide * height);
  const colour = (x) => [0, 1, 2].map((c) => sorted(Array.from({ length: height }, (_, y) => data[3 * (y * width + x) + c]))[height >> 1]);
  const before = colour(0), after = colour(width - 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < wide; x++) {
      const inside = x >= left && x < left + width, at = 3 * (y * width + x - left);
      made.set(inside ? data.subarray(at, at + 3) : x < left ? before : after, 3 * (y * wide + x));
    }
  }
  return { width: wide, height, data: made };
}

// (1, 3, height, width) from 0 to 1.
export function framed(picture, height, wanted) {
  const width = wanted || Math.max(1, round((picture.width * height) / picture.height));
  const { data } = resize(picture, width, height, picture.height > 1.5 * height);
  const area = width * height, tensor = new Float32Array(3 * area), share = Math.fround(1 / 255);
  for (let at = 0; at < area; at++) for (let c = 0; c < 3; c++) tensor[c * area + at] = Math.fround(data[3 * at + c] * share);
  return { tensor, dims: [1, 3, height, width] };
}
