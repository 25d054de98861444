"""The most probable answers, found best first.

The probability of a prefix is that of all allowed answers that begin with it, so none of them has more. Prefixes are
opened in the order of their probability; once the best one left has less than the answers found, these are the best of
all (prefix search, Graves et al. 2006, doi:10.1145/1143844.1143891, section 3.2, here over a constraint's automaton).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from captchakit.reading.codecs.language import Language

BUDGET = 50
"""How many prefixes are opened before the search goes on with the few most probable ones."""

UNLIKELY = 1e-9
"""Prefixes with less than this share of all allowed probability are not looked into."""

State = TypeVar("State")


class Reader(Protocol[State]):
    """What one image says, prefix by prefix."""

    @property
    def language(self) -> Language:
        """The allowed answers."""
        ...

    @property
    def total(self) -> float:
        """The probability of all allowed answers together."""
        ...

    def start(self) -> State:
        """Return the state of the empty prefix."""
        ...

    def grown(self, state: State, label: int) -> State:
        """Return the state after one label more."""
        ...

    def ending(self, state: State) -> float:
        """Return the probability that the prefix is the whole answer, 0 where it is not allowed to be."""
        ...

    def onward(self, state: State) -> NDArray[np.float64]:
        """Return for each label the probability of all allowed answers that go on with it."""
        ...


class _Waiting(NamedTuple, Generic[State]):
    """A prefix not yet opened: least negative probability first, and what it grows from."""

    order: float
    number: int
    text: tuple[int, ...]
    before: State


def most_probable(
    reader: Reader[State], wanted: int, beam: int, seeds: Mapping[tuple[int, ...], float] | None = None
) -> list[tuple[tuple[int, ...], float]]:
    """Return the `wanted` most probable answers as labels with their probabilities, best first.

    `seeds` are answers whose probability is known already. Exact until the budget is spent, then a beam search over
    the most probable prefixes that are left.
    """
    return _Search(reader, wanted, dict(seeds or {})).run(beam)


class _Search(Generic[State]):
    def __init__(self, reader: Reader[State], wanted: int, found: dict[tuple[int, ...], float]) -> None:
        self._reader = reader
        self._wanted = wanted
        self._found = found
        self._numbers = count()
        self._floor = UNLIKELY * reader.total
        self._bound = self._least()

    def run(self, beam: int) -> list[tuple[tuple[int, ...], float]]:
        waiting = list(self._open((), self._reader.start()))
        heapq.heapify(waiting)
        for _ in range(BUDGET):
            if not waiting or -waiting[0].order <= self._bound:
                return self._best()
            for child in self._grow(heapq.heappop(waiting)):
                heapq.heappush(waiting, child)
        while waiting:
            waiting = [child for one in heapq.nsmallest(beam, waiting) for child in self._grow(one)]
        return self._best()

    def _grow(self, one: _Waiting[State]) -> Iterable[_Waiting[State]]:
        return self._open(one.text, self._reader.grown(one.before, one.text[-1]))

    def _open(self, text: tuple[int, ...], state: State) -> Iterable[_Waiting[State]]:
        ending = self._reader.ending(state)
        if ending > 0.0:
            self._found[text] = ending
            self._bound = self._least()
        masses, bound = self._reader.onward(state), self._bound
        return [
            _Waiting(-mass, next(self._numbers), (*text, label), state)
            for label, mass in enumerate(masses.tolist())
            if mass > bound
        ]

    def _least(self) -> float:
        """Return the probability above which an answer would be one of the best."""
        if len(self._found) < self._wanted:
            return self._floor
        return max(self._floor, heapq.nlargest(self._wanted, self._found.values())[-1])

    def _best(self) -> list[tuple[tuple[int, ...], float]]:
        return sorted(self._found.items(), key=lambda item: (-item[1], item[0]))[: self._wanted]
