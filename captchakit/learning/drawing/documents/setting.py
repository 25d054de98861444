"""Putting words onto a canvas: by a pen, by a face that a hand imitates, or by type."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.learning.drawing import faces
from captchakit.learning.drawing.dice import Dice
from captchakit.learning.drawing.documents.pen import Hand, thickness, written
from captchakit.learning.drawing.faces import Face
from captchakit.learning.drawing.glyphs import glyph
from captchakit.types import Image

SET_SCRIPTS = ("lobster", "leckerli", "kaushan", "isabella", "bajaderka", "comic", "texgyre", "urw-base35", "bwht")
"""Packages of faces that look written and are printed: scripts, chanceries, and letters for signs."""

_SHIFT = 4

TYPED_KINDS = (("mono", 4.0), ("serif", 4.0), ("sans", 2.5), ("slab", 0.5), ("pixel", 1.0), ("display", 0.6))


class Setter(Protocol):
    """Writes words; `x_height` is that of a small letter in pixels."""

    @property
    def x_height(self) -> float:
        """The height of a small letter."""
        ...

    def word(self, canvas: Image, text: str, x: float, baseline: float, dice: Dice) -> float:
        """Write a word onto the canvas, ink 255, and return where its pen ends."""
        ...


@dataclass(frozen=True, slots=True)
class Pen:
    """A made-up hand."""

    hand: Hand
    x_height: float
    width: float

    def word(self, canvas: Image, text: str, x: float, baseline: float, dice: Dice) -> float:
        """Draw the strokes of a word."""
        strokes, end = written(self.hand, text, dice)
        size = self.x_height * (1 + dice.spread(0.4 * self.hand.unsteady))
        for stroke in strokes:
            thick = max(1, round(self.width * stroke.thick * size))
            points = (stroke.points * size + (x, baseline)) * (1 << _SHIFT)
            cv2.polylines(canvas, [np.round(points).astype(np.int32)], False, (255,), thick, cv2.LINE_AA, _SHIFT)
        return x + end * size


@dataclass(frozen=True, slots=True)
class Type:
    """A face, set as a machine does, or as unevenly as `unsteady` says, as a share of a letter.

    `strike` is how unevenly a typewriter's hammers ink, `pitch` the advance of every letter over its cap height, 0
    where each letter has its own.
    """

    face: Face
    x_height: float
    unsteady: float = 0.0
    strike: float = 0.0
    pitch: float = 0.0
    tracking: float = 0.0

    def word(self, canvas: Image, text: str, x: float, baseline: float, dice: Dice) -> float:
        """Lay the glyphs of a word side by side."""
        cap = min(44, max(5, round(self.x_height * 1.4)))
        drop = dice.spread(0.03) if self.strike else 0.0
        for letter in text:
            if letter not in self.face.characters:
                x += 0.5 * cap
                continue
            found = glyph(self.face, letter, cap)
            mask, left, top = found.mask, x + found.left, baseline - found.top
            advance = self.pitch * cap or found.advance
            if self.unsteady:
                mask = _turned(mask, self.unsteady, dice)
                top += dice.spread(0.8 * self.unsteady) * cap
                left += dice.spread(0.4 * self.unsteady) * cap
            elif self.strike:
                mask = (mask * np.float32(1 - self.strike * dice.random())).astype(np.uint8)
                top += (drop + dice.spread(0.06) * self.strike) * cap
            _stamp(canvas, mask, left, top)
            x += advance + self.tracking * cap
        return x


def _turned(mask: Image, amount: float, dice: Dice) -> Image:
    """Return a glyph sheared, turned, stretched and bent a little, as no two letters of a hand are alike."""
    height = mask.shape[0]
    border = 2 + round(0.25 * height * amount)
    padded = np.pad(mask, border)
    rows, columns = padded.shape
    fine = np.mgrid[0:rows, 0:columns].astype(np.float32)
    y, x = fine[0] - rows / 2, fine[1] - columns / 2
    turn, shear, wide, tall = (dice.spread(amount) for _ in range(4))
    coarse = (dice.array(3, 3, 2) - 0.5) * np.float32(amount * height)
    bent = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC)
    map_x = x * (1 + wide) + y * (shear + turn) + columns / 2 + bent[..., 0]
    map_y = y * (1 + tall) - x * turn + rows / 2 + bent[..., 1]
    return np.asarray(cv2.remap(padded, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR), np.uint8)


def _stamp(canvas: Image, mask: Image, left: float, top: float) -> None:
    """Add a mask to the canvas where both are; the darker of two inks stays."""
    x, y = round(left), round(top)
    height, width = mask.shape
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + width, canvas.shape[1]), min(y + height, canvas.shape[0])
    if x1 > x0 and y1 > y0:
        part = canvas[y0:y1, x0:x1]
        np.maximum(part, mask[y0 - y : y1 - y, x0 - x : x1 - x], out=part)


@cache
def _split() -> tuple[dict[str, tuple[Face, ...]], tuple[Face, ...]]:
    """Return faces to type with under their kinds, and those that look as if written by hand."""
    needed = frozenset("abcdefghijklmnopqrstuvwxyz")
    held = {k: tuple(f for f in v if needed <= f.characters) for k, v in faces.by_kind("all", faces.folder()).items()}
    hands = held.pop("hand", ())
    scripts = tuple(f for f in hands if any(name in f.name for name in SET_SCRIPTS))
    held["script"] = scripts
    return {kind: found for kind, found in held.items() if found}, tuple(f for f in hands if f not in scripts)


def typist(dice: Dice, x_height: float) -> Type:
    """Return type: a typewriter's, a printer's, a till's."""
    typed, _ = _split()
    kinds = tuple((k, w) for k, w in (*TYPED_KINDS, ("script", 0.25)) if k in typed)
    kind = dice.weighted(kinds)
    face = dice.one(typed[kind])
    machine = kind in ("mono", "slab", "pixel") and dice.chance(0.7)
    return Type(
        face,
        x_height,
        strike=dice.uniform((0.1, 0.7)) if machine else 0.0,
        tracking=dice.uniform((0.02, 0.25)) if dice.chance(0.2) and kind != "script" else 0.0,
    )


def writer(dice: Dice, x_height: float) -> Setter:
    """Return a hand: made up, or with a face that it imitates where such faces have been fetched."""
    _, hands = _split()
    if hands and dice.chance(0.3):
        return Type(dice.one(hands), x_height, unsteady=dice.uniform((0.06, 0.2)))
    return Pen(Hand.drawn(dice), x_height, thickness(dice))


def warped(canvas: Image, amount: float, dice: Dice) -> Image:
    """Return a page whose lines wander: a smooth field of displacement, `amount` in pixels."""
    height, width = canvas.shape
    rows, columns = max(2, height // 160), max(2, width // 240)
    field: NDArray[np.float32] = (dice.array(rows, columns, 2) - 0.5) * np.float32(2 * amount)
    fine = cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.asarray(cv2.remap(canvas, x + fine[..., 0], y + fine[..., 1], cv2.INTER_LINEAR), np.uint8)
