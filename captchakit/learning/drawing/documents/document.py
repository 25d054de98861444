"""A document, drawn: a page, a block or a line, by hand or by machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from captchakit.errors import OptionError
from captchakit.learning.dataset import Sample, write
from captchakit.learning.drawing.dice import Dice
from captchakit.learning.drawing.documents.paper import scanned
from captchakit.learning.drawing.documents.setting import Setter, Type, typist, warped, writer
from captchakit.learning.drawing.documents.words import phrase
from captchakit.types import Image

HAND, MACHINE = "manuscrit", "dactylographie"
LABELS = (HAND, MACHINE)

LONGEST = 512
"""The longer side of what is drawn, in pixels."""

DRAWN = 20.0
"""A small letter's height on the canvas, at the most; it is scaled down from there."""

_SPLITS = ("train",) * 8 + ("test",) * 2


@dataclass(frozen=True, slots=True)
class Document:
    """An encoded picture, what kind of writing it shows, and in what shape: `page`, `block` or `line`."""

    data: bytes
    label: str
    shape: str


@dataclass(frozen=True, slots=True)
class _Layout:
    """Measures of a document in pixels of the picture; `small` is the height of a small letter."""

    shape: str
    width: int
    height: int
    small: float


def draw_document(label: str, seed: int) -> Document:
    """Return a document of a kind, the same for the same seed; raises `OptionError` for another label."""
    if label not in LABELS:
        raise OptionError(f"a document is {' or '.join(LABELS)}, not {label!r}")
    dice = Dice(label, seed)
    layout = _laid_out(dice)
    scale = max(1.0, min(DRAWN / layout.small, 4.0))
    x_height = layout.small * scale
    setter: Setter = writer(dice, x_height) if label == HAND else typist(dice, x_height)
    canvas = np.zeros((round(layout.height * scale), round(layout.width * scale)), np.uint8)
    _filled(canvas, setter, dice, by_hand=label == HAND)
    if layout.shape != "line" and dice.chance(0.12):
        _with_other_kind(canvas, label, x_height, dice)
    behind = canvas[::-1].copy() if dice.chance(0.12) else None
    if label == HAND:
        canvas = warped(canvas, 0.35 * x_height * dice.random(), dice)
    canvas = _ruled(_tilted(canvas, dice), x_height, dice)
    return Document(scanned(canvas, (layout.width, layout.height), dice, behind), label, layout.shape)


def _laid_out(dice: Dice) -> _Layout:
    shape = dice.weighted((("line", 3.0), ("block", 4.0), ("page", 3.0)))
    if shape == "line":
        height = dice.integer((32, 110))
        return _Layout(shape, dice.integer((200, LONGEST)), height, height * dice.uniform((0.16, 0.5)))
    if shape == "block":
        return _Layout(shape, dice.integer((180, LONGEST)), dice.integer((110, LONGEST)), dice.uniform((8, 34)))
    return _Layout(shape, dice.integer((250, LONGEST)), dice.integer((330, LONGEST)), dice.uniform((3.8, 10)))


def _filled(canvas: Image, setter: Setter, dice: Dice, *, by_hand: bool) -> None:
    """Write lines over the canvas, beginning above it and ending below, as a cut-out does, or within margins."""
    size = setter.x_height
    height, width = canvas.shape
    pitch = size * (dice.uniform((2.4, 4.6)) if by_hand else dice.uniform((1.9, 4.0)))
    margin = size * dice.uniform((-2.0, 4.0))
    slope = dice.spread(0.05) if by_hand else dice.spread(0.004)
    gap = size * dice.uniform((0.6, 1.5))
    capitals, numbers = dice.chance(0.12), dice.uniform((0.0, 0.1)) if dice.chance(0.7) else dice.uniform((0.2, 0.9))
    y = size * dice.uniform((0.3, 2.5)) if height > 3 * size else height * dice.uniform((0.6, 0.8))
    while y < height + size:
        x = margin + (size * dice.spread(0.8) if by_hand else 0.0)
        x += size * 3 if dice.chance(0.1) else 0.0
        end = width * dice.uniform((0.25, 0.8)) if dice.chance(0.15) else width - max(margin, 0) * dice.random()
        for text in phrase(dice, 60, numbers=numbers, capitals=capitals):
            if x > end:
                break
            if not capitals and isinstance(setter, Type) and setter.unsteady == 0 and dice.chance(0.01):
                text = text.upper()  # noqa: PLW2901 - the word as it is written
            wander = size * dice.spread(0.12) if by_hand else 0.0
            x = setter.word(canvas, text, x, y + slope * x + wander, dice)
            x += gap * (1 + (dice.spread(0.5) if by_hand else 0.0))
        y += pitch * (1 + (dice.spread(0.12) if by_hand else 0.0)) * (2 if dice.chance(0.06) else 1)


def _with_other_kind(canvas: Image, label: str, x_height: float, dice: Dice) -> None:
    """Add a signature to type, or a printed head to a letter: less of it than of the page's own kind."""
    height, width = canvas.shape
    other: Setter = typist(dice, 0.9 * x_height) if label == HAND else writer(dice, 1.3 * x_height)
    y = height * (dice.uniform((0.02, 0.12)) if label == HAND else dice.uniform((0.85, 0.97)))
    x = width * dice.uniform((0.1, 0.6))
    for text in phrase(dice, 2):
        x = other.word(canvas, text, x, y, dice) + 0.6 * x_height


def _tilted(canvas: Image, dice: Dice) -> Image:
    if dice.chance(0.5):
        return canvas
    height, width = canvas.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), dice.spread(4.0), 1.0)
    return np.asarray(cv2.warpAffine(canvas, turn, (width, height)), np.uint8)


def _ruled(canvas: Image, x_height: float, dice: Dice) -> Image:
    """Add rules of any paper: lines to write on, boxes of a form, a margin."""
    height, width = canvas.shape
    ruled = canvas
    if dice.chance(0.15):
        ink = dice.integer((30, 140))
        lines = np.zeros_like(canvas)
        pitch = x_height * dice.uniform((2.2, 4.5))
        for y in np.arange(pitch * dice.random(), height, pitch):
            cv2.line(lines, (0, round(y)), (width, round(y + dice.spread(2))), (ink,), max(1, round(x_height / 20)))
        ruled = np.maximum(ruled, lines)
    for _ in range(dice.below(3) if dice.chance(0.15) else 0):
        corner, other = dice.point(width, height), dice.point(width, height)
        begin = round(corner[0]), round(corner[1])
        end = (round(other[0]), begin[1]) if dice.chance(0.6) else (begin[0], round(other[1]))
        ruled = np.asarray(cv2.line(ruled.copy(), begin, end, (255,), max(1, round(x_height / 10))), np.uint8)
    return ruled


def documents(count: int, seed: int) -> Iterator[Document]:
    """Yield documents, both kinds in turn; raises `OptionError` for a count under 1 or a negative seed."""
    if count < 1 or seed < 0:
        raise OptionError("the number of documents is 1 or more, a seed 0 or more")
    for number in range(count):
        yield draw_document(LABELS[number % 2], seed * 1_000_003 + number)


def write_documents(out: Path, count: int, seed: int) -> int:
    """Write a dataset folder of documents and return how many there are; raises as `documents` and `write` do."""
    drawn = documents(count, seed)
    # Both kinds take their splits in turn.
    samples = (Sample(d.data, ".jpg", d.label, _SPLITS[n // 2 % len(_SPLITS)]) for n, d in enumerate(drawn))
    about = f"documents drawn by captchakit, seed {seed}: hands that nobody has and words that mean nothing"
    return write(out, samples, name=out.resolve().name, task="single-label", description=about)
