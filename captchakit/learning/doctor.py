"""What is odd about a dataset, though it can be learned from."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from captchakit.learning.dataset import Dataset, Item, labels_of

RARE = 3
"""Labels that occur less often are hardly learned."""


def oddities(dataset: Dataset) -> list[str]:
    """Return a line for each thing that a person should know before believing what comes of the labels.

    Raises `DatasetError` naming the row of an image that is missing.
    """
    learned = [item for item in dataset.items if item.split != "test"]
    return [*_copies(dataset, learned), *_rare(dataset, learned)]


def leaks(dataset: Dataset, scored: Sequence[Item]) -> list[str]:
    """Return a line where images that are scored are in another split too, so that a model may know them by heart.

    Only files that are equal byte for byte are found. Raises `DatasetError` naming the row of a scored image that is
    missing; one that is missing elsewhere is not needed here.
    """
    splits = {item.split for item in scored}
    others = [i for i in dataset.items if len(splits) == 1 and i.split not in splits and i.file in dataset.storage]
    known = {_hash(dataset, item): item for item in reversed(others)}
    twice = [(item, other) for item in scored if known and (other := known.get(_hash(dataset, item)))]
    if not twice:
        return []
    item, other = twice[0]
    return [
        f"{len(twice)} of {len(scored)} images of split {item.split} are in another split too, so a score says less: "
        f"{item.row}: {item.file} is the same image as {other.file} ({other.split}, {other.row})"
    ]


def _hash(dataset: Dataset, item: Item) -> bytes:
    return hashlib.sha256(dataset.read(item)).digest()


def _copies(dataset: Dataset, items: list[Item]) -> list[str]:
    first: dict[bytes, Item] = {}
    said, copies = [], 0
    for item in items:
        known = first.setdefault(_hash(dataset, item), item)
        copies += known is not item
        if known.label != item.label:
            said.append(
                f"{item.row}: {item.file} is the same image as {known.file} ({known.row}), "
                f"but is labelled {item.label!r}, not {known.label!r}"
            )
    if len(items) > 1 and len(first) == 1:
        said.append(f"all {len(items)} images are the same one: nothing but it will be read")
    elif copies:
        said.append(f"{copies} of {len(items)} images are copies of others")
    return said


def _rare(dataset: Dataset, items: list[Item]) -> list[str]:
    counts = Counter(part for item in items for part in labels_of(_in_case(dataset, item.label), dataset.task))
    known = {_in_case(dataset, label): label for label in dataset.alphabet}
    never = [label for key, label in known.items() if not counts[key]]
    rare = [label for key, label in known.items() if 0 < counts[key] < RARE]
    said = []
    if never:
        said.append(f"no label has {_listed(never)}: nothing of it is learned")
    if rare:
        said.append(f"fewer than {RARE} labels have {_listed(rare)}: more of them would help")
    return said


def _in_case(dataset: Dataset, label: str) -> str:
    return label if dataset.case_sensitive else label.lower()


def _listed(labels: list[str]) -> str:
    shown = " ".join(labels[:20])
    return shown if len(labels) <= 20 else f"{shown} and {len(labels) - 20} more"
