"""What each look of the general reader is worth alone, and what several are worth together, with any model's weights.

    python experiments/02-general-reader/looks.py SCHEMES [--model FILE] [--images 60] [--skip 0]

SCHEMES is a folder of datasets, of which 60 images of each train split are read, alphabet told and case ignored, those
that come after the first `skip` in a seeded order. No published score: it says what the reader finds hard, and where it
might look again. The first table is of single looks, the second of as many further ones together as are said, where so
many must agree: exact match, and the looks that it took.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from captchakit_sequence.general import LOOKS, WAYS
from numpy.typing import NDArray

from captchakit.learning import dataset as datasets
from captchakit.learning.export import recarded
from captchakit.measuring.evaluation import matches
from captchakit.reading.library import DEFAULT_MODEL, Library
from captchakit.reading.pipeline import Pipeline
from captchakit.types import Constraint

APART = "hanzi-3"
TOGETHER = tuple((further, agreed) for further in (4, len(WAYS)) for agreed in ((0.0,), (0.5, 0.0), (1.0, 0.0)))


def main() -> None:
    """Print a line for each scheme, and the mean of all, twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("schemes", type=Path)
    parser.add_argument("--model", type=Path, default=Library()[DEFAULT_MODEL])
    parser.add_argument("--images", type=int, default=60)
    parser.add_argument("--skip", type=int, default=0)
    given = parser.parse_args()
    homes = sorted(p.parent for p in given.schemes.glob("*/dataset.toml") if p.parent.name != APART)
    model = given.model.read_bytes()
    groups = {f"{further} further, {_told(agreed)}": _together(model, further, agreed) for further, agreed in TOGETHER}
    every = _together(model, len(WAYS), LOOKS.agreed)
    names = ["as it is", *(f"{across:g} wide, {rows:g} of the rows" for across, rows in WAYS)]
    singly = [replace(every, prepare=prepare, again=()) for prepare in (every.prepare, *every.again)]
    _table(dict(zip(names, singly, strict=True)), homes, given)
    _table(groups, homes, given)


def _told(agreed: tuple[float, ...]) -> str:
    return {0.0: "2 agree", 1.0: "3 agree"}.get(agreed[0], f"2 agree with {agreed[0]}, or 3")


def _together(model: bytes, further: int, agreed: tuple[float, ...]) -> Pipeline:
    looks = replace(LOOKS, filters=LOOKS.filters[:further], agreed=agreed)
    return Pipeline.load(recarded(model, replace(Pipeline.load(model).card, looks=looks)))


def _table(readers: Mapping[str, Pipeline], homes: list[Path], given: argparse.Namespace) -> None:
    print(f"| scheme | {' | looks | '.join(readers)} | looks |\n|---|{'---:|' * 2 * len(readers)}")
    rows = []
    for home in homes:
        rows.append(_row(home, list(readers.values()), given.images, given.skip))
        _tell(home.name, rows[-1])
    _tell("mean", np.mean(rows, axis=0))


def _row(home: Path, readers: list[Pipeline], count: int, skip: int) -> NDArray[np.float64]:
    """Return what each reader reads, and the looks that it took."""
    data = datasets.load(home)
    items = list(data.split("train"))
    chosen = [items[k] for k in np.random.default_rng(3).permutation(len(items))[skip : skip + count]]
    constraint = Constraint(alphabet=frozenset(data.alphabet), case="ignore")
    told = []
    for item in chosen:
        seen = [each.see(data.read(item), constraint) for each in readers]
        told.append([(matches(s.solution.text, item.label, ignore_case=True), s.looks) for s in seen])
    return np.asarray(np.mean(np.array(told, float), axis=0).ravel())


def _tell(name: str, row: NDArray[np.float64]) -> None:
    print(f"| {name} |", " | ".join(f"{value:.3f}" for value in row), "|", flush=True)


if __name__ == "__main__":
    main()
