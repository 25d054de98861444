"""From placed glyphs to colour: masks warped into the canvas, filled, and laid over the paper."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.learning.drawing import banks
from captchakit.learning.drawing.bending import Bend
from captchakit.learning.drawing.colours import Colour, away_from, filled, tone
from captchakit.learning.drawing.dice import Dice
from captchakit.learning.drawing.layout import Layout, Placed
from captchakit.learning.drawing.papering import Paper
from captchakit.learning.drawing.style import Inking
from captchakit.types import Image

_SQUARE = np.ones((3, 3), np.uint8)
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


@dataclass(frozen=True, slots=True)
class Plan:
    """What was drawn for the ink: one colour for each character (all alike or not), fill, relief, and edges."""

    colours: tuple[Colour, ...]
    other: Colour
    luminance: float
    fill: str
    relief: str
    crisp: bool
    weight: int
    """Rounds of thickening, negative for thinning."""

    @property
    def colour(self) -> Colour:
        """The colour that lines take which are to look like the writing."""
        return self.colours[0]


def plan(knobs: Inking, paper: Paper, layout: Layout, weight: int, dice: Dice) -> Plan:
    """Draw the ink for a paper: far enough from its luminance to be seen."""
    contrast, saturation = dice.uniform(knobs.contrast), dice.uniform(knobs.saturation)
    luminance = away_from(dice, paper.low, paper.high, contrast)
    count = len(layout.characters)
    if paper.parts:
        lights = [away_from(dice, low, high, contrast) for low, high in paper.parts]
        colours = tuple(tone(dice, light, saturation) for light in lights)
    elif dice.chance(knobs.each):
        colours = tuple(tone(dice, luminance + dice.spread(0.08), max(0.4, saturation)) for _ in range(count))
    else:
        colours = (tone(dice, luminance, saturation),) * count
    fill, relief = dice.weighted(knobs.fill), dice.weighted(knobs.relief)
    if layout.cap < 13 and fill in ("outline", "hollow", "stripes"):
        fill = "solid"  # there is no room for a contour in so few pixels
    other = tone(dice, (luminance + paper.low + paper.high) / 3, saturation)
    if fill == "hollow" and relief != "none":
        other = paper.colour  # the sides and the shadow are then what shows
    return Plan(colours, other, luminance, fill, relief, layout.blocky or dice.chance(knobs.crisp), weight)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Masks `(height, width)` of the writing: `ink`, what it hides (`body`), and which character inked a pixel last."""

    ink: Image
    body: Image
    owner: Image


def masks(plan: Plan, layout: Layout, bend: Bend | None, dice: Dice) -> Layer:
    """Draw all glyphs into one layer."""
    shape = (layout.height, layout.width)
    layer = Layer(np.zeros(shape, np.uint8), np.zeros(shape, np.uint8), np.zeros(shape, np.uint8))
    for index, placed in enumerate(layout.characters):
        found = _patch(placed, layout, bend)
        if found is not None:
            patch, rows, columns = found
            part = Layer(layer.ink[rows, columns], layer.body[rows, columns], layer.owner[rows, columns])
            _lay(part, patch, plan, index, dice)
    if plan.weight and plan.fill == "solid":
        _weigh(layer.ink, plan.weight, layout.cap)
    return layer


def _patch(placed: Placed, layout: Layout, bend: Bend | None) -> tuple[Image, slice, slice] | None:
    """Return a glyph as it lies on the canvas, and where; `None` where it lies off it."""
    a, b, c, d, e, f = placed.affine
    height, width = placed.glyph.mask.shape
    xs = (c, c + a * width, c + b * height, c + a * width + b * height)
    ys = (f, f + d * width, f + e * height, f + d * width + e * height)
    reach = 1 + (bend.reach if bend else 0)
    left, right = max(0, math.floor(min(xs)) - reach), min(layout.width, math.ceil(max(xs)) + reach)
    top, bottom = max(0, math.floor(min(ys)) - reach), min(layout.height, math.ceil(max(ys)) + reach)
    if right <= left or bottom <= top:
        return None
    flags = cv2.INTER_NEAREST if layout.blocky else cv2.INTER_LINEAR
    rows, columns = slice(top, bottom), slice(left, right)
    if bend is None:
        matrix = np.array(((a, b, c - left), (d, e, f - top)))
        return _warped(placed.glyph.mask, matrix, (right - left, bottom - top), flags), rows, columns
    det = a * e - b * d
    x, y = bend.map_x[rows, columns], bend.map_y[rows, columns]
    back = (e / det, -b / det, (b * f - c * e) / det, -d / det, a / det, (c * d - a * f) / det)
    p, q, r, s, t, u = (np.float32(v) for v in back)
    patch = cv2.remap(placed.glyph.mask, x * p + y * q + r, x * s + y * t + u, flags, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(patch, np.uint8), rows, columns


def _warped(mask: Image, matrix: NDArray[np.float64], size: tuple[int, int], flags: int) -> Image:
    return np.asarray(cv2.warpAffine(mask, matrix, size, flags=flags), np.uint8)


def _lay(part: Layer, patch: Image, plan: Plan, index: int, dice: Dice) -> None:
    """Add one glyph to its part of the layer, as body, contour, or both."""
    ink, body, owner = part.ink, part.body, part.owner
    if plan.fill in ("outline", "hollow"):
        edge = cv2.morphologyEx(patch, cv2.MORPH_GRADIENT, _CROSS)
        if plan.fill == "hollow":
            cv2.subtract(ink, patch, dst=ink)
            np.maximum(body, patch, out=body)
        patch = np.asarray(edge, np.uint8)
    elif plan.fill == "stencil":
        patch = _stencilled(patch, dice)
    if index:
        owner[patch > ink] = index
    np.maximum(ink, patch, out=ink)


def _stencilled(patch: Image, dice: Dice) -> Image:
    """Cut one or two narrow straight gaps through a glyph."""
    height, width = patch.shape
    thick = max(1, round(height * 0.07))
    for _ in range(1 + dice.below(2)):
        at = dice.uniform((0.25, 0.75))
        if dice.chance(0.5):
            cv2.line(patch, (round(width * at), 0), (round(width * (1 - at)), height), 0, thick)
        else:
            cv2.line(patch, (0, round(height * at)), (width, round(height * at)), 0, thick)
    return patch


def _weigh(ink: Image, rounds: int, cap: float) -> None:
    """Thicken or thin; left out where it would fill the eyes of small letters, or eat most of the writing."""
    if rounds > 0:
        thicker = cv2.dilate(ink, _SQUARE if rounds > 1 and cap > 18 else _CROSS)
        if cap > 16 or float(thicker.mean()) > 1.6 * float(ink.mean()):
            ink[:] = thicker
        return
    thinner = cv2.erode(ink, np.ones((2, 2), np.uint8))
    if float(thinner.mean()) > 0.5 * float(ink.mean()):
        ink[:] = thinner


def texture(ink: Image, plan: Plan, rough: bool, cap: float, dice: Dice) -> None:
    """Change the mask by the fills that run through all characters, and by hard or eaten edges."""
    height, width = ink.shape
    if plan.fill == "stripes":
        step = 2 + dice.below(max(1, round(cap / 12)))
        (ink[::step] if dice.chance(0.6) else ink[:, ::step])[:] = 0
    elif plan.fill == "speckle":
        ink[banks.slice_of(banks.even(), height, width, dice) < 256 * dice.uniform((0.1, 0.45))] = 0
    elif plan.fill == "fade":
        ramp = np.linspace(dice.uniform((0.35, 1)), dice.uniform((0.35, 1)), width, dtype=np.float32)
        np.multiply(ink, ramp[None], out=ink, casting="unsafe")
    if rough:
        eaten = banks.slice_of(banks.noise(), height, width, dice)[..., 0]
        soft = cv2.GaussianBlur(ink, (0, 0), 0.8)
        ink[:] = cv2.addWeighted(soft, 1, eaten, 1.4, -1.4 * 128) & np.where(soft > 20, np.uint8(255), np.uint8(0))
    if plan.crisp:
        cv2.threshold(ink, 110, 255, cv2.THRESH_BINARY, dst=ink)


def lay_on(image: Image, layer: Layer, plan: Plan, cap: float, dice: Dice) -> None:
    """Lay relief, bodies, and ink over the paper, in place."""
    if plan.relief != "none":
        _relieve(image, layer, plan, cap, dice)
    if plan.fill == "hollow":
        blend(image, layer.body, plan.other)
    if all(c == plan.colours[0] for c in plan.colours):
        blend(image, layer.ink, plan.colour)
    else:
        blend(image, layer.ink, np.array(plan.colours, np.uint8)[layer.owner])


def _relieve(image: Image, layer: Layer, plan: Plan, cap: float, dice: Dice) -> None:
    """Lay what is under the writing: a shadow, the sides of a block, a halo, or a second, fainter copy."""
    shape = np.maximum(layer.ink, layer.body)
    if plan.relief == "halo":
        blend(image, np.asarray(cv2.dilate(shape, _SQUARE, iterations=1 + (cap > 25)), np.uint8), _opposite(plan))
        return
    step = max(1.0, cap * dice.uniform((0.04, 0.14)))
    right, down = round(dice.one((-1, 1, 1)) * step), round(dice.one((-1, 1, 1)) * step)
    if plan.relief == "ghost":
        right, down = 3 * right, 2 * down
    moves = [1.0] if plan.relief != "block" else [(i + 1) / round(step + 1) for i in range(round(step + 1))]
    under = np.zeros_like(shape)
    for share in moves:
        np.maximum(under, shifted(shape, round(right * share), round(down * share)), out=under)
    if plan.relief == "shadow" and dice.chance(0.6):
        under = np.asarray(cv2.blur(under, (3, 3)), np.uint8)
    if plan.relief == "ghost":
        under = np.asarray(cv2.convertScaleAbs(under, alpha=0.5), np.uint8)
    blend(image, under, plan.colour if plan.fill == "hollow" else plan.other)


def _opposite(plan: Plan) -> Colour:
    level = 255 if plan.luminance < 0.5 else 0
    return level, level, level


def shifted(mask: Image, right: int, down: int) -> Image:
    """Return a mask moved by whole pixels, empty where it came from."""
    height, width = mask.shape
    moved = np.zeros_like(mask)
    moved[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)] = mask[
        max(0, -down) : height - max(0, down), max(0, -right) : width - max(0, right)
    ]
    return moved


def blend(image: Image, mask: Image, colour: Colour | Image) -> None:
    """Lay a colour, or a picture of colours, over an image in place, as opaque as the mask is bright."""
    full = filled(mask.shape[0], mask.shape[1], colour) if isinstance(colour, tuple) else colour
    alpha = mask * np.float32(1 / 255)
    cv2.blendLinear(full, image, alpha, 1 - alpha, dst=image)
