"""What each look of the general reader is worth alone, and what they are worth together, with the weights of any model.

    python experiments/02-general-reader/looks.py SCHEMES [MODEL [IMAGES]]

SCHEMES is a folder of datasets, of which 60 images (or IMAGES) of each train split are read, alphabet told and case
ignored. No published score: it says what the reader finds hard, and where it might look again.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from captchakit_sequence.general import LOOKS
from numpy.typing import NDArray

from captchakit.learning import dataset as datasets
from captchakit.learning.export import recarded
from captchakit.measuring.evaluation import matches
from captchakit.reading.library import DEFAULT_MODEL, Library
from captchakit.reading.pipeline import Pipeline
from captchakit.types import Constraint

APART = "hanzi-3"


def main(schemes: Path, model: Path, images: int) -> None:
    """Print a line for each scheme, and the mean of all."""
    data = model.read_bytes()
    pipeline = Pipeline.load(recarded(data, replace(Pipeline.load(data).card, looks=LOOKS)))
    ways = [replace(pipeline, prepare=prepare, again=()) for prepare in (pipeline.prepare, *pipeline.again)]
    print("| scheme |", " | ".join(f"look {n}" for n in range(1, len(ways) + 1)), "| together | looks |")
    rows = []
    for home in sorted(p.parent for p in schemes.glob("*/dataset.toml") if p.parent.name != APART):
        rows.append(_row(pipeline, ways, home, images))
        _tell(home.name, rows[-1])
    _tell("mean", np.mean(rows, axis=0))


def _row(pipeline: Pipeline, ways: list[Pipeline], home: Path, images: int) -> NDArray[np.float64]:
    """Return the share that each way reads, the share that all read together, and how many looks that took."""
    data = datasets.load(home)
    items = list(data.split("train"))
    chosen = [items[k] for k in np.random.default_rng(3).permutation(len(items))[:images]]
    constraint = Constraint(alphabet=frozenset(data.alphabet), case="ignore")
    told = []
    for item in chosen:
        seen = [each.see(data.read(item), constraint) for each in (*ways, pipeline)]
        right = [matches(s.solution.text, item.label, ignore_case=True) for s in seen]
        told.append([*right, seen[-1].looks])
    return np.mean(told, axis=0)


def _tell(name: str, row: NDArray[np.float64]) -> None:
    print(f"| {name} |", " | ".join(f"{value:.3f}" for value in row), "|", flush=True)


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    main(Path(given[1]), Path(given.get(2, Library()[DEFAULT_MODEL])), int(given.get(3, 60)))
