"""From the conditions of a constraint to the table of an automaton."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from captchakit.errors import OptionError
from captchakit.reading.codecs.pattern import Pattern
from captchakit.types import Constraint

MOST_STATES = 1000

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")
_State = tuple[int, frozenset[int]]
"""How many labels were read, as far as it matters, and the state of the pattern."""


def folded(label: str, constraint: Constraint) -> str:
    """Return a label as it counts: in lower case where case does not."""
    return label.lower() if constraint.case else label


def automaton(labels: tuple[str, ...], constraint: Constraint) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the table `(S + 1, labels)` of next states, the last one that of no return, and where answers may end.

    Raises `OptionError` where no answer is allowed, the pattern is not understood, or there are too many states.
    """
    walk = _Walk(labels, constraint)
    numbers: dict[_State, int] = {walk.start: 0}
    rows: list[list[int]] = []
    waiting = [walk.start]
    for state in waiting:  # which grows
        rows.append([-1] * len(labels))
        for label, reached in _understood(walk.onward, state, constraint):
            if reached not in numbers:
                numbers[reached] = len(waiting)
                waiting.append(reached)
            rows[-1][label] = numbers[reached]
        if len(waiting) > MOST_STATES:
            raise OptionError(f"{_told(constraint)} is too large a constraint; try a shorter pattern or length")
    accepting = np.array([walk.accepts(state) for state in waiting])
    return _trimmed(np.array(rows, np.intp), accepting, constraint)


def _trimmed(
    table: NDArray[np.intp], accepting: NDArray[np.bool_], constraint: Constraint
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Leave out the states from which no answer can be ended, and add the one of no return."""
    alive = np.append(accepting, False)
    while True:
        more = alive | np.append(alive[table].any(axis=1), False)
        if np.array_equal(more, alive):
            break
        alive = more
    if not alive[0]:
        raise OptionError(f"no answer of the model's alphabet meets {_told(constraint)}")
    kept = np.flatnonzero(alive)
    renumbered = np.full(len(alive), len(kept), np.intp)
    renumbered[kept] = np.arange(len(kept))
    dead = np.full((1, table.shape[1]), len(kept), np.intp)
    return np.concatenate([renumbered[table[kept]], dead]), np.append(accepting[kept], False)


def _told(constraint: Constraint) -> str:
    said = [
        f"alphabet {''.join(sorted(constraint.alphabet))!r}" if constraint.alphabet is not None else "",
        f"{len(constraint.positions)} positions" if constraint.positions else "",
        f"length {constraint.length[0]}-{constraint.length[1] or ''}" if constraint.length else "",
        f"pattern {constraint.pattern!r}" if constraint.pattern is not None else "",
    ]
    return " with ".join(filter(None, said)) or "the constraint"


def _understood(make: Callable[[_Given], _Made], given: _Given, constraint: Constraint) -> _Made:
    try:
        return make(given)
    except ValueError as error:
        raise OptionError(f"the pattern {constraint.pattern!r} is not understood: {error}") from None


class _Walk:
    """The automaton before its states are numbered: lengths, places and the pattern side by side."""

    def __init__(self, labels: tuple[str, ...], constraint: Constraint) -> None:
        self._spelled = [[_forms(c, constraint) for c in label] for label in labels]
        self._places = [
            frozenset(
                k for k, label in enumerate(labels) if folded(label, constraint) in {folded(a, constraint) for a in p}
            )
            for p in constraint.positions
        ]
        self._pattern = None if constraint.pattern is None else _understood(Pattern, constraint.pattern, constraint)
        self._least, self._most = _lengths(constraint)
        self.start: _State = (0, self._pattern.start if self._pattern else frozenset())

    def accepts(self, state: _State) -> bool:
        return state[0] >= self._least and (self._pattern is None or self._pattern.accepts(state[1]))

    def onward(self, state: _State) -> list[tuple[int, _State]]:
        """Return each label that may follow, with the state it leads to."""
        read = state[0] + 1
        if self._most is not None and read > self._most:
            return []
        counted = read if self._most is not None else min(read, self._least)
        labels = self._places[read - 1] if self._places else range(len(self._spelled))
        stepped = ((label, self._stepped(state[1], label)) for label in labels)
        return [(label, (counted, reached)) for label, reached in stepped if reached is not None]

    def _stepped(self, state: frozenset[int], label: int) -> frozenset[int] | None:
        if self._pattern is None:
            return state
        for forms in self._spelled[label]:
            state = self._pattern.step(state, forms)
        return state or None


def _forms(character: str, constraint: Constraint) -> frozenset[str]:
    return frozenset({character.lower(), character.upper()}) if constraint.case else frozenset({character})


def _lengths(constraint: Constraint) -> tuple[int, int | None]:
    least, most = constraint.length or (0, None)
    if constraint.positions:
        places = len(constraint.positions)
        least, most = max(least, places), places if most is None else min(most, places)
    return least, most
