"""Intervals for what was counted."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

Z_95 = 1.959963984540054
"""The 0.975 quantile of the standard normal distribution."""


def wilson(right: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """Return Wilson's score interval for a share of `right` among `n` (1927, doi:10.1080/01621459.1927.10502953).

    It stays within 0 to 1 and is honest near both ends. Raises `ValueError` where the counts are impossible.
    """
    if n < 0 or not 0 <= right <= n:
        raise ValueError(f"{right} of {n} is no count")
    if n == 0:
        return 0.0, 1.0
    share = right / n
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    reach = z / scale * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At the ends the bound is exact, and rounding must not push it past the share.
    return (0.0 if right == 0 else max(0.0, centre - reach)), (1.0 if right == n else min(1.0, centre + reach))


def percentile(values: Sequence[float], percent: float) -> float:
    """Return a percentile by linear interpolation; raises `ValueError` for no values."""
    if not values or not 0 <= percent <= 100:
        raise ValueError("needs values and a percentage from 0 to 100")
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
