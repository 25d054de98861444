"""Several labels of aerial photographs: algorithms compared on groups that they did not learn from.

python experiments/06-aerial/run.py DATASET [NAME...]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from time import monotonic
from typing import Any

from captchakit import Pipeline
from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import Dataset
from captchakit.learning.fitting import fit
from captchakit.measuring.tags import evaluate_tags

HERE = Path(__file__).parent
ALGORITHMS: dict[str, tuple[str, dict[str, Any]]] = {
    "sklearn-patches": ("sklearn", {"features": "patches", "words": 100, "side": 6, "amounts": True}),
    "sklearn-textures": ("sklearn", {"exclusive": True, "strength": 0.1}),
    # A quarter of these pictures shows one kind of ground; more passes, since there are under six hundred.
    "cnn-tiled": ("cnn", {"channels": 20, "exclusive": True, "passes": 110}),
}


def main() -> None:
    """Measure the algorithms named, or all, and write results.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset")
    parser.add_argument("names", nargs="*")
    chosen = parser.parse_args()
    data = datasets.load(chosen.dataset)
    for name in chosen.names or ALGORITHMS:
        row = measured(data, name)
        print(json.dumps(row), flush=True)
        path = HERE / "results.json"
        rows = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps({**rows, name: row}, indent=1) + "\n")


def measured(data: Dataset, name: str) -> dict[str, Any]:
    """Return the scores on the test split, whose groups have not been learned from."""
    classifier, options = ALGORITHMS[name]
    started = monotonic()
    model, _ = fit(
        data,
        classifier,
        name=name,
        options=options,
        report=lambda p: print(f"{name}: pass {p.done}/{p.passes}, loss {p.loss:.3f}", file=sys.stderr, flush=True),
    )
    seconds = monotonic() - started
    pipeline = Pipeline.load(model)
    held = data.split("test")
    answers = [pipeline.solve(data.read(item)).text for item in held]
    groups = [item.group or item.file for item in held]
    told = evaluate_tags(answers, [item.label for item in held], data.alphabet, groups)
    return {**told.to_json(), "bytes": len(model), "seconds to train": round(seconds, 1)}


if __name__ == "__main__":
    main()
