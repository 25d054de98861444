"""Colours by luminance, since what can be read hangs on luminance first."""

from __future__ import annotations

import numpy as np

from captchakit.learning.drawing.dice import Dice
from captchakit.types import Image

Colour = tuple[int, int, int]
"""Blue, green, red, 0 to 255."""

_WEIGHTS = (0.114, 0.587, 0.299)


def tone(dice: Dice, luminance: float, saturation: float) -> Colour:
    """Return a colour of a random hue; luminance and saturation go from 0 to 1."""
    # Written out: a picture asks for a handful, and three generators each cost more than all that they compute.
    blue, green, red = dice.random() - 0.5, dice.random() - 0.5, dice.random() - 0.5
    grey = _WEIGHTS[0] * blue + _WEIGHTS[1] * green + _WEIGHTS[2] * red
    reach = saturation * 0.75 / (max(abs(blue - grey), abs(green - grey), abs(red - grey)) or 1.0)
    return (
        _level(luminance + (blue - grey) * reach),
        _level(luminance + (green - grey) * reach),
        _level(luminance + (red - grey) * reach),
    )


def _level(share: float) -> int:
    level = round(255 * share)
    return 0 if level < 0 else min(level, 255)


def filled(height: int, width: int, colour: Colour) -> Image:
    """Return `(height, width, 3)` of one colour."""
    # NumPy would spread three numbers over the pixels one by one; bytes are doubled until there are enough.
    return np.frombuffer(bytearray(bytes(colour) * (height * width)), np.uint8).reshape(height, width, 3)


def luminance_of(colour: Colour) -> float:
    """Return a colour's luminance, from 0 to 1."""
    return sum(w * c for w, c in zip(_WEIGHTS, colour, strict=True)) / 255


def away_from(dice: Dice, low: float, high: float, contrast: float) -> float:
    """Return a luminance at least `contrast` from a range where there is room, else as far from it as can be."""
    darker, lighter = low - contrast, high + contrast
    sides = [dice.uniform((max(0.0, darker - 0.15), darker))] * (darker >= 0) * 2
    sides += [dice.uniform((lighter, min(1.0, lighter + 0.15)))] * (lighter <= 1)
    if sides:
        return dice.one(sides)
    return 0.0 if low > 1 - high else 1.0
