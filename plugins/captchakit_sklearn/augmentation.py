"""Glyphs as they might also have looked."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from captchakit.types import Tensor


def copies_of(tensor: Tensor, copies: int, seed: int, at_once: int) -> Iterator[Iterator[Tensor]]:
    """Yield `copies` times all glyphs of `(N, channels, H, W)`, turned, sheared, scaled and moved, `at_once` in a part.

    Up to 8 degrees, a shear of 0.12, 10 % in scale and 6 % in place, evenly spread.
    """
    dice = np.random.default_rng(seed)
    for _ in range(copies):
        turns = _transforms(dice, len(tensor), tensor.shape[2], tensor.shape[3])
        yield (_copied(tensor[at : at + at_once], turns[at : at + at_once]) for at in range(0, len(tensor), at_once))


def _copied(glyphs: Tensor, turns: Tensor) -> Tensor:
    return np.stack([_moved(glyph, turn) for glyph, turn in zip(glyphs, turns, strict=True)])


def _transforms(dice: np.random.Generator, count: int, height: int, width: int) -> Tensor:
    """Return `(count, 2, 3)` affine matrices about the middle of the glyph."""
    angle, shear, across, down, x, y = dice.uniform(-1, 1, (6, count))
    turn = np.empty((count, 2, 3), np.float32)
    cos, sin = np.cos(0.14 * angle), np.sin(0.14 * angle)
    turn[:, 0, 0], turn[:, 0, 1] = cos * (1 + 0.1 * across), -sin + 0.12 * shear
    turn[:, 1, 0], turn[:, 1, 1] = sin, cos * (1 + 0.1 * down)
    middle = np.array([(width - 1) / 2, (height - 1) / 2], np.float32)
    turn[:, :, 2] = middle - turn[:, :, :2] @ middle + 0.06 * np.stack([width * x, height * y], axis=1)
    return turn


def _moved(glyph: Tensor, turn: Tensor) -> Tensor:
    size = glyph.shape[2], glyph.shape[1]
    return np.stack([np.asarray(cv2.warpAffine(channel, turn, size), np.float32) for channel in glyph])
