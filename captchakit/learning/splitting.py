"""What is learned from, and what is held out to validate on."""

from __future__ import annotations

import numpy as np

from captchakit.learning.dataset import Dataset, Item


def learning_split(dataset: Dataset, seed: int) -> tuple[list[Item], list[Item], str]:
    """Return the items to learn from, those to validate on, and in a word which those are.

    Where the dataset has no validation split, a seeded fifth of the train split is held out, whole groups together;
    under five images there is nothing to spare and the train images validate themselves.
    """
    train = list(dataset.split("train"))
    held = [item for item in dataset.items if item.split == "validation"]
    if held:
        return train, held, "validation split"
    if len(train) < 5:
        return train, train, "train images, too few to hold any out"
    groups = sorted({item.group or item.file for item in train})
    order = np.random.default_rng(seed).permutation(len(groups))
    chosen = {groups[k] for k in order[: max(1, len(groups) // 5)]}
    held = [item for item in train if (item.group or item.file) in chosen]
    return [item for item in train if (item.group or item.file) not in chosen], held, "a fifth of the train split"
