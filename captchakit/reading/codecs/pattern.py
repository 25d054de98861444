r"""Regular expressions, as far as they describe a set of strings, compiled by hand so that sets can be counted in.

Read are the parts of Python's `re` that need no memory of what was matched: characters, `.`, classes as `[A-Fx-z]` and
`[^0-9]`, `\d \w \s \D \W \S` and other characters behind a backslash, groups `(...)` and `(?:...)`, `|`, and
the repeats `* + ? {n} {n,} {,m} {n,m}` (lazy or not, which is the same set). The whole answer must match, so `^` and
`$` are allowed at both ends and mean nothing. The automaton is the position automaton (Glushkov 1961): its states are
the places of the pattern, with no empty moves; sets of them are the states of a deterministic one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from captchakit.reading.codecs.grammar import Characters, Choice, Node, Repeat, Sequence, parse

MOST_PLACES = 2000
MOST_WORK = 300_000
"""Places looked at in all steps together: well under a second."""

START = -1


@dataclass(frozen=True, slots=True)
class _Part:
    """What is known of a part of the pattern: whether it matches nothing, and at which places it starts and ends."""

    nullable: bool
    first: frozenset[int]
    last: frozenset[int]


NOTHING = _Part(nullable=True, first=frozenset(), last=frozenset())


class Pattern:
    """A compiled pattern: `start`, `step` and `accepts` are those of a deterministic automaton."""

    def __init__(self, pattern: str) -> None:
        """Compile; raises `ValueError` that names what is not understood, or where the pattern is too large."""
        self._places: list[Characters] = []
        self._follow: dict[int, set[int]] = {}
        self._known: dict[frozenset[int], frozenset[int]] = {}
        self._work = 0
        whole = self._built(parse(pattern))
        self._follow[START] = set(whole.first)
        self._accepting = whole.last | ({START} if whole.nullable else set())
        self.start: frozenset[int] = frozenset({START})

    def step(self, state: frozenset[int], forms: Iterable[str]) -> frozenset[int]:
        """Return the state after a character, given in all forms that count as the same; empty where none fits.

        Raises `ValueError` where the pattern has taken too much work already.
        """
        known = frozenset(forms)
        reached = self._reached(state)
        self._work += len(reached)
        if self._work > MOST_WORK:
            raise ValueError("it takes too long to compile")
        return frozenset(place for place in reached if self._places[place].holds(known))

    def accepts(self, state: frozenset[int]) -> bool:
        """Return whether what led to the state matches."""
        return not self._accepting.isdisjoint(state)

    def _reached(self, state: frozenset[int]) -> frozenset[int]:
        if state not in self._known:
            self._work += sum(len(self._follow[before]) for before in state)
            self._known[state] = frozenset().union(*(self._follow[before] for before in state))
        return self._known[state]

    def _built(self, node: Node) -> _Part:
        match node:
            case Characters():
                return self._place(node)
            case Sequence(parts):
                return self._chain(self._built(part) for part in parts)
            case Choice(options):
                built = [self._built(option) for option in options]
                return _Part(
                    any(b.nullable for b in built),
                    frozenset().union(*(b.first for b in built)),
                    frozenset().union(*(b.last for b in built)),
                )
            case Repeat():
                return self._chain(self._copies(node))

    def _place(self, characters: Characters) -> _Part:
        number = len(self._places)
        if number == MOST_PLACES:
            raise ValueError(f"it has more than {MOST_PLACES} places once its repeats are written out")
        self._places.append(characters)
        self._follow[number] = set()
        return _Part(nullable=False, first=frozenset({number}), last=frozenset({number}))

    def _copies(self, node: Repeat) -> Iterable[_Part]:
        for _ in range(node.least):
            yield self._built(node.part)
        if node.most is None:
            looped = self._built(node.part)
            self._link(looped, looped)
            yield _Part(True, looped.first, looped.last)
            return
        yield self._up_to(node.part, node.most - node.least)

    def _up_to(self, node: Node, times: int) -> _Part:
        """Return `(x(x(x)?)?)?`, in which each copy follows the one before it alone."""
        whole = NOTHING
        for part in [self._built(node) for _ in range(times)][::-1]:
            self._link(part, whole)
            first = part.first | (whole.first if part.nullable else frozenset())
            whole = _Part(nullable=True, first=first, last=part.last | whole.last)
        return whole

    def _link(self, before: _Part, after: _Part) -> None:
        for place in before.last:
            self._follow[place] |= after.first

    def _chain(self, parts: Iterable[_Part]) -> _Part:
        whole = NOTHING
        for part in parts:
            self._link(whole, part)
            whole = _Part(
                whole.nullable and part.nullable,
                whole.first | (part.first if whole.nullable else frozenset()),
                part.last | (whole.last if part.nullable else frozenset()),
            )
        return whole
