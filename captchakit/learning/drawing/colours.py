"""Colours by luminance, since what can be read hangs on luminance first."""

from __future__ import annotations

from captchakit.learning.drawing.dice import Dice

Colour = tuple[int, int, int]
"""Blue, green, red, 0 to 255."""

_WEIGHTS = (0.114, 0.587, 0.299)


def tone(dice: Dice, luminance: float, saturation: float) -> Colour:
    """Return a colour of a random hue; luminance and saturation go from 0 to 1."""
    chroma = [dice.random() - 0.5 for _ in range(3)]
    grey = sum(w * c for w, c in zip(_WEIGHTS, chroma, strict=True))
    widest = max(abs(c - grey) for c in chroma) or 1.0
    reach = saturation * 0.75 / widest
    blue, green, red = (min(255, max(0, round(255 * (luminance + (c - grey) * reach)))) for c in chroma)
    return blue, green, red


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
