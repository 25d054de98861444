"""What more labels would bring."""

from __future__ import annotations

from typing import NamedTuple

from captchakit.measuring.statistics import wilson


class Point(NamedTuple):
    """The share of images misread after so many labels."""

    labels: float
    error: float


def expected_error(start: Point, now: Point, labels: int) -> float:
    """Return the share of images expected to be misread after so many labels.

    Errors are taken to fall as `start / (1 + labels / c)`, where `c` is as many labels as halve them, found from the
    errors with none and those now. Where labels have not helped so far, more of them are not expected to.
    """
    if now.error >= start.error or now.labels <= 0:
        return now.error
    # An error that was never seen is taken for half a one in a hundred, else it would stay at nothing for ever.
    seen = max(now.error, min(0.005, start.error / 2))
    halving = now.labels / (start.error / seen - 1)
    return min(now.error if labels >= now.labels else 1.0, start.error / (1 + labels / halving))


def prospect(before: float, exact: float, n: int, learned: float, labels: int) -> str:
    """Return a sentence on what twice and four times the `labels` would bring.

    `before` is exact match with no label, `exact` that on `n` images of a model that had `learned` from so many.
    """
    ends = (exact, *wilson(round(exact * n), n))
    said = []
    for times in (2, 4):
        points = [Point(learned, 1 - share) for share in ends]
        middle, low, high = (1 - expected_error(Point(0, 1 - before), point, times * labels) for point in points)
        said.append(f"{middle:.2f} ({min(low, high):.2f}-{max(low, high):.2f}) with {times * labels}")
    return f"exact match {before:.3f} before learning; to be expected of more labels: {said[0]}, {said[1]}"
