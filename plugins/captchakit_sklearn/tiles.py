"""Several labels of an image whose tiles show one of them each: a regression learns which tile it is on the way.

Expectation and maximisation (Dempster, Laird and Rubin 1977): given what a tile looks like so far and which labels the
image has, each tile shows a label with some probability; given those, the regression is fitted anew.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from captchakit.types import Targets, Tensor

ROUNDS = 4
FEWEST = 3
"""How many images of one label each label needs, so that the first round learns from those alone."""

LIKELY = 0.05
"""The probability from which a tile is an example of a label."""

NEVER = -30.0
"""The score of a label that no example has."""


@dataclass(frozen=True, slots=True, eq=False)
class Tiled:
    """Scores of a tile are `features @ weights + bias`, its probabilities their softmax; `(D, C)` and `(C,)`.

    A label is missing where all `count` tiles of an image lack it.
    """

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    count: int

    @classmethod
    def fitted(
        cls, tiles: NDArray[np.float32], flags: Targets, known: tuple[NDArray[np.float32], NDArray[np.int64]],
        strength: float, seed: int,
    ) -> Self:  # fmt: skip
        """Return what is learned from `tiles` `(N, count, D)` of images with `flags` `(N, C)`.

        `known` are more tiles `(M, D)` and their labels.
        """
        count, labels = tiles.shape[1], flags.shape[1]
        scaler = StandardScaler().fit(tiles.reshape(-1, tiles.shape[2]))
        sure, classes = scaler.transform(known[0]), known[1]
        rows = scaler.transform(tiles.reshape(-1, tiles.shape[2]))
        belief = np.repeat(flags / flags.sum(axis=1, keepdims=True), count, axis=0)
        if (np.bincount(classes, minlength=labels)[flags.any(axis=0)] < FEWEST).any():
            sure, classes = sure[:0], classes[:0]
        else:  # what is certain comes first; nothing is believed of the others yet
            belief[np.repeat(flags.sum(axis=1) > 1, count)] = 0
        weights, bias = np.zeros((rows.shape[1], labels)), np.full(labels, NEVER)
        for _ in range(ROUNDS):
            weights, bias = _regressed(rows, belief, (sure, classes), strength, seed)
            said = _softmax(rows @ weights + bias).reshape(len(flags), count, labels)
            belief = np.concatenate([believed(s, np.flatnonzero(f)) for s, f in zip(said, flags, strict=True)])
        weights /= scaler.scale_[:, np.newaxis]  # the scaling becomes part of the product
        return cls(weights.astype(np.float32), (bias - scaler.mean_ @ weights).astype(np.float32), count)

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return `(N, C)` for tiles `(N * count, D)`."""
        shown = _softmax((features @ self.weights + self.bias).astype(np.float64))
        return np.asarray(1 - (1 - shown).reshape(-1, self.count, shown.shape[1]).prod(axis=1), np.float32)


def believed(said: NDArray[np.float64], labels: Sequence[int] | NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the probability that each tile shows each label, given that together they show exactly `labels`.

    `said` `(count, C)` is what is said of the tiles by themselves. Where there are more labels than tiles, a tile shows
    any of them.
    """
    count = len(said)
    answers = np.zeros_like(said)
    if len(labels) > count:
        answers[:, labels] = said[:, labels] + 1e-9
        answers /= answers.sum(axis=1, keepdims=True)
        return answers
    ways = np.array([way for way in product(labels, repeat=count) if len(set(way)) == len(labels)])
    likely = np.log(said[np.arange(count), ways] + 1e-9).sum(axis=1)
    share = np.exp(likely - likely.max())
    for tile in range(count):
        np.add.at(answers[tile], ways[:, tile], share / share.sum())
    return answers


def mosaics(images: Tensor, parts: int) -> Tensor:
    """Return images `(N, channels, H, W)` each shrunk to a tile, as many mosaics of `parts` squared tiles as it takes.

    The last mosaic is filled up with images from the beginning.
    """
    count, channels, height, width = images.shape
    high, wide = height // parts, width // parts
    small = images[:, :, : high * parts, : wide * parts].reshape(count, channels, high, parts, wide, parts)
    small = np.resize(small.mean(axis=(3, 5)), (-(-count // parts**2) * parts**2, channels, high, wide))
    laid = small.reshape(-1, parts, parts, channels, high, wide).transpose(0, 3, 1, 4, 2, 5)
    whole = np.zeros((len(laid), channels, height, width), np.float32)
    whole[:, :, : high * parts, : wide * parts] = laid.reshape(-1, channels, high * parts, wide * parts)
    return whole


def _regressed(
    rows: NDArray[np.float32], belief: NDArray[np.float64], known: tuple[NDArray[np.float32], NDArray[np.int64]],
    strength: float, seed: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """Fit to rows that show each label with the probability in `belief`, and to what is known for certain."""
    places, shown = np.nonzero(belief > LIKELY)
    weighed = np.concatenate([belief[places, shown], np.ones(len(known[1]))])
    examples, classes = np.concatenate([rows[places], known[0]]), np.concatenate([shown, known[1]])
    weights, bias = np.zeros((rows.shape[1], belief.shape[1])), np.full(belief.shape[1], NEVER)
    seen = np.unique(classes)
    if len(seen) == 1:
        bias[seen] = 0
        return weights, bias
    model = LogisticRegression(C=strength, max_iter=150, random_state=seed)
    # One thread: on shared cores several spend their time waiting for each other.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the iterations are bounded on purpose
        model.fit(examples, classes, weighed)
    if len(seen) == 2:  # one score then: how much more the second is likely
        weights[:, seen[0]], bias[seen[0]] = 0, 0
        weights[:, seen[1]], bias[seen[1]] = model.coef_[0], model.intercept_[0]
    else:
        weights[:, seen], bias[seen] = model.coef_.T, model.intercept_
    return weights, bias


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float64)
