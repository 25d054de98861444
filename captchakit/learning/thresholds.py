"""Thresholds of several labels, tuned on images that were not learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from captchakit.learning.examples import Framed
from captchakit.reading.card import Recipe
from captchakit.reading.codecs.tags import Tags
from captchakit.registry import Step, options_of
from captchakit.stages import Codec
from captchakit.types import Probabilities

GRID = np.arange(0.02, 0.9, 0.02)
ROUNDS = 3
START = 0.2
"""F2 counts a missed label four times an idle one, so thresholds begin low."""


def f_beta(said: NDArray[np.bool_], truth: NDArray[np.bool_], beta: float = 2.0) -> float:
    """Return F-beta of `(N, C)` flags, the mean over the images; an image without labels or answers counts 0.

    With `beta` 2 this is the score of the several-label competition whose layout is read here.
    """
    both = (said & truth).sum(axis=1)
    weight = beta * beta
    whole = weight * truth.sum(axis=1) + said.sum(axis=1)
    return float(np.mean((1 + weight) * both / np.maximum(whole, 1)))


def best_thresholds(probabilities: NDArray[np.floating], truth: NDArray[np.bool_]) -> tuple[float, ...]:
    """Return a threshold for each label, found one after the other, that together give the best F2.

    `probabilities` and `truth` are `(N, C)`. A label keeps where it stood unless another place is better.
    """
    thresholds = np.full(truth.shape[1], START)
    for _ in range(ROUNDS):
        for label in range(truth.shape[1]):
            said = probabilities >= thresholds
            best = f_beta(said, truth)
            for tried in GRID:
                said[:, label] = probabilities[:, label] >= tried
                score = f_beta(said, truth)
                if score > best + 1e-9:
                    best, thresholds[label] = score, tried
    return tuple(round(float(t), 4) for t in thresholds)


def tuned(
    codec: Codec, recipe: Recipe, said: Sequence[Probabilities], images: Sequence[Framed]
) -> tuple[Codec, Recipe, float | None]:
    """Return a codec of several labels with thresholds tuned on `images`, its recipe, and the F2 that they reach there.

    Other codecs are returned as they are, without a score.
    """
    if not isinstance(codec, Tags) or not images:
        return codec, recipe, None
    flags = [codec.encode(image.label, image.glyphs) for image in images]
    truth = np.stack([encoded[1][0] > 0 for encoded in flags if encoded is not None])
    given = np.stack([p[0, 0] for p, encoded in zip(said, flags, strict=True) if encoded is not None])
    better = replace(codec, thresholds=best_thresholds(given, truth))
    f2 = f_beta(given >= np.array(better.thresholds), truth)
    options = {key: value for key, value in options_of(better).items() if key not in ("alphabet", "objective")}
    return better, replace(recipe, codec=Step(recipe.codec.name, options)), f2
