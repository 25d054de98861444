"""Captchas drawn by the tests, and datasets of them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from captchakit.learning.dataset import Sample, write
from captchakit.types import Image

HEIGHT, STEP, MARGIN = 40, 30, 10


def captcha(text: str, seed: int = 0, step: int = STEP, ink: tuple[int, int, int] = (60, 30, 20)) -> Image:
    """Return the text in dark strokes on white, each character moved a little; they touch at a small `step`."""
    dice = np.random.default_rng(seed)
    image = np.full((HEIGHT, 2 * MARGIN + step * len(text), 3), 255, np.uint8)
    for place, character in enumerate(text):
        x, y = MARGIN + place * step + int(dice.integers(0, 4)), 31 + int(dice.integers(-3, 4))
        size = 1.0 + float(dice.uniform(-0.1, 0.1))
        cv2.putText(image, character, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, ink, 2, cv2.LINE_AA)
    return image


def png(image: Image) -> bytes:
    """Return the image as a PNG file."""
    return cv2.imencode(".png", image)[1].tobytes()


def texts(count: int, alphabet: str, length: int, seed: int) -> list[str]:
    """Return `count` random texts."""
    dice = np.random.default_rng(seed)
    return ["".join(dice.choice(list(alphabet), length)) for _ in range(count)]


def samples(labels: list[str], split: str, seed: int = 0, step: int = STEP) -> list[Sample]:
    """Return one drawn captcha for each label."""
    return [Sample(png(captcha(t, seed + n, step)), ".png", t, split) for n, t in enumerate(labels)]


def write_dataset(folder: Path, made: list[Sample], alphabet: str = "ABT", length: int = 3) -> Path:
    """Write a dataset folder and return it."""
    about: dict[str, str | int | bool] = {
        "name": folder.name,
        "task": "text",
        "alphabet": alphabet,
        "min_length": length,
        "max_length": length,
    }
    write(folder, made, **about, case_sensitive=True)
    return folder
