"""Dynamic programming over candidates against listing all paths."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.reading.codecs import paths
from captchakit.reading.codecs.paths import Spans
from tests.reading.codecs.glyphs import SEEDS, SPANS


def every_path(spans: Spans, least: int, most: int) -> Iterator[tuple[int, ...]]:
    """Yield every choice of candidates whose spans do not overlap, in reading order."""
    order = sorted(range(len(spans)), key=lambda k: spans[k])
    for length in range(least, most + 1):
        for chosen in combinations(order, length):
            if all(spans[a][1] <= spans[b][0] for a, b in pairwise(chosen)):
                yield chosen


def odds_for(spans: Spans, seed: int, columns: int = 1) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(0, 2, (len(spans), columns)))


@given(SPANS, SEEDS, st.integers(0, 3), st.integers(0, 4))
def test_the_best_path_is_the_best_of_all(spans: Spans, seed: int, least: int, more: int) -> None:
    """The path has the largest product of odds among all paths of allowed length, or there is none."""
    odds = odds_for(spans, seed)[:, 0]
    found = paths.best_path(paths.by_end(spans), odds, least, least + more)
    listed = list(every_path(spans, least, least + more))
    if not listed:
        assert found is None
        return
    assert found is not None
    assert tuple(found) in listed
    assert np.prod([odds[k] for k in found]) == pytest.approx(max(np.prod([odds[k] for k in p]) for p in listed))


@given(SPANS, SEEDS, st.integers(0, 3), st.integers(0, 4))
def test_the_total_is_the_sum_over_all(spans: Spans, seed: int, least: int, more: int) -> None:
    """The total sums the product of odds over every path of allowed length."""
    odds = odds_for(spans, seed)[:, 0]
    listed = [np.prod([odds[k] for k in p]) for p in every_path(spans, least, least + more)]
    assert paths.total(paths.by_end(spans), odds, least, least + more) == pytest.approx(sum(listed))


@given(SPANS, SEEDS, st.integers(1, 4))
def test_what_is_spelled_is_the_sum_over_paths_of_that_length(spans: Spans, seed: int, length: int) -> None:
    """The sum runs over all paths as long as the text, each candidate speaking for the character at its place."""
    odds = odds_for(spans, seed, length)
    listed = (np.prod([odds[k, i] for i, k in enumerate(p)]) for p in every_path(spans, length, length))
    assert paths.spelled(paths.by_end(spans), odds) == pytest.approx(sum(listed))


@given(SPANS, SEEDS, st.integers(1, 4), st.booleans())
def test_the_best_spelling_is_the_best_of_all(spans: Spans, seed: int, length: int, charged: bool) -> None:
    """The spelling has the largest sum of scores less what the pieces passed over cost, or there is none."""
    scores = np.log(odds_for(spans, seed, length))
    pieces = max(stop for _, stop in spans)
    passing = np.random.default_rng(seed + 1).uniform(0, 3, pieces).tolist() if charged else None

    def worth(path: tuple[int, ...]) -> float:
        read = {piece for k in path for piece in range(*spans[k])}
        missed = sum(passing[p] for p in range(pieces) if p not in read) if passing else 0.0
        return sum(float(scores[k, i]) for i, k in enumerate(path)) - missed

    found = paths.best_spelling(spans, scores.tolist(), passing)
    listed = list(every_path(spans, length, length))
    if not listed:
        assert found is None
        return
    assert found is not None
    assert tuple(found) in listed
    assert worth(tuple(found)) == pytest.approx(max(worth(p) for p in listed))
