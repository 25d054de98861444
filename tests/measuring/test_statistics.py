"""Intervals and percentiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.measuring.statistics import percentile, wilson

COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (95, 100, 0.8882, 0.9785),
        (1, 1, 0.2065, 1.0),
    ],
)
def test_wilson_gives_known_intervals(right: int, n: int, low: float, high: float) -> None:
    """The interval agrees with published values."""
    assert wilson(right, n) == pytest.approx((low, high), abs=5e-5)


@given(COUNTS)
def test_wilson_holds_the_share(counts: tuple[int, int]) -> None:
    """The interval lies within 0 to 1, holds the share, and is mirrored where right and wrong are exchanged."""
    right, n = counts
    low, high = wilson(right, n)
    assert 0 <= low <= right / n <= high <= 1
    assert low < high
    assert wilson(n - right, n) == pytest.approx((1 - high, 1 - low))


@given(COUNTS, st.integers(2, 20))
def test_wilson_narrows_with_more_images(counts: tuple[int, int], times: int) -> None:
    """The same share of more images is surer."""
    right, n = counts
    few, many = wilson(right, n), wilson(right * times, n * times)
    assert many[1] - many[0] < few[1] - few[0]


def test_wilson_of_nothing_is_no_knowledge() -> None:
    """Without images the interval is everything."""
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("right", "n"), [(-1, 5), (6, 5), (0, -1)])
def test_wilson_refuses_impossible_counts(right: int, n: int) -> None:
    """More right than there are, or fewer than none, is a mistake of the caller's."""
    with pytest.raises(ValueError, match="is no count"):
        wilson(right, n)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(0, 100))
def test_percentile_is_numpys(values: list[float], percent: float) -> None:
    """The percentile is what numpy's linear interpolation gives."""
    assert percentile(values, percent) == pytest.approx(np.percentile(values, percent), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1.0], -1), ([1.0], 101)])
def test_percentile_refuses_what_makes_no_sense(values: list[float], percent: float) -> None:
    """No values, or a percentage out of range, have no percentile."""
    with pytest.raises(ValueError, match="needs values"):
        percentile(values, percent)
