"""Texts laid on the steps of a CTC model: which alignments spell a text, and what they have together.

`steps` `(T, labels + 1)` are probabilities with blank last, each row summing to 1. Most loops run over plain lists of
floats: for the few dozen steps of an image they are several times faster than arrays.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from captchakit.reading.codecs.language import Language


class Prefix(NamedTuple):
    """A prefix on the steps: the probability of its alignments with the first 0, 1, ... T steps.

    `in_blank` of those that end in a blank or are empty, `in_label` of those that end in the last label.
    """

    state: int
    label: int
    in_blank: list[float]
    in_label: list[float]


class Alignments:
    """What the steps say of texts of a language; a `Reader` for the prefix search."""

    def __init__(self, steps: NDArray[np.float64], language: Language) -> None:
        self.steps = steps
        self.language = language
        self._columns: dict[int, list[float]] = {}

    def _said(self, label: int) -> list[float]:
        """Return the probability of a label, -1 for blank, at each step."""
        if label not in self._columns:
            self._columns[label] = self.steps[:, label].tolist()
        return self._columns[label]

    @property
    def total(self) -> float:
        """The probability of all allowed texts."""
        return 1.0 if self.language.free else self._backward[1]

    def start(self) -> Prefix:
        """Return the empty prefix: blanks alone."""
        blanks = [1.0]
        for blank in self._said(-1):
            blanks.append(blanks[-1] * blank)
        return Prefix(0, -1, blanks, [0.0] * len(blanks))

    def grown(self, state: Prefix, label: int) -> Prefix:
        """Return the prefix with one label more (the forward algorithm, label by label)."""
        in_label, in_blank = [0.0], [0.0]
        inside = behind = 0.0
        # A repeated label needs a blank before it, else the two are one.
        entering = (
            state.in_blank
            if label == state.label
            else [a + b for a, b in zip(state.in_blank, state.in_label, strict=True)]
        )
        for said, blank, enter in zip(self._said(label), self._said(-1), entering, strict=False):
            behind = (behind + inside) * blank
            inside = (inside + enter) * said
            in_label.append(inside)
            in_blank.append(behind)
        return Prefix(self.language.rows[state.state][label], label, in_blank, in_label)

    def ending(self, state: Prefix) -> float:
        """Return the probability of the text, 0 where it is not allowed."""
        return state.in_blank[-1] + state.in_label[-1] if self.language.accepting[state.state] else 0.0

    def onward(self, state: Prefix) -> NDArray[np.float64]:
        """Return for each label the probability of all allowed texts that go on with it."""
        entered = self.steps[:, :-1] if self.language.free else self._backward[0][:, state.state]
        in_label = np.array(state.in_label[:-1])
        masses = (in_label + state.in_blank[:-1]) @ entered
        if state.label >= 0:
            masses[state.label] -= in_label @ entered[:, state.label]
        return np.asarray(masses, np.float64)

    def probability(self, text: list[int]) -> float:
        """Return the probability of a text summed over all its alignments, allowed or not."""
        prefix = self.start()
        for label in text:
            prefix = self.grown(prefix, label)
        return prefix.in_blank[-1] + prefix.in_label[-1]

    @cached_property
    def _backward(self) -> tuple[NDArray[np.float64], float]:
        """Return `(T, S + 1, labels)`, and the probability of all allowed texts.

        The first is what is allowed from step t on where a prefix in a state enters a label at that step.
        """
        table, accepting = self.language.table, self.language.accepting.astype(np.float64)
        count = table.shape[1]
        onward = table * count + np.arange(count)
        behind, inside = accepting, np.repeat(accepting[:, np.newaxis], count, axis=1)
        entered = np.empty((len(self.steps), *table.shape))
        for t in range(len(self.steps) - 1, -1, -1):
            said, blank = self.steps[t, :-1], self.steps[t, -1]
            np.multiply(inside.ravel().take(onward), said, out=entered[t])
            behind = behind * blank + entered[t].sum(axis=1)
            # After a label: a blank, any other label, or the same label going on. Rounding must not end below 0.
            inside = np.maximum(behind[:, np.newaxis] - entered[t], 0.0) + inside * said
        return entered, float(behind[0])


def collapse(path: list[int], blank: int) -> list[int]:
    """Return the text of a path: repeats once, blanks not at all."""
    return [c for c, before in zip(path, [blank, *path], strict=False) if c not in (blank, before)]


def runs(path: list[int], blank: int) -> list[tuple[int, int]]:
    """Return the (start, stop) steps of each label of a path."""
    starts = [t for t, c in enumerate(path) if c != blank and (t == 0 or path[t - 1] != c)]
    stops = [t for t, c in enumerate(path, 1) if c != blank and (t == len(path) or path[t] != c)]
    return list(zip(starts, stops, strict=True))


def alignment(steps: NDArray[np.float64], text: list[int]) -> list[tuple[int, int]]:
    """Return the (start, stop) steps of each label on the text's best path (Viterbi); the text must fit the steps."""
    logs: list[list[float]] = np.log(np.maximum(steps, 1e-30)).T.tolist()
    blanks = logs[-1]
    entering = [0.0]
    for blank in blanks:
        entering.append(entering[-1] + blank)
    laid: list[list[tuple[int, int]]] = []
    for place, label in enumerate(text):
        repeated = text[place + 1 : place + 2] == [label]
        entering, before = _entered(logs[label], blanks, entering, repeated=repeated)
        laid.append(before)
    found: list[tuple[int, int]] = []
    at = len(blanks)
    for before in reversed(laid):
        found.append(before[at])
        at = before[at][0]
    return found[::-1]


def _entered(
    said: list[float], blanks: list[float], entering: list[float], *, repeated: bool
) -> tuple[list[float], list[tuple[int, int]]]:
    """Lay one label more: return the best score with which 0, 1, ... T steps are over and done, and its run's steps.

    Where the next label repeats this one, a blank must stand between.
    """
    never = float("-inf")
    scores, where = [never], [(0, 0)]
    inside = behind = never
    start, run = 0, (0, 0)
    for t, (score, blank) in enumerate(zip(said, blanks, strict=True)):
        if inside > behind:
            behind, run = inside, (start, t)
        behind += blank
        if entering[t] > inside:
            inside, start = entering[t], t
        inside += score
        straight = inside > behind and not repeated
        scores.append(inside if straight else behind)
        where.append((start, t + 1) if straight else run)
    return scores, where
