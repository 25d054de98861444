"""Reading a regular expression into a tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

CATEGORIES: Mapping[str, Callable[[str], bool]] = {
    "d": str.isdecimal,
    "w": lambda c: c.isalnum() or c == "_",
    "s": str.isspace,
}
ENDS = "|)"
REPEATS = "*+?{"
MOST_REPEATS = 1000


@dataclass(frozen=True, slots=True)
class Characters:
    """A set of characters: ranges, and categories by the letter that stands behind a backslash."""

    ranges: tuple[tuple[str, str], ...] = ()
    categories: str = ""
    negated: bool = False

    def holds(self, forms: frozenset[str]) -> bool:
        """Return whether a character, given in all forms that count as the same, belongs to the set."""
        inside = any(low <= c <= high for c in forms for low, high in self.ranges)
        inside = inside or any(_of_category(c, kind) for c in forms for kind in self.categories)
        return inside != self.negated


def _of_category(character: str, kind: str) -> bool:
    return CATEGORIES[kind.lower()](character) != kind.isupper()


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of them."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """From `least` to `most` times, without end where that is None."""

    part: Node
    least: int
    most: int | None


Node = Characters | Sequence | Choice | Repeat


def parse(pattern: str) -> Node:
    """Return the tree of a pattern; raises `ValueError` that says what is not understood and where."""
    reader = _Reader(pattern)
    node = reader.choice(depth=0)
    if reader.more():
        raise reader.refused("a ')' that closes nothing")
    return node


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0

    def refused(self, what: str) -> ValueError:
        return ValueError(f"{what} at character {min(self.at, len(self.text)) + 1}")

    def more(self) -> bool:
        return self.at < len(self.text)

    def take(self, wanted: str) -> bool:
        found = self.text.startswith(wanted, self.at)
        self.at += len(wanted) * found
        return found

    def next(self) -> str:
        if not self.more():
            raise self.refused("the pattern ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def choice(self, depth: int) -> Node:
        if depth > 50:
            raise self.refused("groups are nested more than 50 deep")
        options = [self.sequence(depth)]
        while self.take("|"):
            options.append(self.sequence(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.more() and self.text[self.at] not in ENDS:
            if not self._anchored():
                parts.append(self.repeated(self.atom(depth)))
        return Sequence(tuple(parts))

    def _anchored(self) -> bool:
        """Pass over `^` as the first and `$` as the last character."""
        ends = (self.at == 0 and self.text[0] == "^") or self.text[self.at :] == "$"
        self.at += ends
        return ends

    def atom(self, depth: int) -> Node:
        character = self.next()
        if character == "(":
            return self.group(depth)
        if character == "[":
            return self.set()
        if character == ".":
            return Characters((("\n", "\n"),), negated=True)
        if character == "\\":
            return self.escaped()
        if character in "^$*+?{":
            self.at -= 1
            raise self.refused(f"{character!r} has no meaning here (write \\{character} for the character)")
        return Characters(((character, character),))

    def group(self, depth: int) -> Node:
        if self.take("?") and not self.take(":"):
            raise self.refused("of the groups that begin with '(?' only '(?:...)' is understood")
        node = self.choice(depth + 1)
        if not self.take(")"):
            raise self.refused("a group is not closed")
        return node

    def escaped(self) -> Characters:
        character = self.next()
        if character.lower() in CATEGORIES:
            return Characters(categories=character)
        if character.isalnum():
            self.at -= 1
            raise self.refused(f"\\{character} is not understood")
        return Characters(((character, character),))

    def set(self) -> Characters:
        negated, ranges, categories = self.take("^"), [], ""
        first = True
        while first or not self.take("]"):
            first = False
            low = self._member()
            if low.categories:
                categories += low.categories
            elif self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
                self.at += 1
                ranges.append(self._range(low, self._member()))
            else:
                ranges.append(low.ranges[0])
        return Characters(tuple(ranges), categories, negated)

    def _member(self) -> Characters:
        character = self.next()
        return self.escaped() if character == "\\" else Characters(((character, character),))

    def _range(self, low: Characters, high: Characters) -> tuple[str, str]:
        if not high.ranges or high.ranges[0][0] < low.ranges[0][0]:
            raise self.refused("a range of characters that runs backwards or ends in no character")
        return low.ranges[0][0], high.ranges[0][0]

    def repeated(self, part: Node) -> Node:
        if not self.more() or self.text[self.at] not in REPEATS:
            return part
        least, most = self._bounds()
        self.take("?")  # lazy: the same set of strings
        if self.more() and self.text[self.at] in REPEATS:
            raise self.refused("a repeat of a repeat")
        return Repeat(part, least, most)

    def _bounds(self) -> tuple[int, int | None]:
        sign = self.next()
        if sign != "{":
            return int(sign == "+"), 1 if sign == "?" else None
        inside, closed, rest = self.text[self.at :].partition("}")
        low, comma, high = inside.partition(",")
        if not closed or not all(n.isdecimal() and n.isascii() for n in (low, high) if n) or not inside:
            raise self.refused("a '{' that begins no repeat such as {3} or {2,5} (write \\{ for the character)")
        self.at = len(self.text) - len(rest)
        least, most = int(low or 0), int(high) if high else None if comma else int(low)
        if (most is not None and most < least) or max(least, most or 0) > MOST_REPEATS:
            raise self.refused(f"a repeat that runs backwards or is over {MOST_REPEATS}")
        return least, most
