"""Glyphs and probabilities for codecs, without images that mean anything."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from captchakit.types import Box, Glyph, Glyphs, Predictions

DOT = np.zeros((1, 1), np.uint8)


def glyphs(spans: Sequence[tuple[int, int]]) -> Glyphs:
    """Return one glyph for each span, ten columns for each piece."""
    return tuple(Glyph(DOT, Box(10 * a, 0, 10 * (b - a), 20), (a, b)) for a, b in spans)


def in_a_row(count: int) -> Glyphs:
    """Return `count` glyphs side by side."""
    return glyphs([(k, k + 1) for k in range(count)])


def random_probabilities(shape: tuple[int, int, int], seed: int) -> NDArray[np.float32]:
    """Return `(N, T, C)` that sum to 1 over the classes, some sharp and some flat."""
    powers = np.exp(np.random.default_rng(seed).normal(0, 1.5, shape))
    return np.asarray(powers / powers.sum(axis=2, keepdims=True), np.float32)


def predictions(spans: Sequence[tuple[int, int]], classes: int, seed: int) -> Predictions:
    """Return random predictions of one step for glyphs of these spans."""
    return Predictions(random_probabilities((len(spans), 1, classes), seed), glyphs(spans))


SPANS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 3)).map(lambda s: (s[0], s[0] + s[1])),
    min_size=1,
    max_size=6,
    unique=True,
).map(sorted)
"""A few candidates over at most seven pieces."""

SEEDS = st.integers(0, 2**32 - 1)
