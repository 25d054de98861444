"""Which labels of a scheme's train split look wrong? Each fifth is read by a network that learned from the others.

    python experiments/01-two-classifiers/folds.py SCHEMES stroke-digits-4

Prints every image that is read otherwise than it is labelled, with the confidence; a person then looks at them.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import Dataset
from captchakit.learning.judging import spoken
from captchakit.learning.recipes import recipe_for
from captchakit.learning.trained import Trained
from captchakit.learning.training import train
from captchakit.reading.framing import Framing
from captchakit.reading.model import calibrated
from captchakit.registry import classifiers
from captchakit.types import Predictions

FOLDS = 5


def main() -> None:
    """Read the train split fold by fold and print what is read otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schemes", type=Path)
    parser.add_argument("scheme")
    given = parser.parse_args()
    data = datasets.load(given.schemes / given.scheme)
    items = data.split("train")
    wrong = 0
    for fold in range(FOLDS):
        held = {item.file for item in items[fold::FOLDS]}
        split = tuple(replace(i, split="validation" if i.file in held else "train") for i in items)
        wrong += _print_wrong(replace(data, items=split), fold)
    print(f"{given.scheme}: {wrong} of {len(items)} are read otherwise than labelled")


def _print_wrong(data: Dataset, seed: int) -> int:
    part = classifiers.build("cnn")
    trained = train(
        data, part, recipe_for(data, "cuts"), Framing(part.height, part.width), passes=part.passes, seed=seed
    )
    found = 0
    for item, (text, confidence) in zip(data.split("validation"), _read(trained), strict=True):
        if text != item.label:
            print(f"{item.file}: labelled {item.label}, read as {text} ({confidence:.2f})", flush=True)
            found += 1
    return found


def _read(trained: Trained) -> list[tuple[str, float]]:
    said = spoken(trained.learner, trained.validation)
    answers = [
        trained.codec.decode(Predictions(calibrated(raw, trained.temperature), image.glyphs))
        for raw, image in zip(said, trained.validation, strict=True)
    ]
    return [(answer.text, answer.confidence) for answer in answers]


if __name__ == "__main__":
    main()
