"""Dynamic programming over candidates that cover runs of pieces.

`spans[k]` is the (start, stop) of candidate `k`; a path is a list of candidates whose spans do not overlap, from left
to right; pieces between them are passed over. Character by character, what the paths up to a candidate weigh is
gathered in the order in which candidates end: a running sum or maximum, on which the next character builds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Spans = Sequence[tuple[int, int]]
Weights = NDArray[np.float64]

IMPOSSIBLE = float("-inf")


class Ends(NamedTuple):
    """The candidates in the order in which they end, and how many of all end before each of these begins."""

    order: NDArray[np.intp]
    before: NDArray[np.intp]


def sides(spans: Spans) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where candidates start and where they stop."""
    return np.array([start for start, _ in spans], np.intp), np.array([stop for _, stop in spans], np.intp)


def by_end(spans: Spans) -> Ends:
    """Return the order in which candidates end."""
    starts, stops = sides(spans)
    order = stops.argsort(kind="stable")
    return Ends(order, stops[order].searchsorted(starts[order], side="right"))


def _grown(reached: Weights, ends: Ends, odds: Weights, gathered: np.ufunc) -> Weights:
    """Return what paths of one character more weigh within the first 0, 1, ... candidates, `odds` in their order."""
    grown = np.zeros(len(reached))
    gathered.accumulate(reached[ends.before] * odds, out=grown[1:])
    return grown


def best_path(ends: Ends, odds: Weights, least: int, most: int) -> list[int] | None:
    """Return the path of `least` to `most` candidates with the largest product of odds, None where there is none."""
    ordered = odds[ends.order]
    rows = [np.ones(len(odds) + 1)]
    for _ in range(most):
        rows.append(_grown(rows[-1], ends, ordered, np.maximum))
    length = max(range(least, most + 1), key=lambda n: rows[n][-1], default=0)
    if rows[length][-1] <= 0.0:
        return None
    path: list[int] = []
    within = len(odds)
    for row in rows[length:0:-1]:
        last = int(row.searchsorted(row[within])) - 1  # the first with which it weighs so much
        path.append(int(ends.order[last]))
        within = ends.before[last]
    return path[::-1]


def total(ends: Ends, odds: Weights, least: int, most: int) -> float:
    """Return the sum over all paths of `least` to `most` candidates of the product of their odds."""
    ordered = odds[ends.order]
    rows = [np.ones(len(odds) + 1)]
    for _ in range(most):
        rows.append(_grown(rows[-1], ends, ordered, np.add))
    return sum(float(row[-1]) for row in rows[least:])


def spelled(ends: Ends, odds: Weights) -> float:
    """Return the sum over all paths as long as the text; `odds[k, i]` is for candidate `k` as character `i`."""
    reached = np.ones(len(odds) + 1)
    for gains in odds[ends.order].T:
        reached = _grown(reached, ends, gains, np.add)
    return float(reached[-1])


def best_spelling(spans: Spans, scores: Sequence[Sequence[float]], passing: Sequence[float] | None) -> list[int] | None:
    """Return the path with the largest sum of `scores[k][i]` for candidate `k` as character `i`.

    `passing[p]` is what it costs to pass over piece `p`, nothing where it is None. None where no path is long enough.
    """
    ending: list[list[tuple[int, int]]] = [[] for _ in range(max((stop for _, stop in spans), default=0) + 1)]
    for candidate, (start, stop) in enumerate(spans):
        ending[stop].append((candidate, start))
    length = len(scores[0])
    table = [[0.0] + [IMPOSSIBLE] * length]
    back: list[list[tuple[int, int] | None]] = [[None] * (length + 1)]
    for stop in range(1, len(ending)):
        cost = passing[stop - 1] if passing else 0.0
        row = [value - cost for value in table[-1]]
        came: list[tuple[int, int] | None] = [None] * (length + 1)
        for candidate, start in ending[stop]:
            for place in range(length):
                value = table[start][place] + scores[candidate][place]
                if value > row[place + 1]:
                    row[place + 1] = value
                    came[place + 1] = (candidate, start)
        table.append(row)
        back.append(came)
    return None if table[-1][length] == IMPOSSIBLE else _walk_back(back, length)


def _walk_back(back: list[list[tuple[int, int] | None]], length: int) -> list[int]:
    path: list[int] = []
    stop = len(back) - 1
    while length:
        step = back[stop][length]
        if step is None:  # the piece before `stop` is passed over
            stop -= 1
            continue
        path.append(step[0])
        stop = step[1]
        length -= 1
    return path[::-1]
