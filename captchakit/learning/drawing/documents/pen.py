"""Handwriting of made-up hands: a pen that swings, and one that draws letters.

A swinging pen is Hollerbach's (1981, "An oscillation theory of handwriting", doi:10.1007/BF00336740): two oscillations,
one along the line with a drift and one across it; their phase makes garlands, arcades and loops. It writes no
letters, and looks as if it did. Lengths are in heights of a small letter, y grows downwards, 0 is the baseline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captchakit.learning.drawing import stick
from captchakit.learning.drawing.dice import Dice

Curve = NDArray[np.float64]
"""Points `(n, 2)`."""

SAMPLES = 7
"""Points for each half swing."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A curve and how thick it is, in thicknesses of the pen."""

    points: Curve
    thick: float


@dataclass(frozen=True, slots=True)
class Hand:
    """What makes a hand: `slant` in columns a row, `unsteady` as a share of a letter, `pressure` on strokes down."""

    slant: float
    width: float
    loop: float
    phase: float
    ascent: float
    descent: float
    unsteady: float
    pressure: float
    joined: float
    letters: bool

    @classmethod
    def drawn(cls, dice: Dice) -> Hand:
        """Return a hand by chance."""
        return cls(
            slant=0.3 + dice.spread(0.7),
            width=dice.uniform((0.22, 0.6)),
            loop=dice.uniform((0.5, 1.6)),
            phase=dice.uniform((0.1, 1.5)),
            ascent=dice.uniform((0.9, 2.2)),
            descent=dice.uniform((0.8, 2.2)),
            unsteady=dice.uniform((0.05, 0.22)),
            pressure=dice.uniform((0.0, 1.2)) if dice.chance(0.6) else 0.0,
            joined=dice.random(),
            letters=dice.chance(0.4),
        )


def written(hand: Hand, text: str, dice: Dice) -> tuple[list[Stroke], float]:
    """Return the strokes of a word, its pen starting at 0, and how far the pen comes."""
    strokes, end = _lettered(hand, text, dice) if hand.letters else _swung(hand, text, dice)
    return [Stroke(_slanted(s.points, hand.slant), s.thick) for s in strokes], end


def _slanted(points: Curve, slant: float) -> Curve:
    return np.stack([points[:, 0] - slant * points[:, 1], points[:, 1]], axis=1)


_TALL, _DEEP, _BROAD = frozenset("bdfhkltßé"), frozenset("gjpqyzf"), frozenset("mwMW")


def _swung(hand: Hand, text: str, dice: Dice) -> tuple[list[Stroke], float]:
    """Return what a swinging pen makes of as many letters, lifted now and then."""
    strokes: list[Stroke] = []
    x, y = 0.0, 0.0
    for place, letter in enumerate(text):
        if not letter.isalnum():
            strokes.append(Stroke(np.array([[x, y - 0.1], [x + 0.08, y + 0.1 * dice.random()]]), 1.2))
            x += 0.5
            continue
        if place and not dice.chance(0.55 + 0.45 * hand.joined):
            x += 0.25
        tops = _tops(hand, letter, dice, large=letter.isupper() or letter.isdigit())
        for top, bottom in tops:
            for target in (top, bottom):
                curve = _half_swing(hand, (x, y), target, dice)
                strokes.append(Stroke(curve, 1.0 + hand.pressure * (target > y)))
                x, y = curve[-1]
        strokes += _marks(letter, x, dice)
        x += 0.1 * hand.width
    return strokes, max(x, 0.3)


def _tops(hand: Hand, letter: str, dice: Dice, *, large: bool) -> list[tuple[float, float]]:
    """Return the swings of a letter: where each turns at the top, and where it comes down to."""
    rise = 1.0 + (hand.ascent if letter in _TALL or large else 0.0)
    fall = hand.descent if letter in _DEEP else 0.0
    wobble = [dice.spread(hand.unsteady) for _ in range(4)]
    swings = [(-rise - wobble[0], fall + wobble[1] * (1 + fall))]
    if fall:
        swings.append((wobble[2] - 0.2, wobble[3]))
    elif not dice.chance(0.35):
        swings += [(-1.0 - wobble[2], wobble[3])] * (2 if letter in _BROAD else 1)
    return swings


def _half_swing(hand: Hand, start: tuple[float, float], target: float, dice: Dice) -> Curve:
    """Return the way from `start` to the height `target`, at rest across the line at both ends."""
    s = (np.arange(SAMPLES + 1)) / SAMPLES
    down = target > start[1]
    high = abs(target - start[1])
    y = start[1] + (target - start[1]) * (1 - np.cos(np.pi * s)) / 2
    turn = np.pi * s + (np.pi if down else 0.0) + hand.phase + dice.spread(0.5)
    swing = hand.loop * (0.12 + 0.1 * high) * (np.cos(turn[0]) - np.cos(turn))
    drift = hand.width * (1.0 + dice.spread(0.5)) * s
    return np.stack([start[0] + drift + swing, y], axis=1)


def _marks(letter: str, x: float, dice: Dice) -> list[Stroke]:
    if letter in "ij":
        left = x + dice.spread(0.3)
        return [Stroke(np.array([[left - 0.1, -1.6 + dice.spread(0.3)], [left + 0.02, -1.55]]), 1.1)]
    if letter == "t":
        at, long = -1.2 - 0.4 * dice.random(), 0.5 + 0.6 * dice.random()
        bar = np.array([[x - long, at + dice.spread(0.1)], [x + 0.5 * long, at + dice.spread(0.2)]])
        return [Stroke(bar, 1.0)]
    if letter == "é":
        return [Stroke(np.array([[x - 0.2, -1.5], [x + 0.15, -1.8]]), 1.0)]
    return []


def _lettered(hand: Hand, text: str, dice: Dice) -> tuple[list[Stroke], float]:
    """Return letters by strokes, each time a little different, some joined to the next."""
    strokes: list[Stroke] = []
    x, last = 0.0, None
    wide = 0.14 + 0.3 * hand.width
    for letter in text:
        curves = _shaken(letter, hand, dice)
        if not curves:
            x += 0.3
            continue
        placed = [np.stack([c[:, 0] * wide + x, c[:, 1]], axis=1) for c in curves]
        if last is not None and letter.isalpha() and dice.chance(hand.joined):
            placed[0] = np.concatenate([last[-1:], placed[0]])
        strokes += [Stroke(_smooth(c), 1.0) for c in placed]
        last = placed[-1] if letter.isalpha() else None
        x = max(float(c[:, 0].max()) for c in placed) + 0.18 + dice.spread(0.08)
    return strokes, max(x, 0.3)


def _shaken(letter: str, hand: Hand, dice: Dice) -> list[Curve]:
    """Return a letter's strokes with every point moved a little, in columns and heights of a small letter."""
    size = 1.0 + dice.spread(0.5 * hand.unsteady)
    plain = {"é": "e", "è": "e"}.get(letter, letter)
    if plain not in stick.CHARACTERS:
        return [np.array([[0.0, -0.1], [0.3, 0.15]])] if letter in ",.;:" else []
    curves = []
    for stroke in stick.strokes(plain):
        moved = stroke + (dice.array(*stroke.shape) - 0.5) * np.float32(7 * hand.unsteady)
        # Row 6 of the stick face is the baseline, row 2 the height of a small letter.
        curves.append(np.stack([moved[:, 0] * size, (moved[:, 1] - 6) / 4 * size], axis=1))
    return curves


def _smooth(points: Curve) -> Curve:
    for _ in range(3):
        if len(points) > 2:
            points = stick.cut_corners(points)
    return points


def thickness(dice: Dice) -> float:
    """Return the pen's width in heights of a small letter: a hair, a nib, or a felt pen."""
    return dice.uniform(dice.weighted((((0.06, 0.13), 3.0), ((0.1, 0.22), 4.0), ((0.18, 0.36), 1.0))))
