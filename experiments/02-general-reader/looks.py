"""What it is worth to look at a picture made wider or narrower, and to believe the look that is surest.

    python experiments/02-general-reader/looks.py SCHEMES [MODEL]

SCHEMES is a folder of datasets, of which 60 images of each train split are read, alphabet told and case ignored. No
published score: it says what the reader finds hard, and where it might look again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.learning import dataset as datasets
from captchakit.reading.image import decode
from captchakit.reading.library import DEFAULT_MODEL, Library
from captchakit.reading.pipeline import Pipeline
from captchakit.types import Constraint, Image, Predictions

BY = (0.8, 1.0, 1.25, 1.5)
IMAGES = 60
APART = "hanzi-3"


def main(schemes: Path, model: Path) -> None:
    """Print a line for each scheme, and the mean of all."""
    pipeline = Pipeline.load(model)
    print("| scheme |", " | ".join(f"x {by}" for by in BY), "| surest |")
    rows = []
    for home in sorted(p.parent for p in schemes.glob("*/dataset.toml") if p.parent.name != APART):
        rows.append(_row(pipeline, home))
        _tell(home.name, rows[-1])
    _tell("mean", np.mean(rows, axis=0))


def _row(pipeline: Pipeline, home: Path) -> NDArray[np.float64]:
    data = datasets.load(home)
    items = list(data.split("train"))
    chosen = [items[k] for k in np.random.default_rng(3).permutation(len(items))[:IMAGES]]
    constraint = Constraint(alphabet=frozenset(data.alphabet), case="ignore")
    right, sure = np.zeros((len(chosen), len(BY))), np.zeros((len(chosen), len(BY)))
    for number, item in enumerate(chosen):
        image = decode(data.read(item))
        for place, by in enumerate(BY):
            prepared = pipeline.prepare(_wider(image, by))
            said = Predictions(pipeline.probabilities(prepared.glyphs), prepared.glyphs)
            answer = pipeline.decoded(said, constraint)
            right[number, place] = answer.text.lower() == item.label.lower()
            sure[number, place] = answer.confidence
    surest = right[np.arange(len(chosen)), sure.argmax(axis=1)].mean()
    return np.array([*right.mean(axis=0), surest])


def _wider(image: Image, by: float) -> Image:
    way = cv2.INTER_LINEAR if by > 1 else cv2.INTER_AREA
    return image if by == 1 else np.asarray(cv2.resize(image, None, fx=by, fy=1, interpolation=way), np.uint8)


def _tell(name: str, row: NDArray[np.float64]) -> None:
    print(f"| {name} |", " | ".join(f"{value:.3f}" for value in row), "|", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Library()[DEFAULT_MODEL])
