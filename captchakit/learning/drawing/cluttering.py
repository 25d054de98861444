"""Lines, curves, dots and other disturbance, behind the writing or over it."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.learning.drawing import banks, faces, glyphs
from captchakit.learning.drawing.colours import Colour, tone
from captchakit.learning.drawing.dice import Dice
from captchakit.learning.drawing.papering import stamp
from captchakit.learning.drawing.style import DIGITS, LOWER, UPPER, Cluttering
from captchakit.types import Image

_SHIFT = 4
# How thick the lines of a kind may be together, in cap heights; a zigzag crosses the writing several times.
_LOAD = {"curve": 0.28, "line": 0.35, "poly": 0.2}
Points = NDArray[np.float64]
Ink = tuple[Colour, float]
"""What lines go by: the colour of the writing and its cap height."""


def strokes(knobs: Cluttering, dice: Dice) -> list[str]:
    """Return which kinds of lines are drawn in this picture."""
    chances = (("curve", knobs.curves), ("line", knobs.lines), ("poly", knobs.poly), ("short", knobs.shorts))
    return [kind for kind, chance in chances if dice.chance(chance)]


def scatter(knobs: Cluttering, dice: Dice) -> list[str]:
    """Return which kinds of spots are drawn in this picture."""
    chances = (("dots", knobs.dots), ("blobs", knobs.blobs), ("salt", knobs.salt), ("grid", knobs.grid))
    return [kind for kind, chance in chances if dice.chance(chance)]


def draw_strokes(image: Image, kinds: list[str], knobs: Cluttering, ink: Ink, dice: Dice) -> None:
    """Draw lines of these kinds, in the colour of the ink or in others."""
    own_colour, cap = ink
    height, width = image.shape[:2]
    counts = {"curve": knobs.curve_count, "line": knobs.line_count, "poly": knobs.poly_count}
    for kind in kinds:
        same, smooth = dice.chance(knobs.same), dice.chance(0.75)
        thickness = max(1, round(dice.uniform(knobs.thickness) * cap))
        own = own_colour if same else any_colour(dice)
        each = not same and dice.chance(0.6)
        inverted = dice.chance(knobs.inverted)
        canvas = np.zeros((height, width), np.uint8) if inverted else image
        count = dice.integer(counts.get(kind, knobs.short_count))
        if kind == "short":
            thickness = min(thickness, 2)
        else:
            # Many lines are thin ones, else nothing is left to be read.
            thickness = max(1, min(thickness, round(_LOAD[kind] * cap / count)))
            count = max(1, min(count, round(_LOAD[kind] * cap / thickness)))
        for _ in range(count):
            points = SHAPES[kind](width, height, cap, dice)
            colour = (255, 255, 255) if inverted else any_colour(dice) if each else own
            fixed = np.round(points * (1 << _SHIFT)).astype(np.int32)
            line = cv2.LINE_AA if smooth else cv2.LINE_8
            cv2.polylines(canvas, [fixed], False, colour, thickness, line, _SHIFT)
        if inverted:
            cv2.bitwise_not(image, dst=image, mask=canvas)


def any_colour(dice: Dice) -> Colour:
    """Return a colour of any luminance and hue."""
    return tone(dice, dice.random(), dice.random() * 0.8)


def _line(width: int, height: int, cap: float, dice: Dice) -> Points:  # noqa: ARG001 - all shapes are called alike
    if dice.chance(0.6):
        left, right = dice.uniform((-0.1, 0.3)) * width, dice.uniform((0.7, 1.1)) * width
        return np.array(((left, dice.random() * height), (right, dice.random() * height)))
    return np.array((dice.point(width, height), dice.point(width, height)))


def _short(width: int, height: int, cap: float, dice: Dice) -> Points:
    x, y = dice.point(width, height)
    angle, length = dice.random() * math.tau, dice.uniform((0.1, 0.6)) * cap
    return np.array(((x, y), (x + math.cos(angle) * length, y + math.sin(angle) * length)))


def _poly(width: int, height: int, cap: float, dice: Dice) -> Points:  # noqa: ARG001
    if dice.chance(0.4):
        return np.array([dice.point(width, height) for _ in range(2 + dice.below(4))])
    count = 3 + dice.below(8)
    left, step = dice.spread(0.2) * width, width * dice.uniform((0.7, 1.2)) / count
    return np.array([(left + step * (i + dice.spread(0.4)), dice.random() * height) for i in range(count + 1)])


def _curve(width: int, height: int, cap: float, dice: Dice) -> Points:
    """Draw a sine with a drifting height, a Bézier curve, or an arc, across most of the picture."""
    form = dice.below(3)
    steps = np.linspace(0, 1, max(12, width // 6))
    if form == 0:
        turns = dice.uniform((0.4, 3.5))
        amplitude = dice.uniform((0.1, 0.45)) * min(height, 2 * cap)
        y = (dice.uniform((0.25, 0.75)) + dice.spread(0.25) * steps) * height
        y = y + amplitude * np.sin(steps * turns * math.tau + dice.random() * math.tau)
        left, right = dice.uniform((-0.05, 0.2)), dice.uniform((0.75, 1.05))
        return np.stack([(left + (right - left) * steps) * width, y], axis=1)
    points = [dice.point(width, height) for _ in range(4)]
    if form == 1:
        points[0], points[3] = (0.0, points[0][1]), (float(width), points[3][1])
    weights = ((1 - steps) ** 3, 3 * steps * (1 - steps) ** 2, 3 * steps**2 * (1 - steps), steps**3)
    return np.asarray(np.stack(weights, axis=1) @ np.array(points))


SHAPES = {"line": _line, "short": _short, "poly": _poly, "curve": _curve}


def draw_scatter(image: Image, kinds: list[str], knobs: Cluttering, ink: Colour, dice: Dice) -> None:
    """Draw dots, blobs, salt or a grid."""
    for kind in kinds:
        colour = ink if dice.chance(knobs.same) else any_colour(dice)
        if kind == "dots":
            _dots(image, knobs, colour, dice)
        elif kind == "salt":
            _salt(image, dice.uniform(knobs.salt_density), colour, dice)
        elif kind == "blobs":
            _blobs(image, dice.integer(knobs.blob_count), colour, dice)
        else:
            _grid(image, colour, dice)


def _dots(image: Image, knobs: Cluttering, colour: Colour, dice: Dice) -> None:
    height, width = image.shape[:2]
    size = dice.integer(knobs.dot_size)
    # Larger dots are fewer: the same share of paper is covered.
    count = max(3, int(dice.uniform(knobs.dot_density) * height * width / max(1, size * size / 2)))
    places = dice.array(2, count)
    mask = np.zeros((height, width), np.uint8)
    mask[(places[0] * height).astype(np.intp), (places[1] * width).astype(np.intp)] = 255
    if size > 1:
        form = cv2.MORPH_ELLIPSE if dice.chance(0.6) else cv2.MORPH_RECT
        mask = np.asarray(cv2.dilate(mask, cv2.getStructuringElement(form, (size, size))), np.uint8)
    if dice.chance(0.3):
        cells = cv2.resize(banks.slice_of(banks.noise(), height // 8 + 1, width // 8 + 1, dice), (width, height))
        cells = cv2.addWeighted(cells, 3, cells, 0, -256)
        cv2.copyTo(cells, mask, image)
    else:
        image[mask > 0] = colour


def _salt(image: Image, density: float, colour: Colour, dice: Dice) -> None:
    height, width = image.shape[:2]
    noise = banks.slice_of(banks.even(), height, width, dice)
    level = max(1, int(256 * density))
    image[noise < level] = colour
    if dice.chance(0.4):
        image[noise > 255 - level] = any_colour(dice)


def _blobs(image: Image, count: int, colour: Colour, dice: Dice) -> None:
    """Circles, ellipses and boxes, filled or not; filled ones are small."""
    height, width = image.shape[:2]
    each, filled = dice.chance(0.5), dice.chance(0.4)
    for _ in range(count):
        radius = max(2, round(height * dice.uniform((0.03, 0.1) if filled else (0.08, 0.5))))
        x, y = (int(v) for v in dice.point(width, height))
        own = any_colour(dice) if each else colour
        axes = (radius, max(1, round(radius * dice.uniform((0.5, 1)))))
        cv2.ellipse(image, (x, y), axes, dice.random() * 180, 0, 360, own, -1 if filled else 1, cv2.LINE_AA)


def _grid(image: Image, colour: Colour, dice: Dice) -> None:
    height, width = image.shape[:2]
    step, lean = 4 + dice.below(max(4, height // 3)), dice.below(3) - 1
    for x in range(dice.below(step), width, step):
        cv2.line(image, (x, 0), (x + lean * 3, height), colour, 1)
    if dice.chance(0.8):
        for y in range(dice.below(step), height, step):
            cv2.line(image, (0, y), (width, y + lean * 3), colour, 1)


def draw_decoys(image: Image, paper: tuple[float, float], cap: float, dice: Dice) -> None:
    """Draw small characters that are not part of the answer, close to the paper in luminance."""
    height, width = image.shape[:2]
    face = dice.one(faces.builtin())
    size = min(15, max(6, round(cap * 0.3)))
    for _ in range(5 + dice.below(25)):
        light = min(1.0, max(0.0, (paper[0] + paper[1]) / 2 + dice.spread(0.25)))
        mask = glyphs.glyph(face, dice.one(DIGITS + UPPER + LOWER), size).mask
        stamp(image, mask, dice.point(width, height), tone(dice, light, 0.3))
