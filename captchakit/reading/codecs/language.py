"""The answers that a constraint allows, as a deterministic automaton over the labels of an answer.

Every allowed answer is the word of exactly one path through it, so that a sum over paths counts every answer once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from captchakit.errors import OptionError
from captchakit.reading.codecs.automaton import automaton, folded
from captchakit.types import Constraint


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
    table, accepting = automaton(labels, constraint)
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
    keys = None if wanted is None else {folded(label, constraint) for label in wanted}
    members: dict[str, list[int]] = {}
    for number, label in enumerate(alphabet):
        key = folded(label, constraint)
        if keys is None or key in keys:
            members.setdefault(key, []).append(number)
    if not members:
        told = "".join(sorted(wanted or ()))
        between = "" if max(map(len, alphabet)) == 1 else ", "
        raise OptionError(f"the model knows no label of the alphabet {told!r}; it knows {between.join(alphabet)!r}")
    names = tuple(_name(key, alphabet, constraint) for key in members)
    return names, list(members.values())


def _name(key: str, alphabet: tuple[str, ...], constraint: Constraint) -> str:
    if constraint.case == "upper":
        return key.upper()
    if constraint.case == "ignore":
        known = constraint.alphabet if constraint.alphabet is not None else alphabet
        same = [label for label in known if label.lower() == key]
        return same[0] if len(same) == 1 else key
    return key
