"""A labelled image of a dataset, and what its label is made of."""

from __future__ import annotations

from dataclasses import dataclass

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"})
SPLITS = ("train", "validation", "test")
TASKS = ("text", "single-label", "tags")


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled image: its file inside the dataset, label, split, and the row that says so."""

    file: str
    label: str
    split: str
    row: str
    group: str = ""
    source: str = ""


def labels_of(label: str, task: str) -> list[str]:
    """Return the labels that a row's label is made of: characters, one class, or tags between spaces."""
    if task == "text":
        return list(label)
    return label.split() if task == "tags" else [label]
