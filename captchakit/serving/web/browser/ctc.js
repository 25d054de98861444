// Probabilities of steps to the most probable text: what captchakit.reading.codecs does where everything is allowed.
const BUDGET = 50; // prefixes opened before the search goes on with the few most probable ones
const BEAM = 8;
const UNLIKELY = 1e-9;

const start = (steps) => {
  const inBlank = [1];
  for (const row of steps) inBlank.push(inBlank.at(-1) * row.at(-1));
  return { label: -1, inBlank, inLabel: inBlank.map(() => 0) };
};

// The forward algorithm, label by label: a repeated label needs a blank before it, else the two are one.
function grown(steps, before, label) {
  const inLabel = [0], inBlank = [0];
  let inside = 0, behind = 0;
  steps.forEach((row, t) => {
    const entering = label === before.label ? before.inBlank[t] : before.inBlank[t] + before.inLabel[t];
    behind = (behind + inside) * row.at(-1);
    inside = (inside + entering) * row[label];
    inLabel.push(inside);
    inBlank.push(behind);
  });
  return { label, inBlank, inLabel };
}

const ending = (prefix) => prefix.inBlank.at(-1) + prefix.inLabel.at(-1);

// For each label the probability of all texts that go on with it.
function onward(steps, prefix) {
  const masses = new Array(steps[0].length - 1).fill(0);
  steps.forEach((row, t) => {
    for (let label = 0; label < masses.length; label++) {
      masses[label] += (label === prefix.label ? prefix.inBlank[t] : prefix.inLabel[t] + prefix.inBlank[t]) * row[label];
    }
  });
  return masses;
}

const first = (a, b) => b.p - a.p || a.number - b.number;

// Prefixes in the order of the probability of all texts that begin with them, until none can beat the best found.
function search(steps, wanted, found) {
  let number = 0;
  const best = () => [...found.values()].sort((a, b) => b.p - a.p).slice(0, wanted);
  const least = () => (found.size < wanted ? UNLIKELY : Math.max(UNLIKELY, best().at(-1).p));
  const open = (text, prefix) => {
    const p = ending(prefix);
    if (p > 0) found.set(text.join(), { text, p });
    const enough = least();
    return onward(steps, prefix).map((mass, label) => ({ p: mass, text: [...text, label], before: prefix, number: number++ })).filter((one) => one.p > enough);
  };
  const grow = (one) => open(one.text, grown(steps, one.before, one.text.at(-1)));
  let waiting = open([], start(steps));
  for (let opened = 0; opened < BUDGET; opened++) {
    waiting.sort(first);
    if (!waiting.length || waiting[0].p <= least()) return best();
    waiting.push(...grow(waiting.shift()));
  }
  while (waiting.length) waiting = waiting.sort(first).slice(0, BEAM).flatMap(grow);
  return best();
}

// `steps` are rows of probabilities, blank last; the answers are {text: classes, p: its probability}, best first.
export function decode(steps, wanted = 1) {
  const blank = steps[0].length - 1;
  const path = steps.map((row) => row.indexOf(Math.max(...row)));
  const text = path.filter((label, t) => label !== blank && label !== path[t - 1]);
  const p = ending(text.reduce((prefix, label) => grown(steps, prefix, label), start(steps)));
  return wanted === 1 && p > 0.5 ? [{ text, p }] : search(steps, wanted, new Map([[text.join(), { text, p }]]));
}

// The answer of the greatest mean probability over several looks, as captchakit.reading.looking has it.
export function mixed(looks) {
  const shares = new Map();
  for (const { text, p } of looks.flat()) shares.set(text.join(), (shares.get(text.join()) ?? 0) + p / looks.length);
  const share = ([{ text }]) => shares.get(text.join());
  const [best] = looks.reduce((a, b) => (share(b) > share(a) ? b : a));
  return { text: best.text, p: shares.get(best.text.join()) };
}
