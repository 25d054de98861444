"""How many labels are learned from: fewer, to see what labels are worth, and what more of them would bring."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from captchakit.errors import DatasetError
from captchakit.learning.dataset import Dataset


def limited(dataset: Dataset, count: int, seed: int) -> Dataset:
    """Return the dataset with the first `count` labels of its train split after a seeded shuffle.

    A validation split is left out, since its labels are labels too; the test split stays. Raises `DatasetError` where
    there are not so many.
    """
    train = dataset.split("train")
    if not 1 <= count <= len(train):
        raise DatasetError(f"{dataset.name}: there are {len(train)} labels to learn from, {count} are asked for")
    chosen = {train[k].file for k in np.random.default_rng(seed).permutation(len(train))[:count]}
    kept = tuple(i for i in dataset.items if i.split == "test" or (i.split == "train" and i.file in chosen))
    return replace(dataset, items=kept)
