"""Papers: what lies under the writing, and how dark it is at the most and the least."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from captchakit.learning.drawing import banks, faces, glyphs
from captchakit.learning.drawing.colours import Colour, filled, tone
from captchakit.learning.drawing.dice import Dice
from captchakit.learning.drawing.layout import Layout
from captchakit.learning.drawing.style import CHARACTERS, Papering
from captchakit.types import Image


@dataclass(frozen=True, slots=True, eq=False)
class Paper:
    """A picture with nothing written on it, its luminance range (0 to 1), and a colour that is typical of it.

    `parts` are the luminance ranges under each character where they differ.
    """

    image: Image
    low: float
    high: float
    colour: Colour
    parts: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was drawn for a paper: luminance range, saturation of its colours, and where the characters stand."""

    low: float
    high: float
    saturation: float
    layout: Layout

    def colour(self, dice: Dice) -> Colour:
        return tone(dice, dice.uniform((self.low, self.high)), self.saturation)


def paper(knobs: Papering, layout: Layout, dice: Dice) -> Paper:
    """Return the paper for a layout."""
    kind = dice.weighted(knobs.kinds)
    middle = dice.uniform(dice.weighted(knobs.luminance))
    span = 0.0 if kind == "plain" else dice.uniform(knobs.relief)
    low = min(max(0.0, middle - span / 2), 1 - span)
    wish = _Wish(low, low + span, dice.uniform(knobs.saturation), layout)
    if kind == "tiles":
        return _tiles(wish, dice)
    colour = tone(dice, middle, wish.saturation)
    return Paper(KINDS[kind](wish, colour, dice), wish.low, wish.high, colour)


def blank(layout: Layout, colour: Colour) -> Image:
    """Return a canvas of one colour."""
    return filled(layout.height, layout.width, colour)


def _plain(wish: _Wish, colour: Colour, dice: Dice) -> Image:  # noqa: ARG001 - all kinds are called alike
    return blank(wish.layout, colour)


def _gradient(wish: _Wish, colour: Colour, dice: Dice) -> Image:  # noqa: ARG001
    height, width = wish.layout.height, wish.layout.width
    ends = [tone(dice, wish.low, wish.saturation), tone(dice, wish.high, wish.saturation)]
    if dice.chance(0.5):
        ends.reverse()
    if dice.chance(0.25):
        ends.append(ends[0])
    strip = np.array(ends, np.float32)
    form = dice.weighted((("across", 5), ("down", 2), ("corner", 2)))
    if form == "corner":
        corners = strip[[0, 1, 1, 0]].reshape(2, 2, 3)
        return np.asarray(cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    line = strip[None] if form == "across" else strip[:, None]
    return np.asarray(cv2.resize(line, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _blocks(wish: _Wish, colour: Colour, dice: Dice) -> Image:  # noqa: ARG001
    image = blank(wish.layout, wish.colour(dice))
    height, width = image.shape[:2]
    for _ in range(3 + dice.below(20)):
        x, y = (int(v) for v in dice.point(width, height))
        right, bottom = x + 4 + dice.below(width // 3), y + 4 + dice.below(height)
        if dice.chance(0.7):
            cv2.rectangle(image, (x, y), (right, bottom), wish.colour(dice), -1)
        else:
            cv2.ellipse(image, (x, y), (right - x, bottom - y), 0, 0, 360, wish.colour(dice), -1)
    return image


def _grain(wish: _Wish, colour: Colour, dice: Dice) -> Image:
    image = blank(wish.layout, colour)
    height, width = image.shape[:2]
    # Coarse grain is fine grain enlarged.
    scale = dice.weighted(((1, 3), (2, 2), (4, 1)))
    grain = banks.slice_of(banks.noise(), height // scale + 1, width // scale + 1, dice)
    if dice.chance(0.6):
        grain = grain[..., :1].repeat(3, axis=2)
    if scale > 1:
        grain = np.asarray(cv2.resize(grain, None, fx=scale, fy=scale, interpolation=dice.below(2)), np.uint8)
    strength = (wish.high - wish.low) * 2
    grain = grain[:height, :width]
    return np.asarray(cv2.addWeighted(image, 1, np.ascontiguousarray(grain), strength, -128 * strength), np.uint8)


def _photo(wish: _Wish, colour: Colour, dice: Dice) -> Image:
    height, width = wish.layout.height, wish.layout.width
    # From a small part, soft, to a scene in which things can be told apart.
    scale = min(dice.uniform((0.6, 4)), banks.PHOTO_SIDE / max(height, width))
    part = banks.slice_of(dice.one(banks.photos()), round(height * scale), round(width * scale), dice)
    flip = dice.below(4)
    picture = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
    if flip < 3:
        picture = cv2.flip(picture, flip - 1)
    if dice.chance(0.3):
        picture = np.ascontiguousarray(picture[..., ::-1])
    return _into_range(np.asarray(picture, np.uint8), wish, colour)


def _into_range(picture: Image, wish: _Wish, colour: Colour) -> Image:
    """Squeeze 0 to 255 into the wished luminance, tinted by a colour."""
    span = wish.high - wish.low
    matrix = np.zeros((3, 4), np.float32)
    matrix[:, :3] = np.eye(3, dtype=np.float32) * np.float32(span)
    matrix[:, 3] = [c - span * 127.5 for c in colour]
    return np.asarray(cv2.transform(picture, matrix), np.uint8)


def _stripes(wish: _Wish, colour: Colour, dice: Dice) -> Image:
    image = blank(wish.layout, colour)
    height, width = image.shape[:2]
    other, step = wish.colour(dice), 3 + dice.below(12)
    lean = dice.one((0, 0, height, -height))
    thick = max(1, round(step * dice.uniform((0.2, 0.6))))
    if dice.chance(0.5):
        for x in range(-height, width + height, step):
            cv2.line(image, (x, 0), (x + lean, height), other, thick, cv2.LINE_AA)
    else:
        for y in range(0, height, step):
            cv2.line(image, (0, y), (width, y + lean // 4), other, thick)
    return image


def _cells(wish: _Wish, colour: Colour, dice: Dice) -> Image:  # noqa: ARG001
    """Random cells of a coarse raster: checks and mosaics."""
    height, width = wish.layout.height, wish.layout.width
    size = dice.uniform((2, 14))
    rows, columns = max(1, round(height / size)), max(1, round(width / size))
    cells = dice.array(rows, columns, 3 if wish.saturation > 0.1 else 1) * 255
    picture = cv2.resize(cells.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    return _into_range(np.asarray(picture, np.uint8), wish, wish.colour(dice))


def _bands(wish: _Wish, colour: Colour, dice: Dice) -> Image:
    """Leave a band for the writing; above and below lies something else, often black or white."""
    image = blank(wish.layout, colour)
    other = dice.one(((0, 0, 0), (255, 255, 255), wish.colour(dice)))
    top, bottom = _band(wish.layout, dice)
    image[:top], image[bottom:] = other, other
    return image


def _band(layout: Layout, dice: Dice) -> tuple[int, int]:
    """Return the rows between which the writing has room."""
    base = layout.characters[0]
    middle = base.affine[5] + base.affine[4] * base.glyph.mask.shape[0] / 2
    above, below = (layout.cap * dice.uniform((0.9, 2.2)) for _ in range(2))
    return max(0, round(middle - above)), max(0, round(middle + below))


def _scribble(wish: _Wish, colour: Colour, dice: Dice) -> Image:
    """Faint characters all over."""
    image = blank(wish.layout, colour)
    face = dice.one(faces.builtin())
    for _ in range(12 + dice.below(40)):
        character = dice.one(CHARACTERS)
        if character in face.characters:
            mask = glyphs.glyph(face, character, 8 + dice.below(8)).mask
            stamp(image, mask, dice.point(*image.shape[1::-1]), wish.colour(dice))
    return image


def stamp(image: Image, mask: Image, at: tuple[float, float], colour: Colour) -> None:
    """Put a small mask on a picture in a colour, hard-edged, as far as it fits."""
    x, y = int(at[0]), int(at[1])
    part = image[y : y + mask.shape[0], x : x + mask.shape[1]]
    part[mask[: part.shape[0], : part.shape[1]] > 110] = colour


def _tiles(wish: _Wish, dice: Dice) -> Paper:
    """Lay a tile for each character, of any luminance: the ink has to look at its own."""
    layout = wish.layout
    image = blank(layout, dice.one(((0, 0, 0), (255, 255, 255), wish.colour(dice))))
    centres = [layout.centre(i) for i in range(len(layout.characters))]
    half = (centres[-1] - centres[0]) / max(1, 2 * (len(centres) - 1)) if len(centres) > 1 else layout.width / 2
    edges = [centres[0] - half, *((a + b) / 2 for a, b in pairwise(centres))]
    edges.append(centres[-1] + half)
    top, bottom = (0, layout.height) if dice.chance(0.6) else _band(layout, dice)
    parts, colour = [], (0, 0, 0)
    for left, right in pairwise(edges):
        luminance = dice.random()
        colour = tone(dice, luminance, max(0.3, wish.saturation))
        image[top:bottom, max(0, round(left)) : max(0, round(right))] = colour
        parts.append((luminance, luminance))
    return Paper(image, wish.low, wish.high, colour, tuple(parts))


KINDS: dict[str, Callable[[_Wish, Colour, Dice], Image]] = {
    "plain": _plain,
    "gradient": _gradient,
    "blocks": _blocks,
    "grain": _grain,
    "photo": _photo,
    "stripes": _stripes,
    "cells": _cells,
    "bands": _bands,
    "scribble": _scribble,
}
