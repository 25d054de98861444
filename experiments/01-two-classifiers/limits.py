"""How far may candidates be narrowed? Halves of a train split read each other, cut with several limits.

    python experiments/01-two-classifiers/limits.py SCHEMES stroke-digits-4 MODEL 0.4:0.7252 0.32:0.788 0.24:1.0

Each NARROWEST:WIDEST is the limits of a candidate's width in line heights, as options of `cuts`. MODEL was trained on
the scheme with `cuts` before: it lays the labels on the candidates, and its network learns anew from each half.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from captchakit import Pipeline
from captchakit.learning import dataset as datasets
from captchakit.learning.crossing import spoken_crosswise
from captchakit.learning.dataset import Dataset, Item
from captchakit.learning.examples import frame_all
from captchakit.reading.segmenters.cuts import Cuts
from captchakit.registry import classifiers
from captchakit.stages import Contract
from captchakit.types import Predictions


def main() -> None:
    """Print for each pair of limits the candidates an image, and what is misread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schemes", type=Path)
    parser.add_argument("scheme")
    parser.add_argument("model", type=Path)
    parser.add_argument("limits", nargs="+", metavar="NARROWEST:WIDEST")
    parser.add_argument("--passes", type=int, default=20)
    parser.add_argument("--without", default="", help="files that are labelled wrong, with commas between")
    given = parser.parse_args()
    data, pipeline = datasets.load(given.schemes / given.scheme), Pipeline.load(given.model)
    items = [i for i in data.items if i.split != "test" and i.file not in given.without.split(",")]
    for limits in given.limits:
        print(limits, _misread(data, items, pipeline, limits, given.passes), flush=True)


def _misread(data: Dataset, items: list[Item], pipeline: Pipeline, limits: str, passes: int) -> str:
    narrowest, widest = map(float, limits.split(":"))
    segmenter = pipeline.prepare.segmenter
    assert isinstance(segmenter, Cuts)
    cut = replace(segmenter, narrowest=narrowest, widest=widest)
    framing, codec, facts = pipeline.card.framing, pipeline.codec, pipeline.card.training
    part = classifiers.build(facts["classifier"], facts["options"])
    contract = Contract(framing.channels, framing.height, framing.width, codec.classes, codec.objective)
    images = frame_all(data, items, replace(pipeline.prepare, segmenter=cut), framing)
    said = [pipeline.probabilities(image.glyphs) for image in images]
    heard = spoken_crosswise(lambda half: part.learner(contract, half), passes, images, said, codec)
    wrong = [
        f"{item.file} {image.label} as {text}"
        for item, image, raw in zip(items, images, heard, strict=True)
        if (text := codec.decode(Predictions(raw, image.glyphs)).text) != image.label
    ]
    candidates = sum(len(image.glyphs) for image in images) / len(images)
    return f"{candidates:.1f} candidates an image, {len(wrong)} of {len(images)} misread: {', '.join(wrong)}"


if __name__ == "__main__":
    main()
