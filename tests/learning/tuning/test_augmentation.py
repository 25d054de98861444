"""Pictures made a little different."""

from __future__ import annotations

import numpy as np

from captchakit.learning.drawing import draw
from captchakit.learning.tuning.augmentation import _cluttered, varied


def test_a_varied_picture_keeps_size_and_kind() -> None:
    """Height, width, three channels and bytes stay; the picture that was given stays as it was."""
    image = draw("plain", 3).image
    before = image.copy()
    dice = np.random.default_rng(0)
    for _ in range(60):
        changed = varied(image, dice)
        assert changed.shape == image.shape
        assert changed.dtype == np.uint8
    assert np.array_equal(image, before)


def test_the_same_dice_give_the_same_picture() -> None:
    """All chance comes from the dice, and other dice give other pictures."""
    image = draw("strokes", 4).image
    first, again, other = (varied(image, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_varied_picture_stays_near() -> None:
    """Over many pictures the ink stays roughly where it was: nothing is mirrored or turned over."""
    image = np.full((40, 120, 3), 255, np.uint8)
    image[8:32, 10:30] = 0
    dice = np.random.default_rng(5)
    dark = np.mean([varied(image, dice)[..., 0] < 128 for _ in range(200)], axis=0)
    assert dark[12:28, 14:26].mean() > 0.9
    assert dark[:, 60:].mean() < 0.1


def test_clutter_is_laid_over_a_picture() -> None:
    """Gray paper stays gray paper but for strokes and dots, which never cover most of it, and only where rough."""
    dice = np.random.default_rng(1)
    paper = np.full((40, 120, 3), 128, np.uint8)
    marked = [(_cluttered(paper, dice) != 128).any(axis=2).mean() for _ in range(100)]
    assert np.mean([share > 0 for share in marked]) > 0.5
    assert max(marked) < 0.5
