"""Labelled images with fixed splits."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from captchakit.errors import DatasetError
from captchakit.learning.dataset.checks import check_extra, check_images, check_kinds
from captchakit.learning.dataset.item import Item
from captchakit.learning.storage import Storage
from captchakit.types import ANYTHING, Constraint


@dataclass(frozen=True)
class Dataset:
    """Labelled images with fixed splits. `alphabet` is in the order given; lengths are in labels an answer.

    `answer` names the stage that makes an answer of a label as written, such as `arithmetic`; a label may be the answer
    too, where it is only compared. `constraint` is what a model that learns from it is to keep to; see `restricted`.
    """

    name: str
    task: str
    alphabet: tuple[str, ...]
    min_length: int
    max_length: int
    case_sensitive: bool
    items: tuple[Item, ...]
    storage: Storage = field(repr=False, compare=False)
    description: str = ""
    answer: str = ""
    constraint: Constraint = ANYTHING
    alphabet_stated: bool = True
    """Whether somebody said what the alphabet is; else it is what the labels happen to show."""

    def __len__(self) -> int:
        return len(self.items)

    def split(self, name: str) -> tuple[Item, ...]:
        """Return the items of a split, or all of them for `all`; raises `DatasetError` where there are none."""
        chosen = tuple(i for i in self.items if name in ("all", i.split))
        if not chosen:
            counts = Counter(i.split for i in self.items)
            there = ", ".join(f"{k}: {n}" for k, n in counts.items()) or "no image at all"
            raise DatasetError(f"{self.name}: no image in split {name!r} ({there})")
        return chosen

    def read(self, item: Item) -> bytes:
        """Return an item's image file; raises `DatasetError` naming the row where it is missing."""
        try:
            return self.storage.read(item.file)
        except KeyError:
            raise DatasetError(f"{self.name}: {item.row}: there is no image {item.file}") from None

    def check(self) -> None:
        """Read every image once; raise `DatasetError` naming the row where one is missing or straddles splits.

        Also where an image of the several-label layout is in no row, and where there is but one kind to tell.
        """
        check_extra(self)
        check_kinds(self)
        check_images(self)

    def digest(self) -> str:
        """Return a SHA-256 over rows and images, the dataset's version."""
        total = hashlib.sha256()
        for item in self.items:
            total.update(f"{item.file}\0{item.label}\0{item.split}\0".encode())
            total.update(hashlib.sha256(self.read(item)).digest())
        return total.hexdigest()
