"""Labels and their classes: what every codec shares."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache


def checked(alphabet: Iterable[str]) -> tuple[str, ...]:
    """Return the alphabet as a tuple; raises `ValueError` where it is empty or names a label twice."""
    labels = tuple(alphabet)
    if not labels:
        raise ValueError("the alphabet is empty")
    if len(set(labels)) < len(labels) or not all(labels):
        raise ValueError("a label of the alphabet is empty or stands in it twice")
    return labels


def indices(label: str, alphabet: tuple[str, ...]) -> list[int] | None:
    """Return the classes of a label's parts, None where one is not in the alphabet.

    A label is cut into characters unless the alphabet has labels of several characters, which are classes whole.
    """
    places = _places(alphabet)
    parts = [label] if any(len(a) > 1 for a in alphabet) else list(label)
    return [places[p] for p in parts] if all(p in places for p in parts) else None


@lru_cache(maxsize=64)
def _places(alphabet: tuple[str, ...]) -> dict[str, int]:
    return {label: number for number, label in enumerate(alphabet)}
