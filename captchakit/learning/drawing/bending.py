"""One displacement field for a picture, and where it takes the corners of the characters."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.learning.drawing.dice import Dice
from captchakit.learning.drawing.style import Bending

Field = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Bend:
    """A picture is bent by taking pixel `(x, y)` from `(map_x, map_y)`, both `(height, width)`.

    `reach` is the furthest that any pixel goes, `whole` says whether the paper bends with the writing.
    """

    map_x: Field
    map_y: Field
    reach: int
    whole: bool

    def forward(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return where `(n, 2)` points of the straight picture come to lie, by fixed-point iteration."""
        height, width = self.map_x.shape
        moved = points.copy()
        for _ in range(3):
            columns = np.clip(moved[:, 0], 0, width - 1).astype(np.intp)
            rows = np.clip(moved[:, 1], 0, height - 1).astype(np.intp)
            moved[:, 0] = points[:, 0] - (self.map_x[rows, columns] - columns)
            moved[:, 1] = points[:, 1] - (self.map_y[rows, columns] - rows)
        return moved


def bend(knobs: Bending, height: int, width: int, cap: float, dice: Dice) -> Bend | None:
    """Return the field of a picture, or `None` where the dice leave it straight."""
    down, across = np.zeros((1, width), np.float32), np.zeros((height, 1), np.float32)
    bent = False
    for chance, high, long in (
        (knobs.wave, knobs.wave_height, knobs.wave_length),
        (knobs.ripple, knobs.ripple_height, knobs.ripple_length),
    ):
        if dice.chance(chance):
            bent = True
            down, across = _waves(down, across, dice.uniform(high) * cap, max(5.0, dice.uniform(long) * cap), dice)
    x = np.arange(width, dtype=np.float32)[None, :] + across
    y = np.arange(height, dtype=np.float32)[:, None] + down
    if dice.chance(knobs.local):
        bent, (x, y) = True, _local(x, y, dice.uniform(knobs.local_height) * cap, cap, dice)
    if dice.chance(knobs.bulge):
        bent, (x, y) = True, _bulge(x, y, dice)
    if dice.chance(knobs.perspective):
        bent, (x, y) = True, _perspective(x, y, dice)
    if not bent:
        return None
    reach = max(_furthest(x, axis=1), _furthest(y, axis=0))
    return Bend(x, y, reach, dice.chance(knobs.whole))


def _waves(down: Field, across: Field, amplitude: float, length: float, dice: Dice) -> tuple[Field, Field]:
    """Add a sine to the columns' heights, and mostly a weaker one to the rows' offsets."""
    # Steeper than this a stroke folds over itself.
    amplitude = min(amplitude, length * 0.16)
    down = down + _sine(down.shape[1], amplitude, length, dice)[None, :]
    if dice.chance(0.6):
        length *= dice.uniform((0.6, 1.6))
        across = across + _sine(across.shape[0], amplitude * dice.random(), length, dice)[:, None]
    return down, across


def _sine(count: int, amplitude: float, length: float, dice: Dice) -> Field:
    turns = np.arange(count, dtype=np.float32) * np.float32(2 * math.pi / length) + np.float32(6.3 * dice.random())
    return np.asarray(np.sin(turns) * np.float32(amplitude), np.float32)


def _local(x: Field, y: Field, amplitude: float, cap: float, dice: Dice) -> tuple[Field, Field]:
    height, width = y.shape[0], x.shape[1]
    cell = cap * dice.uniform((0.35, 1.2))
    rows, columns = max(2, round(height / cell)), max(2, round(width / cell))
    coarse = (dice.array(rows, columns, 2) - 0.5) * np.float32(2 * amplitude)
    fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return x + fine[..., 0], y + fine[..., 1]


def _bulge(x: Field, y: Field, dice: Dice) -> tuple[Field, Field]:
    """Swell or pinch around a point: what lies near it is taken from nearer or further away."""
    height, width = y.shape[0], x.shape[1]
    middle_x, middle_y = dice.point(width, height)
    radius = max(height, 8) * dice.uniform((0.6, 1.4))
    off_x, off_y = x - np.float32(middle_x), y - np.float32(middle_y)
    near = np.exp((off_x * off_x + off_y * off_y) * np.float32(-1.5 / radius**2)) * np.float32(dice.spread(0.5))
    return x - off_x * near, y - off_y * near


def _perspective(x: Field, y: Field, dice: Dice) -> tuple[Field, Field]:
    height, width = y.shape[0], x.shape[1]
    off_x, off_y = x - width / 2, y - height / 2
    along, upright = dice.spread(0.35), dice.spread(0.5)
    return x + off_x * off_y * np.float32(along / height), y + off_y * off_x * np.float32(upright / width)


def _furthest(field: Field, axis: int) -> int:
    steps = np.arange(field.shape[axis], dtype=np.float32)
    straight = steps[None, :] if axis else steps[:, None]
    return math.ceil(float(np.abs(field - straight).max()))
