"""What happens to the finished picture: blur, low resolution, noise, few tones, JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from captchakit.learning.drawing import banks
from captchakit.learning.drawing.dice import Dice
from captchakit.learning.drawing.style import Finishing
from captchakit.types import Image


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """A picture, by how much it was resized across and down, and its JPEG file where it became one."""

    image: Image
    scale: tuple[float, float]
    jpeg: bytes | None


def finish(knobs: Finishing, image: Image, middle: float, dice: Dice) -> Finished:
    """Apply the knobs `finishing`; `middle` is the grey level that parts ink from paper, where two tones are made."""
    if dice.chance(knobs.blur):
        image = _blurred(image, dice.uniform(knobs.blur_radius), dice)
    if dice.chance(knobs.emboss):
        image = _embossed(image, dice)
    image, factor = _resized(knobs, image, dice)
    scale = factor, factor
    if knobs.stretched and dice.chance(knobs.stretched):  # asked only where it may be, so that other looks stay theirs
        image, across = _stretched(image, dice.uniform(knobs.stretch), dice)
        scale = factor * across, factor
    if dice.chance(knobs.noise):
        image = _noisy(image, dice.uniform(knobs.noise_level), dice)
    if dice.chance(knobs.gray):
        image = _gray(image)
    if dice.chance(knobs.palette):
        step = dice.one((32, 51, 64))
        image = image // np.uint8(step) * np.uint8(step) + np.uint8(step // 2)
    if dice.chance(knobs.binary):
        image = _two_toned(image, middle)
    if dice.chance(knobs.jpeg):
        _, coded = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, dice.integer(knobs.jpeg_quality)))
        return Finished(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8), scale, coded.tobytes())
    return Finished(image, scale, None)


def _blurred(image: Image, sigma: float, dice: Dice) -> Image:
    form = dice.below(4)
    if form == 0:
        return np.asarray(cv2.blur(image, (3, 3) if sigma < 0.9 else (4, 3)), np.uint8)
    if form == 1:
        # Smear along one direction, as of a camera that moved.
        size = (1 + round(sigma * 3), 1) if dice.chance(0.5) else (1, 1 + round(sigma * 3))
        return np.asarray(cv2.blur(image, size), np.uint8)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def _embossed(image: Image, dice: Dice) -> Image:
    if dice.chance(0.5):
        kernel = np.array(((-1, -1, 0), (-1, 0, 1), (0, 1, 1)), np.float32) * np.float32(dice.one((-1, 1)))
        return np.asarray(cv2.filter2D(image, -1, kernel, delta=128), np.uint8)
    sharp = cv2.GaussianBlur(image, (0, 0), 1.2)
    return np.asarray(cv2.addWeighted(image, 2.2, sharp, -1.2, 0), np.uint8)


def _resized(knobs: Finishing, image: Image, dice: Dice) -> tuple[Image, float]:
    height, width = image.shape[:2]
    if dice.chance(knobs.shrink):
        factor = max(dice.uniform(knobs.shrink_factor), 16 / height)
        if factor >= 1:
            return image, 1.0
        small = cv2.resize(
            image, None, fx=factor, fy=factor, interpolation=dice.one((cv2.INTER_AREA, cv2.INTER_LINEAR))
        )
        if not dice.chance(knobs.restore):
            return np.asarray(small, np.uint8), factor
        way = dice.one((cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST))
        return np.asarray(cv2.resize(small, (width, height), interpolation=way), np.uint8), 1.0
    if dice.chance(knobs.enlarge) and width < 220:
        factor = dice.uniform((1.3, 2.5))
        way = dice.one((cv2.INTER_LINEAR, cv2.INTER_NEAREST))
        return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=way), np.uint8), factor
    return image, 1.0


def _stretched(image: Image, by: float, dice: Dice) -> tuple[Image, float]:
    height, width = image.shape[:2]
    wide = max(8, round(width * by if dice.chance(0.5) else width / by))
    way = cv2.INTER_AREA if wide < width else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (wide, height), interpolation=way), np.uint8), wide / width


def _noisy(image: Image, level: float, dice: Dice) -> Image:
    noise = banks.slice_of(banks.noise(), image.shape[0], image.shape[1], dice)
    if dice.chance(0.5):
        noise = noise[..., :1].repeat(3, axis=2)
    strength = level / 32
    return np.asarray(cv2.addWeighted(image, 1, noise, strength, -128 * strength), np.uint8)


def _two_toned(image: Image, middle: float) -> Image:
    _, two = cv2.threshold(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), middle, 255, cv2.THRESH_BINARY)
    # Where blur or clipping has moved the tones, all may fall on one side; then they stay.
    if not 4 < float(np.mean(two)) < 251:
        return image
    return np.asarray(cv2.cvtColor(two, cv2.COLOR_GRAY2BGR), np.uint8)


def _gray(image: Image) -> Image:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)
