// A captchakit model in the browser: its card says what is done around it. Nothing is asked of any server.
import { decode, mixed } from "./ctc.js";
import { FILTERS, framed, whole } from "./picture.js";

const FORMAT = 1;
const READINGS = 2; // answers of a look that are weighed, where there are several
const AGREED = 2; // looks that answer alike, which are enough

// The card stands in the ONNX file's metadata: fields of a protobuf message, of which only that one matters here.
export function cardOf(bytes) {
  for (const [field, value] of fields(bytes)) {
    if (field !== 14) continue;
    const entry = Object.fromEntries([...fields(value)].map(([key, text]) => [key, new TextDecoder().decode(text)]));
    if (entry[1] === "captchakit") return JSON.parse(entry[2]);
  }
  throw new Error("this file is not a captchakit model");
}

function* fields(bytes) {
  let at = 0;
  const number = () => {
    for (let value = 0, weight = 1; ; weight *= 128) {
      if (at >= bytes.length) throw new Error("this file is not an ONNX model");
      const part = bytes[at++];
      value += (part & 127) * weight;
      if (part < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = number(), kind = tag & 7;
    const length = kind === 2 ? number() : { 1: 8, 5: 4 }[kind];
    if (kind === 0) number();
    else if (length === undefined || at + length > bytes.length) throw new Error("this file is not an ONNX model");
    else yield [Math.floor(tag / 8), bytes.subarray(at, (at += length))];
  }
}

const ways = ({ recipe, looks }) => [recipe.filters, ...(looks?.filters ?? [])];

function check(card) {
  const { format, framing, recipe, constraint } = card, other = ways(card).flat().find((step) => !(step.name in FILTERS));
  if (format !== FORMAT) throw new Error(`the model's card is of format ${format}, this page reads ${FORMAT}`);
  if (other) throw new Error(`this page has no filter ${other.name}; captchakit itself reads with this model`);
  if (recipe.segmenter.name !== "whole" || recipe.codec.name !== "ctc" || framing.channels !== 3 || recipe.answer || constraint) {
    throw new Error("this page reads with models like general alone; captchakit itself reads with this one");
  }
}

// Temperature divides the logarithms, as `calibrated` of captchakit.reading.model.
function tempered(row, temperature) {
  if (temperature === 1) return row;
  const powers = row.map((p) => Math.max(p, 1e-12) ** (1 / temperature)), sum = powers.reduce((a, b) => a + b);
  return powers.map((p) => p / sum);
}

function confidence(p, told) {
  if (!told || p <= 0 || (told.slope === 1 && told.intercept === 0)) return p;
  const inside = Math.min(Math.max(p, 1e-9), 1 - 1e-9);
  return 1 / (1 + Math.exp(-(told.slope * Math.log(inside / (1 - inside)) + told.intercept)));
}

export class Reader {
  static async open(ort, bytes) {
    const card = cardOf(bytes);
    check(card);
    return new Reader(ort, card, await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] }));
  }

  constructor(ort, card, session) {
    Object.assign(this, { ort, card, session });
  }

  // What the model says of a picture prepared in this way, a row of probabilities for each step.
  async look(picture, filters) {
    const { framing, recipe, calibration } = this.card;
    for (const step of filters) picture = FILTERS[step.name](picture, step.options);
    const { tensor, dims } = framed(whole(picture, recipe.segmenter.options), framing.height, framing.width);
    const told = await this.session.run({ [this.session.inputNames[0]]: new this.ort.Tensor("float32", tensor, dims) });
    const { data, dims: [, count, classes] } = told[this.session.outputNames[0]];
    return Array.from({ length: count }, (_, t) => tempered([...data.subarray(t * classes, (t + 1) * classes)], calibration.temperature));
  }

  async read(picture) {
    const { calibration, alphabet, looks } = this.card, seen = [];
    let found = null, agree = 0;
    for (const filters of ways(this.card)) {
      if (found && (found.p >= looks.below || agree >= AGREED)) break;
      seen.push(await this.look(picture, filters));
      const told = seen.map((steps) => decode(steps, seen.length === 1 ? 1 : READINGS));
      found = seen.length === 1 ? told[0][0] : mixed(told);
      agree = told.filter(([best]) => best.text.join() === found.text.join()).length;
    }
    const told = seen.length === 1 ? calibration.confidence : looks.confidence;
    return { text: found.text.map((label) => alphabet[label]).join(""), confidence: confidence(Math.min(1, found.p), told) };
  }
}

// Transparency is on white; the profile and gamma of a file change nothing, as for captchakit.
export async function pixels(blob) {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none" });
  const { width, height } = bitmap;
  const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height), made = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) [made[to + 2], made[to + 1], made[to]] = data.subarray(from, from + 3);
  return { width, height, data: made };
}
