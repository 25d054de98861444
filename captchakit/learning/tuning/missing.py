"""What few labels miss: it need not be wrong, and need not be absent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from captchakit.learning.dataset import Dataset, labels_of
from captchakit.learning.tuning.folds import all_labelled

UNLIKELY = 0.01
"""Where a class would be missed with less probability, were all as frequent, one that is missing is not there."""

KINDS: tuple[Callable[[str], bool], ...] = (str.isdigit, str.isupper, str.islower)
"""Labels come in these: where one of a kind is drawn, the others of it may be."""


def telling(characters: int, classes: int) -> bool:
    """Return whether so many characters that do not show one of the classes tell that it is not there."""
    return (1 - 1 / classes) ** characters < UNLIKELY


def compared(labels: Sequence[Sequence[int]], more: Sequence[Sequence[int]], classes: int) -> Collection[int]:
    """Return the classes that these labels show, or all where they are too many to miss one by chance.

    Shown a few pictures alone, a network learns that the classes that happen to be missing never come, and forgets them
    (Caccia et al. 2022, "New insights on reducing abrupt representation change in online continual learning",
    arXiv:2104.05025, compares the classes at hand alone for that). `more` are answers taken for labels: they show
    classes, but as those were sure, what they miss says nothing.
    """
    if telling(sum(map(len, labels)), classes):
        return range(classes)
    return {label for each in (*labels, *more) for label in each}


def widened(dataset: Dataset, known: Iterable[str]) -> Dataset:
    """Return a dataset whose alphabet is made of its labels with what those may have missed by chance.

    That is, of the labels that a model has `known`, those of the kinds that the alphabet has. One letter alone is a
    sign, such as the x of multiplication.
    """
    alphabet = dataset.alphabet
    if dataset.alphabet_stated or max(map(len, alphabet), default=0) != 1:
        return dataset
    kinds = [kind for kind in KINDS if sum(map(kind, alphabet)) > 1]
    more = [label for label in known if label not in alphabet and any(kind(label) for kind in kinds)]
    characters = sum(len(labels_of(item.label, dataset.task)) for item in all_labelled(dataset))
    wide = tuple(sorted((*alphabet, *more)))
    return dataset if telling(characters, len(wide)) else replace(dataset, alphabet=wide)
