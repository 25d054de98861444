"""Reading a dataset in each of the three layouts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from captchakit.errors import DatasetError
from captchakit.learning.dataset.checks import check_rows
from captchakit.learning.dataset.item import IMAGE_SUFFIXES, Item, labels_of
from captchakit.learning.dataset.labelled import Dataset
from captchakit.learning.dataset.tables import GROUPS_CSV, TAGS_CSV, TAGS_IMAGES, about_in, rows_in
from captchakit.learning.storage import Storage, open_storage


def load(path: str | Path) -> Dataset:
    """Read a dataset's rows (not its images) from a folder or a zip; raises `DatasetError`."""
    path = Path(path)
    return read(open_storage(path), path.stem if path.is_file() else path.resolve().name)


def read(storage: Storage, name: str) -> Dataset:
    """Read a dataset's rows from files that are open already; raises `DatasetError`."""
    if "labels.csv" in storage:
        return _from_labels(storage, name)
    if TAGS_CSV in storage:
        return _from_tags(storage, name)
    return _from_names(storage, name)


def _from_labels(storage: Storage, name: str) -> Dataset:
    about = about_in(storage, name)
    rows = list(rows_in(storage, name, "labels.csv", ("file", "label", "split")))
    items = tuple(
        Item(r["file"], r["label"], r["split"], row, r.get("group") or "", r.get("source") or "") for row, r in rows
    )
    task = str(about.get("task", "text"))
    given = about.get("alphabet") or about.get("labels")
    alphabet = tuple(given) if given else _alphabet_of((i.label for i in items), task)
    lengths = [len(labels_of(i.label, task)) for i in items] or [0]
    dataset = Dataset(
        name=str(about.get("name", name)),
        task=task,
        alphabet=alphabet,
        min_length=int(about.get("min_length", min(lengths))),
        max_length=int(about.get("max_length", max(lengths))),
        case_sensitive=bool(about.get("case_sensitive", True)),
        items=items,
        storage=storage,
        description=str(about.get("description", "")),
        answer=str(about.get("answer", "")),
        alphabet_stated=bool(given),
    )
    check_rows(dataset)
    return dataset


def _from_tags(storage: Storage, name: str) -> Dataset:
    about = about_in(storage, name)
    groups = _groups(storage, name)
    items = []
    for row, r in rows_in(storage, name, TAGS_CSV, ("image_name", "tags")):
        image = r["image_name"]
        group = groups.pop(image, ("", ""))[0]
        # The split hangs on the group, or on the name where an image is alone.
        split = _hashed_split((group or image).encode())
        items.append(Item(f"{TAGS_IMAGES}/{image}.jpg", r["tags"], split, row, group))
    for image, (_, row) in groups.items():
        raise DatasetError(f"{name}: {row}: {image} is in no row of {TAGS_CSV}")
    described = _described(storage, str(about.get("name", name)), "tags", items)
    given = about.get("labels") or about.get("alphabet")
    dataset = replace(
        described,
        alphabet=tuple(given or described.alphabet),
        description=str(about.get("description", "")),
        alphabet_stated=bool(given),
    )
    check_rows(dataset)
    return dataset


def _groups(storage: Storage, name: str) -> dict[str, tuple[str, str]]:
    """Return each image's group and the row that says so, by the image's name; raises `DatasetError`."""
    if GROUPS_CSV not in storage:
        return {}
    groups: dict[str, tuple[str, str]] = {}
    for row, r in rows_in(storage, name, GROUPS_CSV, ("image_name", "group")):
        group, first = groups.setdefault(r["image_name"], (r["group"], row))
        if group != r["group"]:
            raise DatasetError(f"{name}: {row}: {r['image_name']} stands at {first} in another group, {group!r}")
    return groups


def _from_names(storage: Storage, name: str) -> Dataset:
    files = [
        f for f in storage.files() if Path(f).suffix.lower() in IMAGE_SUFFIXES and not Path(f).name.startswith(".")
    ]
    if not files:
        raise DatasetError(f"{name}: neither labels.csv nor {TAGS_CSV} nor images named after their labels")
    # The split hangs on the bytes, so that it is the same tomorrow and a copied image stays on its side.
    items = [Item(f, Path(f).stem.split("_")[0], _hashed_split(storage.read(f)), f"file {f}") for f in files]
    dataset = _described(storage, name, "text", items)
    check_rows(dataset)
    return dataset


def _described(storage: Storage, name: str, task: str, items: list[Item]) -> Dataset:
    lengths = [len(labels_of(i.label, task)) for i in items] or [0]
    alphabet = _alphabet_of((i.label for i in items), task)
    return Dataset(name, task, alphabet, min(lengths), max(lengths), True, tuple(items), storage, alphabet_stated=False)


def _alphabet_of(labels: Iterable[str], task: str) -> tuple[str, ...]:
    return tuple(sorted({part for label in labels for part in labels_of(label, task)}))


def _hashed_split(content: bytes) -> str:
    return "test" if hashlib.sha256(content).digest()[0] % 5 == 0 else "train"
