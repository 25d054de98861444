"""Dynamic programming over candidates that cover runs of pieces.

`spans[k]` is the (start, stop) of candidate `k`; a path is a list of candidates whose spans do not overlap, from left
to right; pieces between them are passed over. Plain lists of floats: at a few dozen candidates they beat arrays.
Only the numbers of characters are counted with which a path can still get to where it has to: no more than pieces are
read, and no fewer than the pieces to come can make up for.
"""

from __future__ import annotations

from collections.abc import Sequence

Spans = Sequence[tuple[int, int]]

IMPOSSIBLE = float("-inf")


def by_end(spans: Spans) -> list[list[tuple[int, int]]]:
    """Return, for each number of pieces read, the (candidate, start) pairs that end there."""
    ending: list[list[tuple[int, int]]] = [[] for _ in range(max((stop for _, stop in spans), default=0) + 1)]
    for candidate, (start, stop) in enumerate(spans):
        ending[stop].append((candidate, start))
    return ending


def best_path(spans: Spans, odds: Sequence[float], least: int, most: int) -> list[int] | None:
    """Return the path of `least` to `most` candidates with the largest product of odds, None where there is none."""
    ending = by_end(spans)
    table = [[1.0] + [0.0] * most]
    back: list[list[tuple[int, int] | None]] = [[None] * (most + 1)]
    for stop in range(1, len(ending)):
        row = list(table[-1])
        came: list[tuple[int, int] | None] = [None] * (most + 1)
        fewest = max(1, least + stop + 1 - len(ending))
        for candidate, start in ending[stop]:
            gain, before = odds[candidate], table[start]
            for length in range(fewest, min(most, start + 1) + 1):
                value = before[length - 1] * gain
                if value > row[length]:
                    row[length] = value
                    came[length] = (candidate, start)
        table.append(row)
        back.append(came)
    length = max(range(least, most + 1), key=lambda n: table[-1][n], default=0)
    if table[-1][length] <= 0.0:
        return None
    return _walk_back(back, length)


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


def total(spans: Spans, odds: Sequence[float], least: int, most: int) -> float:
    """Return the sum over all paths of `least` to `most` candidates of the product of their odds."""
    table = [[1.0] + [0.0] * most]
    ending = by_end(spans)
    for stop in range(1, len(ending)):
        row = list(table[-1])
        fewest = max(1, least + stop + 1 - len(ending))
        for candidate, start in ending[stop]:
            gain, before = odds[candidate], table[start]
            for length in range(fewest, min(most, start + 1) + 1):
                row[length] += before[length - 1] * gain
        table.append(row)
    return sum(table[-1][least:])


def spelled(spans: Spans, odds: Sequence[Sequence[float]]) -> float:
    """Return the sum over all paths as long as the text; `odds[k][i]` is for candidate `k` as character `i`."""
    length = len(odds[0]) if odds else 0
    table = [[1.0] + [0.0] * length]
    ending = by_end(spans)
    for stop in range(1, len(ending)):
        row = list(table[-1])
        first = max(0, length + stop - len(ending))
        for candidate, start in ending[stop]:
            gains, before = odds[candidate], table[start]
            for place in range(first, min(length, start + 1)):
                row[place + 1] += before[place] * gains[place]
        table.append(row)
    return table[-1][length]


def best_spelling(spans: Spans, scores: Sequence[Sequence[float]], passing: Sequence[float] | None) -> list[int] | None:
    """Return the path with the largest sum of `scores[k][i]` for candidate `k` as character `i`.

    `passing[p]` is what it costs to pass over piece `p`, nothing where it is None. None where no path is long enough.
    """
    ending = by_end(spans)
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
