"""Which writing is it, by hand or by machine: algorithms by grouped split and with each source left out in turn.

python experiments/04-documents/run.py DATASET [NAME...] [--drawn FOLDER]

DRAWN is a folder of `captchakit draw --style documents`: then each algorithm is measured three times more: with the
drawings added to what every fold learns from, and with the drawings alone.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import Dataset
from captchakit.learning.examples import frame_all
from captchakit.learning.folds import Fold, by_source, by_split, held_out, scores_of
from captchakit.learning.recipes import ready, recipe_for
from captchakit.measuring.classes import accuracy, auc, estimated, macro_f1
from captchakit.reading.framing import Framing
from captchakit.reading.prepare import Prepare
from captchakit.registry import Step, classifiers

HERE = Path(__file__).parent
CLEAN = [Step("gray", {}), Step("local_contrast", {})]
ALGORITHMS: dict[str, tuple[str, dict[str, Any], list[Step] | None]] = {
    "sklearn-patches": ("sklearn", {}, None),
    "cnn": ("cnn", {}, None),
}
"""By name: classifier, its options beside those of the recipe, and filters instead of the recipe's."""


def main() -> None:
    """Measure the algorithms named, or all, and write results.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--drawn")
    chosen = parser.parse_intermixed_args()
    data = datasets.load(chosen.dataset)
    drawn = datasets.load(chosen.drawn) if chosen.drawn else None
    for name in chosen.names or ALGORITHMS:
        row = measured(data, name, drawn)
        print(json.dumps(row), flush=True)
        path = HERE / "results.json"
        rows = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps({**rows, name: {**rows.get(name, {}), **row}}, indent=1) + "\n")


def measured(data: Dataset, name: str, drawn: Dataset | None) -> dict[str, Any]:
    """Return the scores of an algorithm by split and by source, with drawings also after learning from them alone."""
    classifier, options, filters = ALGORITHMS[name]
    suited = ready(data, "document")
    part = classifiers.build(classifier, {**suited.options.get(classifier, {}), **options})
    recipe = recipe_for(data, "document", filters)
    framing = suited.framing or Framing(part.height, part.width)
    prepare = Prepare.from_recipe(recipe)
    more = frame_all(drawn, drawn.items, prepare, framing) if drawn else []
    framed = frame_all(data, data.items, prepare, framing)
    started = monotonic()

    def told(fold: Fold) -> None:
        print(f"{name}: {fold.name} after {monotonic() - started:.0f} s", flush=True)

    everything = Fold("drawn alone", (), tuple(range(len(data.items))))
    kinds = {"grouped": by_split(data), "by source": by_source(data)}
    if drawn:
        kinds = {f"{kind}, drawings added": folds for kind, folds in kinds.items()}
        kinds = {"drawings alone": [everything], **kinds}
    return {
        kind: scored(
            data,
            held_out(data, folds, part, recipe, framing, framed=framed, more=more, passes=part.passes, report=told),
        )
        for kind, folds in kinds.items()
    }


def scored(data: Dataset, said: dict[int, Any]) -> dict[str, Any]:
    """Return accuracy, F1 and ROC AUC with intervals over groups, and accuracy by source."""
    places = sorted(said)
    items = [data.items[n] for n in places]
    scores, truth = scores_of(said), np.array([data.alphabet.index(i.label) for i in items])
    groups = [i.group or i.file for i in items]
    measures = {"accuracy": accuracy, "macro F1": macro_f1, "ROC AUC": lambda s, t: auc(s[:, 0], t == 0)}
    told = {name: estimated(m, scores, truth, groups).to_json() for name, m in measures.items()}
    right = scores.argmax(axis=1) == truth
    sources = np.array([i.source for i in items])
    each = {str(s): [int(right[sources == s].sum()), int((sources == s).sum())] for s in np.unique(sources)}
    return {"n": len(items), **told, "right by source": each}


if __name__ == "__main__":
    main()
