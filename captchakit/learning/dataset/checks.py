"""What is wrong with a dataset, told by the row."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from captchakit.errors import DatasetError
from captchakit.learning.dataset.item import IMAGE_SUFFIXES, SPLITS, Item, labels_of
from captchakit.learning.dataset.tables import TAGS_CSV, TAGS_IMAGES

if TYPE_CHECKING:  # a dataset checks itself by these
    from captchakit.learning.dataset.labelled import Dataset


def check_rows(dataset: Dataset) -> None:
    """Raise `DatasetError` naming the first row whose label, split, file or group cannot be."""
    known = set(dataset.alphabet)
    if not dataset.case_sensitive:
        known |= {c.lower() for c in known} | {c.upper() for c in known}
    seen: dict[str, Item] = {}
    for item in dataset.items:
        where = f"{dataset.name}: {item.row}: {item.file}"
        labels = labels_of(item.label, dataset.task)
        if not labels or not item.label:
            raise DatasetError(f"{where} has an empty label")
        strange = [part for part in labels if part not in known]
        if strange:
            raise DatasetError(f"{where}: label {item.label!r} has {strange[0]!r}, which the alphabet lacks")
        if not dataset.min_length <= len(labels) <= dataset.max_length:
            raise DatasetError(
                f"{where}: label {item.label!r} has length {len(labels)}, "
                f"not {dataset.min_length} to {dataset.max_length}"
            )
        if item.split not in SPLITS:
            raise DatasetError(f"{where}: split {item.split!r} is none of {', '.join(SPLITS)}")
        first = seen.setdefault(item.file, item)
        if first is not item:
            raise DatasetError(f"{where} stands at {first.row} already ({first.split} and {item.split})")
    _check_groups(dataset)


def _check_groups(dataset: Dataset) -> None:
    seen: dict[str, Item] = {}
    for item in dataset.items:
        first = seen.setdefault(item.group, item) if item.group else item
        if first.split != item.split:
            raise DatasetError(
                f"{dataset.name}: {item.row}: {item.file} ({item.split}) is of group {item.group!r}, "
                f"as is {first.file} ({first.split}, {first.row})"
            )


def check_extra(dataset: Dataset) -> None:
    """Raise `DatasetError` where an image of the several-label layout is in no row."""
    if TAGS_CSV not in dataset.storage or "labels.csv" in dataset.storage:
        return
    rows = {item.file for item in dataset.items}
    for file in dataset.storage.files():
        if file.startswith(f"{TAGS_IMAGES}/") and Path(file).suffix.lower() in IMAGE_SUFFIXES and file not in rows:
            raise DatasetError(f"{dataset.name}: {file} is in no row of {TAGS_CSV}")


def check_kinds(dataset: Dataset) -> None:
    """Raise `DatasetError` where there is but one kind of label to learn."""
    if dataset.task == "text":
        return
    kinds = {item.label for item in dataset.items if item.split == "train"}
    if len(kinds) == 1 and len(dataset.items) > 1:
        first = next(item for item in dataset.items if item.split == "train")
        raise DatasetError(
            f"{dataset.name}: {first.row}: {first.file} and every other image to learn from is {first.label!r}; "
            f"there is nothing to tell apart"
        )


def check_images(dataset: Dataset) -> None:
    """Read every image; raise `DatasetError` naming the row where one is missing or straddles splits."""
    seen: dict[str, Item] = {}
    for item in dataset.items:
        digest = hashlib.sha256(dataset.read(item)).hexdigest()
        first = seen.setdefault(digest, item)
        if first.split != item.split:
            raise DatasetError(
                f"{dataset.name}: {item.row}: {item.file} ({item.split}) is the same image as "
                f"{first.file} ({first.split}, {first.row})"
            )
