"""Which labels of a scheme's train split a training leaves out, and what it reads there instead.

    python experiments/01-two-classifiers/left_out.py SCHEMES stroke-digits-4 binary-digits-5

Trains `cnn` with `cuts` as `run.py` does at first, and prints every image whose label was not learned; a person then
looks at them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from captchakit.learning import dataset as datasets
from captchakit.learning.examples import frame_all
from captchakit.learning.judging import spoken
from captchakit.learning.recipes import recipe_for
from captchakit.learning.splitting import learning_split
from captchakit.learning.training import train
from captchakit.reading.framing import Framing
from captchakit.reading.model import calibrated
from captchakit.reading.prepare import Prepare
from captchakit.registry import classifiers
from captchakit.types import Predictions


def main() -> None:
    """Train on each scheme and print what was left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schemes", type=Path)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--passes", type=int, help="fewer than the classifier asks for")
    given = parser.parse_args()
    for name in given.names:
        _print_left_out(datasets.load(given.schemes / name), given.passes)


def _print_left_out(data: datasets.Dataset, passes: int | None) -> None:
    part = classifiers.build("cnn")
    framing = Framing(part.height, part.width)
    trained = train(data, part, recipe_for(data, "cuts"), framing, passes=passes or part.passes)
    items = learning_split(data, 0)[0]
    left = [items[n] for n in sorted(trained.left_out)]
    images = frame_all(data, left, Prepare.from_recipe(trained.recipe), framing)
    for item, image, raw in zip(left, images, spoken(trained.learner, images), strict=True):
        answer = trained.codec.decode(Predictions(calibrated(raw, trained.temperature), image.glyphs))
        print(f"{item.file}: labelled {item.label}, read as {answer.text} ({answer.confidence:.2f})", flush=True)
    print(f"{data.name}: {len(left)} of {len(items)} left out", flush=True)


if __name__ == "__main__":
    main()
