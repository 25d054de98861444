"""New pictures from labelled ones: cut between characters and put together anew.

Twenty labelled pictures hold some hundred characters, and far more orders of them than were seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from captchakit.types import Image

TURN, STRETCH, LEAN, RISE = 0.2, 0.15, 0.15, 0.06
"""How far a run of characters may be turned (radians), stretched, leaned, and moved up or down (heights)."""

NARROWEST = 2
"""Strips of fewer columns, px, hold no character."""


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A picture and the columns between its characters, one more than there are classes."""

    image: Image
    classes: tuple[int, ...]
    edges: tuple[int, ...]


def edges_between(centres: Sequence[float], width: int) -> tuple[int, ...] | None:
    """Return the columns half way between characters' centres, and as far beyond the first and the last.

    None where the centres do not rise, or leave a character no room.
    """
    if not centres:
        return None
    steps = [b - a for a, b in pairwise(centres)] or [2 * min(centres[0], width - centres[0])]
    inner = [(a + b) / 2 for a, b in pairwise(centres)]
    ends = [max(0.0, centres[0] - steps[0] / 2), *inner, min(float(width), centres[-1] + steps[-1] / 2)]
    edges = tuple(round(e) for e in ends)
    return edges if all(b - a >= NARROWEST for a, b in pairwise(edges)) else None


def spliced(cuts: Sequence[Cut], dice: np.random.Generator, *, rough: bool = False) -> tuple[Image, tuple[int, ...]]:
    """Return a picture of the characters of several, and their classes.

    One picture gives margins and height, another the number of characters; runs of one or two come from any,
    where `rough` each turned and stretched a little by itself.
    """
    base = _one(cuts, dice)
    wanted = len(_one(cuts, dice).classes)
    strips, classes = [base.image[:, : base.edges[0]]], list[int]()
    while len(classes) < wanted:
        source = _one(cuts, dice)
        start = int(dice.integers(len(source.classes)))
        stop = min(start + int(dice.integers(1, 3)), start + wanted - len(classes), len(source.classes))
        strip = _strip(source, start, stop, base.image.shape[0])
        strips.append(_varied(strip, dice) if rough else strip)
        classes += source.classes[start:stop]
    strips.append(base.image[:, base.edges[-1] :])
    return np.ascontiguousarray(np.hstack([s for s in strips if s.shape[1]])), tuple(classes)


def _strip(source: Cut, start: int, stop: int, height: int) -> Image:
    strip = source.image[:, source.edges[start] : source.edges[stop]]
    if strip.shape[0] == height:
        return strip
    return np.asarray(cv2.resize(strip, (strip.shape[1], height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _varied(strip: Image, dice: np.random.Generator) -> Image:
    height, width = strip.shape[:2]
    turn, wide, high, lean, rise = dice.uniform(-1, 1, 5) * (TURN, STRETCH, STRETCH, LEAN, RISE * height)
    cos, sin = np.cos(turn), np.sin(turn)
    linear = np.array(((cos, -sin), (sin, cos))) @ np.array(((1 + wide, lean), (0.0, 1 + high)))
    middle = np.array((width / 2, height / 2))
    matrix = np.column_stack([linear, middle - linear @ middle + (0.0, rise)])
    return np.asarray(cv2.warpAffine(strip, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _one(cuts: Sequence[Cut], dice: np.random.Generator) -> Cut:
    return cuts[int(dice.integers(len(cuts)))]
