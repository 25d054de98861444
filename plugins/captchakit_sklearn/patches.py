"""Learned patches as an ONNX graph: what small pieces an image is made of, wherever they lie.

A dictionary of whitened patches by k-means, soft thresholds on both sides and pooling over the whole image (Coates, Lee
and Ng 2011, "An analysis of single-layer networks in unsupervised feature learning", AISTATS). It is made for textures:
the strokes of a hand or a type, the ground of an aerial photograph.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from sklearn.cluster import MiniBatchKMeans
from threadpoolctl import threadpool_limits

from captchakit.types import Tensor
from captchakit_sklearn.features import Graph

SEEN = 30_000
"""How many patches the dictionary is learned from."""

FLAT = 1e-3
"""The variance under which a patch shows nothing."""

SOFTENING = 0.05
"""Added to the patches' variances, so that whitening does not raise noise."""

STRIDE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """A dictionary `(words, channels, side, side)` and the threshold under which a patch is not like a word.

    The features are the share that each word, and its opposite, has of all resemblance, by square root; with `amounts`
    also how much resemblance there is in all, and each channel's mean.
    """

    words: NDArray[np.float32]
    amounts: bool
    threshold: float = 0.5

    def graph(self) -> Graph:
        """Return the nodes from `input` `(N, channels, H, W)` to `features` `(N, D)`, their constants, and D."""
        node, pool = helper.make_node, "GlobalAveragePool"
        nodes = [
            node("Conv", ["input", "words"], ["resemblance"], strides=[STRIDE, STRIDE]),
            node("Sub", ["resemblance", "threshold"], ["above"]),
            node("Relu", ["above"], ["alike"]),
            node("Add", ["resemblance", "threshold"], ["below"]),
            node("Neg", ["below"], ["turned"]),
            node("Relu", ["turned"], ["opposite"]),
            node(pool, ["alike"], ["alike_mean"]),
            node(pool, ["opposite"], ["opposite_mean"]),
            node("Concat", ["alike_mean", "opposite_mean"], ["means"], axis=1),
            node("Flatten", ["means"], ["amounts"]),
            node("ReduceSum", ["amounts", "feature_axis"], ["all"], keepdims=1),
            node("Add", ["all", "something"], ["all_safe"]),
            node("Div", ["amounts", "all_safe"], ["shares"]),
            node("Sqrt", ["shares"], ["features" if not self.amounts else "shares_root"]),
        ]
        if self.amounts:
            nodes += [
                node("Sqrt", ["all"], ["all_root"]),
                node(pool, ["input"], ["levels"]),
                node("Flatten", ["levels"], ["levels_row"]),
                node("Concat", ["shares_root", "all_root", "levels_row"], ["features"], axis=1),
            ]
        count = 2 * len(self.words) + (1 + self.words.shape[1] if self.amounts else 0)
        arrays = {
            "words": self.words,
            "threshold": np.array(self.threshold, np.float32),
            "feature_axis": np.array([1]),
            "something": np.array(1e-6, np.float32),
        }
        return nodes, [numpy_helper.from_array(array, name) for name, array in arrays.items()], count


def learned_patches(tensor: Tensor, words: int, side: int, seed: int, *, amounts: bool) -> Patches:
    """Return the patches of `side` pixels of images `(N, channels, H, W)`, as whitened words found by k-means."""
    channels = tensor.shape[1]
    side = min(side, *tensor.shape[2:])
    seen = _sampled(tensor, side, np.random.default_rng(seed))
    if len(seen) < 2:  # blank images: anything will do as a word
        seen = np.random.default_rng(seed).normal(size=(2 * words, channels * side * side)).astype(np.float32)
    values, vectors = np.linalg.eigh(seen.T.astype(np.float64) @ seen / len(seen))
    whiten = (vectors / np.sqrt(np.maximum(values, 0) + SOFTENING)) @ vectors.T
    means = MiniBatchKMeans(min(words, len(seen)), batch_size=2048, n_init=1, max_iter=30, random_state=seed)
    with threadpool_limits(1):
        centres = means.fit(seen @ whiten).cluster_centers_
    unit = centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
    kernels = _centred((unit @ whiten).astype(np.float32), channels)
    return Patches(kernels.reshape(-1, channels, side, side), amounts)


def _sampled(tensor: Tensor, side: int, dice: np.random.Generator) -> NDArray[np.float32]:
    """Return up to `SEEN` patches that show something, `(n, channels * side * side)`, each channel around 0."""
    count, channels, height, width = tensor.shape
    rows = dice.integers(0, height - side + 1, 3 * SEEN)
    columns = dice.integers(0, width - side + 1, 3 * SEEN)
    images = dice.integers(0, count, 3 * SEEN)
    places = zip(images, rows, columns, strict=True)
    cut = np.stack([tensor[n][:, y : y + side, x : x + side].ravel() for n, y, x in places])
    cut = _centred(cut, channels)
    return np.asarray(cut[cut.var(axis=1) > FLAT][:SEEN], np.float32)


def _centred(rows: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    """Return patches or kernels without their channels' means, so that a flat image answers with nothing."""
    parts = rows.reshape(len(rows), channels, -1)
    return np.asarray((parts - parts.mean(axis=2, keepdims=True)).reshape(len(rows), -1), np.float32)
