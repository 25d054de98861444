"""Pictures made a little different, so that few labelled ones teach as many would."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.types import Image

STRETCH, LEAN, TILT, SHIFT = 0.12, 0.1, 0.04, 0.06
"""How far width and height, lean (width over height), tilt (height over width) and place may move, as shares."""

ELASTIC = 0.05
"""How far a point may be moved by itself, in heights."""

CLUTTERED = 0.5
"""The share of pictures that get strokes and dots of their own where they are varied roughly."""


def varied(image: Image, dice: np.random.Generator, *, rough: bool = False) -> Image:
    """Return a BGR picture `(height, width, 3)` moved, bent and toned at random, of the same size.

    Where `rough`, strokes and dots are laid over many: the labelled ones' own would be learned by heart. What comes in
    at the edges repeats the edge. Nothing here turns one character into another: no flips, no large rotations.
    """
    moved = _moved(image, dice)
    if rough and dice.random() < CLUTTERED:
        moved = _cluttered(moved, dice)
    toned = _toned(moved, dice)
    if dice.random() < 0.2:
        toned = np.ascontiguousarray(toned[..., dice.permutation(3)])
    if dice.random() < 0.15:
        toned = np.asarray(cv2.GaussianBlur(toned, (0, 0), dice.uniform(0.3, 0.9)), np.uint8)
    return toned


def _moved(image: Image, dice: np.random.Generator) -> Image:
    height, width = image.shape[:2]
    matrix = _affine(width, height, dice)
    if dice.random() < 0.5:
        moved = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(moved, np.uint8)
    back = cv2.invertAffineTransform(matrix).astype(np.float32)
    columns = max(2, round(3 * width / height))
    coarse = dice.uniform(-1, 1, (4, columns, 2)).astype(np.float32) * np.float32(ELASTIC * height)
    field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    map_x = back[0, 0] * x + back[0, 1] * y + back[0, 2] + field[..., 0]
    map_y = back[1, 0] * x + back[1, 1] * y + back[1, 2] + field[..., 1]
    return np.asarray(cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _affine(width: int, height: int, dice: np.random.Generator) -> NDArray[np.float64]:
    """Return a random map about the picture's middle."""
    wide, high, lean, tilt, right, down = dice.uniform(-1, 1, 6)
    linear = np.array(((1 + STRETCH * wide, LEAN * lean), (TILT * tilt, 1 + STRETCH * high)))
    middle = np.array((width / 2, height / 2))
    move = middle - linear @ middle + (0.5 * SHIFT * right * width, SHIFT * down * height)
    return np.column_stack([linear, move])


def _cluttered(image: Image, dice: np.random.Generator) -> Image:
    """Lay one to three curves, or groups of dots, over a picture, most in a colour that it has."""
    image = image.copy()
    height, width = image.shape[:2]
    for _ in range(int(dice.integers(1, 4))):
        own = image[int(dice.integers(height)), int(dice.integers(width))]
        colour = (own if dice.random() < 0.6 else dice.integers(0, 256, 3)).tolist()
        thick = max(1, round(height * dice.uniform(0.01, 0.06)))
        if dice.random() < 0.6:
            points = _curve(dice.random((4, 2)) * (width, height))
            cv2.polylines(image, [points], isClosed=False, color=colour, thickness=thick, lineType=cv2.LINE_AA)
        else:
            for x, y in (dice.random((int(dice.integers(3, 25)), 2)) * (width, height)).astype(int).tolist():
                cv2.circle(image, (x, y), thick, colour, -1)
    return image


def _curve(corners: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return points of the cubic Bézier curve with four corners."""
    t = np.linspace(0, 1, 12)[:, np.newaxis]
    weights = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    return np.rint(weights @ corners).astype(np.int32)


def _toned(image: Image, dice: np.random.Generator) -> Image:
    """Change contrast, brightness, the balance of colours, and add grain."""
    contrast, light, balance, grain = dice.random(4)
    toned = image.astype(np.float32)
    if contrast < 0.5:
        toned = (toned - 128) * np.float32(dice.uniform(0.7, 1.3)) + np.float32(128 + 50 * (light - 0.5))
    if balance < 0.3:
        toned *= dice.uniform(0.75, 1.25, 3).astype(np.float32)
    if grain < 0.3:
        toned += dice.standard_normal(toned.shape, np.float32) * np.float32(dice.uniform(2, 14))
    return np.clip(toned, 0, 255).astype(np.uint8)
