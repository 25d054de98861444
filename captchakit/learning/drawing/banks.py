"""Noise and photo-like pictures, made once and sliced at random: making them anew would cost more than the rest."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from captchakit.learning.drawing.dice import Dice
from captchakit.types import Image

_NOISE_SIDE = 1024
PHOTO_SIDE = 512
_PHOTOS = 8


@cache
def noise() -> Image:
    """Return gaussian noise around 128 with a standard deviation of 32, `(side, side, 3)`."""
    rng = np.random.default_rng(20)
    values = rng.normal(128, 32, (_NOISE_SIDE, _NOISE_SIDE, 3))
    return np.clip(values, 0, 255).astype(np.uint8)


@cache
def even() -> Image:
    """Return even noise, 0 to 255, `(side, side)`."""
    return np.random.default_rng(21).integers(0, 256, (_NOISE_SIDE, _NOISE_SIDE), np.uint8)


@cache
def photos() -> tuple[Image, ...]:
    """Return pictures with the statistics of photographs: soft masses, edges, texture at every scale."""
    return tuple(_photo(np.random.default_rng(100 + i)) for i in range(_PHOTOS))


def _photo(rng: np.random.Generator) -> Image:
    side = PHOTO_SIDE
    total = np.zeros((side, side, 3), np.float32)
    for octave in range(2, 9):
        cells = rng.normal(0, 1, (2**octave, 2**octave, 3)).astype(np.float32)
        cells = cells * 0.5 + cells.mean(axis=2, keepdims=True) * 1.2
        total += cv2.resize(cells, (side, side), interpolation=cv2.INTER_CUBIC) * 0.62**octave
    total = (total - total.min()) / (total.max() - total.min()) * 255
    picture = np.ascontiguousarray(total.astype(np.uint8))
    for _ in range(60):
        _mass(picture, rng)
    picture = cv2.GaussianBlur(picture, (0, 0), 1.2)
    # Spread to two and a half deviations, so that a slice of it has darks and lights.
    mean, deviation = float(picture.mean()), float(picture.std())
    return np.asarray(np.clip((picture - mean) * (51 / deviation) + 128, 0, 255), np.uint8)


def _mass(picture: Image, rng: np.random.Generator) -> None:
    """Put one more thing into the scene: a tilted ellipse or a block that takes half of what lies under it."""
    side = picture.shape[0]
    layer = picture.copy()
    colour = tuple(int(c) for c in rng.integers(0, 256, 3))
    x, y, a, b = (int(v) for v in rng.integers(8, side, 4))
    if rng.random() < 0.5:
        cv2.ellipse(layer, (x, y), (a // 5 + 3, b // 7 + 3), float(rng.random() * 180), 0, 360, colour, -1)
    else:
        cv2.rectangle(layer, (x, y), (x + a // 4, y + b // 6), colour, -1)
    cv2.addWeighted(layer, 0.5, picture, 0.5, 0, dst=picture)


def slice_of(bank: Image, height: int, width: int, dice: Dice) -> Image:
    """Return a part of a bank at a random place, a view where it is large enough and tiled where not."""
    side = bank.shape[0]
    if height > side or width > side:
        bank = np.tile(bank, (height // side + 1, width // side + 1) + (1,) * (bank.ndim - 2))
    y, x = dice.below(bank.shape[0] - height + 1), dice.below(bank.shape[1] - width + 1)
    return bank[y : y + height, x : x + width]
