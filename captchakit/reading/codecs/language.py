"""The answers that a constraint allows, as a deterministic automaton over the labels of an answer.

Every allowed answer is the word of exactly one path through it, so that a sum over paths counts every answer once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
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


@dataclass(frozen=True, eq=False)
class Language:
    """Allowed answers over a model's alphabet. State 0 is the first; the one after the last is that of no return.

    `labels` are those of an answer, fewer than the model's where some are counted as one or left out; `merges`
    `(classes, labels)` sums the model's classes into them, None where nothing changes. `table` `(S + 1, labels)` is
    the next state, `accepting` `(S + 1,)` says where an answer may end.
    """

    labels: tuple[str, ...]
    merges: NDArray[np.float64] | None
    table: NDArray[np.intp]
    accepting: NDArray[np.bool_]

    @cached_property
    def free(self) -> bool:
        """Whether every string of the labels is allowed."""
        return len(self.accepting) == 2 and bool(self.accepting[0]) and not self.table[0].any()

    @cached_property
    def blind(self) -> bool:
        """Whether lengths alone decide: every label leads to the same state."""
        return bool((self.table == self.table[:, :1]).all())

    @cached_property
    def lengths(self) -> tuple[int, int | None] | None:
        """The least and most labels of an answer, None for no end; None for all where more than lengths decides."""
        if not self.blind:
            return None
        ends: list[bool] = []
        state, before = 0, -1
        while state not in (before, len(self.rows) - 1):
            ends.append(bool(self.accepting[state]))
            state, before = self.rows[state][0], state
            if len(ends) > len(self.rows):
                return None  # round and round
        least = ends.index(True)
        return (least, None if state == before else len(ends) - 1) if all(ends[least:]) else None

    @cached_property
    def rows(self) -> list[list[int]]:
        """The table as lists, faster to walk."""
        rows: list[list[int]] = self.table.tolist()
        return rows

    def allows(self, answer: list[int]) -> bool:
        """Return whether a string of labels is allowed."""
        state = 0
        for label in answer:
            state = self.rows[state][label]
        return bool(self.accepting[state])

    def merged(self, probabilities: NDArray[np.float32], extra: int = 0) -> NDArray[np.float64]:
        """Return `(..., labels + extra)` for `(..., classes + extra)`; the extra classes at the end stay as they are.

        The sums are over the classes that count as one label; those that are not allowed are left out.
        """
        given = probabilities.astype(np.float64)
        if self.merges is None:
            return given
        if not extra:
            return np.asarray(given @ self.merges, np.float64)
        return np.concatenate([given[..., :-extra] @ self.merges, given[..., -extra:]], axis=-1)


@lru_cache(maxsize=64)
def language(alphabet: tuple[str, ...], constraint: Constraint) -> Language:
    """Compile a constraint for a model; raises `OptionError` where it allows no answer, or cannot be understood."""
    labels, members = _merged_labels(alphabet, constraint)
    table, accepting = _automaton(labels, constraint)
    used = np.flatnonzero((table < len(table) - 1).any(axis=0))
    used = used if len(used) else np.arange(1)
    if len(used) < len(labels):  # some stand in no allowed answer
        labels, members, table = tuple(labels[k] for k in used), [members[k] for k in used], table[:, used]
    merges = None
    if members != [[k] for k in range(len(alphabet))]:
        merges = np.zeros((len(alphabet), len(labels)))
        for label, classes in enumerate(members):
            merges[classes, label] = 1.0
    return Language(labels, merges, table, accepting)


def _merged_labels(alphabet: tuple[str, ...], constraint: Constraint) -> tuple[tuple[str, ...], list[list[int]]]:
    """Return the labels of an answer, and for each the model's classes that are counted as it."""
    wanted = constraint.alphabet
    keys = None if wanted is None else {_key(label, constraint) for label in wanted}
    members: dict[str, list[int]] = {}
    for number, label in enumerate(alphabet):
        key = _key(label, constraint)
        if keys is None or key in keys:
            members.setdefault(key, []).append(number)
    if not members:
        told = "".join(sorted(wanted or ()))
        raise OptionError(f"the model knows no label of the alphabet {told!r}; it knows {''.join(alphabet)!r}")
    names = tuple(_name(key, alphabet, constraint) for key in members)
    return names, list(members.values())


def _key(label: str, constraint: Constraint) -> str:
    return label.lower() if constraint.case else label


def _name(key: str, alphabet: tuple[str, ...], constraint: Constraint) -> str:
    if constraint.case == "upper":
        return key.upper()
    if constraint.case == "ignore":
        known = constraint.alphabet if constraint.alphabet is not None else alphabet
        same = [label for label in known if label.lower() == key]
        return same[0] if len(same) == 1 else key
    return key


def _automaton(labels: tuple[str, ...], constraint: Constraint) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
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
                k for k, label in enumerate(labels) if _key(label, constraint) in {_key(a, constraint) for a in p}
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
