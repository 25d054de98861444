"""The nouns, in the order in which the data takes them on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Pixels, `(height, width, 3)` in BGR order or `(height, width)`; ink is 255 and paper 0 once polarity is settled."""

Tensor = NDArray[np.float32]
"""Framed glyphs, `(N, channels, height, width)`, from 0 (paper) to 1 (ink)."""

Probabilities = NDArray[np.float32]
"""What a model says of `N` glyphs, `(N, T, C)`: glyphs, steps, classes."""

Targets = NDArray[np.int64]
"""What a codec wants learned of `N` glyphs, `(N, K)`: a class, a sequence padded with -1, or a flag for each label."""


class Box(NamedTuple):
    """A rectangle in pixels; a glyph's may reach beyond the border where a segmenter padded, a solution's does not.

    A tuple, as is `Glyph`, because an image makes dozens of them and a tuple is made several times faster.
    """

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column to the right of the box."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row below the box."""
        return self.y + self.height

    def alike(self, other: Box) -> float:
        """Return intersection over union: 1 for the same box, 0 for boxes that share nothing."""
        across = min(self.right, other.right) - max(self.x, other.x)
        down = min(self.bottom, other.bottom) - max(self.y, other.y)
        if across <= 0 or down <= 0:
            return 0.0
        shared = across * down
        return shared / (self.width * self.height + other.width * other.height - shared)

    def within(self, width: int, height: int) -> Box:
        """Return the part of the box that lies in an image of this size."""
        left, top = min(max(self.x, 0), width), min(max(self.y, 0), height)
        return Box(left, top, max(min(self.right, width) - left, 0), max(min(self.bottom, height) - top, 0))

    @classmethod
    def around(cls, boxes: Iterable[Box]) -> Box:
        """Return the smallest box that holds all `boxes`, of which there must be one at least."""
        left, top, right, bottom = 1 << 30, 1 << 30, -1 << 30, -1 << 30
        for x, y, width, height in boxes:
            left, top = min(left, x), min(top, y)
            right, bottom = max(right, x + width), max(bottom, y + height)
        return cls(left, top, right - left, bottom - top)


class Glyph(NamedTuple):
    """A crop that may be one character, where it lies, and which pieces of the writing it is made of.

    `span` counts in reading order: the glyph covers pieces `start` to `stop - 1`. Plain segmenters give
    `(0, 1), (1, 2), ...`; an over-segmenting one gives candidates whose spans overlap.
    """

    image: Image
    box: Box
    span: tuple[int, int]


Glyphs = tuple[Glyph, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """A model's probabilities `(N, T, C)` for `N` glyphs, beside the glyphs they speak of."""

    probabilities: Probabilities
    glyphs: Glyphs


Case = Literal["lower", "upper", "ignore"]
"""How letters that differ in case alone are counted as one: written in that case, or as the alphabet has them."""

CASES: tuple[Case, ...] = get_args(Case)


@dataclass(frozen=True, slots=True)
class Constraint:
    """Which answers are allowed; all conditions must hold, and one that is not given allows everything.

    `alphabet` is the set of allowed labels; `positions` the set for each place of the answer, which also gives its
    length; `length` the least and the most labels, None for no end; `pattern` a regular expression that must match the
    whole answer (the subset of `captchakit.reading.codecs.pattern`). `case` counts letters that differ in case alone as
    one: the other conditions do so too, and answers are written in `lower` or `upper` case, or for `ignore` in the one
    case that the alphabet has, else the lower one. Raises `ValueError` for a length that is none.
    """

    alphabet: frozenset[str] | None = None
    positions: tuple[frozenset[str], ...] = ()
    length: tuple[int, int | None] | None = None
    pattern: str | None = None
    case: Case | None = None

    def __post_init__(self) -> None:
        least, most = self.length or (0, None)
        if least < 0 or (most is not None and most < least):
            raise ValueError(f"a length is from 0 or more to no less than that, not {self.length}")

    def over(self, other: Constraint) -> Constraint:
        """Return these conditions, and those of `other` where nothing is said here."""
        return other if self == ANYTHING else replace(other, **{k: v for k in _CONDITIONS if (v := getattr(self, k))})


ANYTHING = Constraint()
_CONDITIONS = ("alphabet", "positions", "length", "pattern", "case")


@dataclass(frozen=True, slots=True)
class Symbol:
    """One label of an answer, the probability given to it where it stands, and where that is."""

    label: str
    confidence: float
    box: Box


class Alternative(NamedTuple):
    """One of several answers, and its probability among all that are allowed, as the model gives it."""

    text: str
    probability: float


Reason = Literal[
    "low_confidence",
    "outside_alphabet",
    "length_mismatch",
    "pattern_mismatch",
    "too_small",
    "no_glyphs",
    "not_a_sum",
]
"""Why there is no answer: the confidence is under the one asked for; most probability lies outside of the allowed
alphabet, lengths or pattern; the image is too small to carry what is asked for; nothing that looks like writing was
found; or what was read is no sum that can be evaluated."""


@dataclass(frozen=True, slots=True)
class Solution:
    """An answer: the text, the probability that all of it is right, its symbols, who said so and in how many seconds.

    `excluded` is the probability that the model gave to answers outside the constraint, 0 where there is none.
    `reason` says why there is no answer: then `text` is empty, and `confidence` that of the answer withheld.
    `alternatives` are the most probable answers, this one first, where more than one was asked for.
    """

    text: str
    confidence: float
    symbols: tuple[Symbol, ...] = ()
    model: str = ""
    elapsed: float = field(default=0.0, compare=False)
    excluded: float = 0.0
    reason: Reason | None = None
    alternatives: tuple[Alternative, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the answer as plain values, in the field names that every door prints."""
        return {
            "text": self.text,
            "confidence": round(self.confidence, 6),
            "symbols": [
                {
                    "label": s.label,
                    "confidence": round(s.confidence, 6),
                    "box": [s.box.x, s.box.y, s.box.width, s.box.height],
                }
                for s in self.symbols
            ],
            "excluded": round(self.excluded, 6),
            "reason": self.reason,
            "alternatives": [{"text": a.text, "probability": round(a.probability, 6)} for a in self.alternatives],
            "model": self.model,
            "elapsed_ms": round(self.elapsed * 1000, 3),
        }
