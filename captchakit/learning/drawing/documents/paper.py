"""From ink on a canvas to a scan: paper, light, stains, rules, resolution, noise, compression."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.learning.drawing.dice import Dice
from captchakit.types import Image

Plane = NDArray[np.float32]


def scanned(ink: Image, size: tuple[int, int], dice: Dice, behind: Image | None) -> bytes:
    """Return a JPEG of the ink, 255 on 0, at `size` (width, height), with what shows through from `behind`."""
    plane = _worn(_plane(ink, size), dice)
    if behind is not None:
        through = cv2.GaussianBlur(_plane(behind, size)[:, ::-1], (0, 0), 1.2) * np.float32(dice.uniform((0.05, 0.3)))
        plane = np.maximum(plane, through).astype(np.float32)
    paper = _paper(size, dice)
    dark = dice.uniform((0.0, 0.55)) * float(paper.mean())
    page = paper - plane * (paper - dark)
    if dice.chance(0.5):
        page = np.asarray(cv2.GaussianBlur(page, (0, 0), dice.uniform((0.3, 1.1))), np.float32)
    page += (dice.array(*page.shape) - 0.5) * np.float32(dice.uniform((0.0, 30.0)))
    if dice.chance(0.12):  # a copier knows black and white only
        page = np.where(page > (float(paper.mean()) + dark) / 2, 250, 10).astype(np.float32)
    quality = dice.integer((35, 95))
    pixels = np.clip(page, 0, 255).astype(np.uint8)
    return bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())


def _plane(ink: Image, size: tuple[int, int]) -> Plane:
    return np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)


def _worn(plane: Plane, dice: Dice) -> Plane:
    """Return ink that has spread, thinned or broken off."""
    if dice.chance(0.25):
        plane = np.asarray(cv2.dilate(plane, np.ones((2, 2), np.uint8)), np.float32)
    if dice.chance(0.35):
        holes = cv2.GaussianBlur(dice.array(*plane.shape), (0, 0), dice.uniform((0.6, 1.5)))
        holes = (holes - holes.mean()) / (holes.std() + 1e-6)
        plane = plane * np.clip(1 + dice.uniform((0.1, 0.5)) * holes, 0, 1)
    if dice.chance(0.3):  # the ink fades and comes back along the page
        coarse = dice.array(4, 4)
        light = cv2.resize(coarse, plane.shape[::-1], interpolation=cv2.INTER_CUBIC)
        plane = plane * np.clip(1 - 0.6 * light, 0.2, 1)
    return np.asarray(plane, np.float32)


def _paper(size: tuple[int, int], dice: Dice) -> Plane:
    width, height = size
    level = dice.uniform((215, 255)) if dice.chance(0.5) else dice.uniform((70, 225))
    shape = (height, width)
    paper = np.full(shape, level, np.float32)
    if dice.chance(0.6):
        light = cv2.resize(dice.array(2, 2), (width, height), interpolation=cv2.INTER_LINEAR)
        paper *= 1 - light * np.float32(dice.uniform((0.05, 0.45)))
    if dice.chance(0.5):
        grain = cv2.GaussianBlur(dice.array(*shape), (0, 0), dice.uniform((0.8, 4.0)))
        paper += (grain - 0.5) * np.float32(dice.uniform((10, 90)))
    if dice.chance(0.15):
        stain = cv2.resize(dice.array(5, 5), (width, height), interpolation=cv2.INTER_CUBIC)
        paper *= np.where(stain > dice.uniform((0.7, 0.95)), np.float32(0.85), np.float32(1.0))
    if dice.chance(0.1):
        wide = 1 + dice.below(max(2, width // 12))
        paper[:, -wide:] *= np.float32(dice.uniform((0.1, 0.6)))
    return np.clip(paper, 20, 255)
