"""Which labels are held out to be validated on, and which are learned from meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from captchakit.learning.dataset import Dataset, Item

FEW = 150
"""Under so many labels every one is held out once, in as many folds; from here on a fifth is held out, once."""

FOLDS = 3
LEAST = 6
"""Under so many labels none can be spared."""


class Fold(NamedTuple):
    """Items to learn from, and items to validate on."""

    learned: list[Item]
    held: list[Item]


def folds_of(dataset: Dataset, seed: int) -> tuple[list[Fold], str]:
    """Return the folds, and in a word what is validated on; groups stay together.

    A validation split is used as it is. No fold comes back where there are too few labels to hold any out.
    """
    train = list(dataset.split("train"))
    held = [item for item in dataset.items if item.split == "validation"]
    if held:
        return [Fold(train, held)], "validation split"
    groups = sorted({item.group or item.file for item in train})
    if len(groups) < LEAST:
        return [], "train images, too few to hold any out"
    order = np.random.default_rng(seed).permutation(len(groups))
    if len(train) >= FEW:
        return [_fold(train, {groups[k] for k in order[: len(groups) // 5]})], "a fifth of the labels, held out"
    parts = [{groups[k] for k in order[number::FOLDS]} for number in range(FOLDS)]
    return [_fold(train, part) for part in parts], f"all labels, held out in {FOLDS} folds"


def _fold(items: Sequence[Item], held: set[str]) -> Fold:
    return Fold(
        [item for item in items if (item.group or item.file) not in held],
        [item for item in items if (item.group or item.file) in held],
    )


def all_labelled(dataset: Dataset) -> list[Item]:
    """Return every item that may be learned from in the end: all but the test split."""
    return [item for item in dataset.items if item.split != "test"]
