"""Labelled images on disk: reading, checking and writing them.

A dataset is a folder, or a zip of one, in one of three layouts:

* `dataset.toml` (name, task, alphabet or labels, min_length, max_length, case_sensitive, description, answer)
  beside `labels.csv` (`file,label,split`, optionally `group` and `source`) and the images it names;
* a bare folder of images named after their labels: `G622.png`, or `G622_17.png` where a label comes twice;
* `train_v2.csv` (`image_name,tags`) beside `train-jpg/`: several labels an image; optionally `groups.csv`
  (`image_name,group`), which keeps neighbours in one split, and `dataset.toml` with the labels that there may be.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from captchakit.errors import DatasetError
from captchakit.learning.storage import Storage, open_storage
from captchakit.types import ANYTHING, Constraint

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"})
SPLITS = ("train", "validation", "test")
TAGS_CSV, TAGS_IMAGES, GROUPS_CSV = "train_v2.csv", "train-jpg", "groups.csv"
ABOUT: Mapping[str, type | tuple[type, ...]] = {
    "name": str,
    "task": str,
    "alphabet": (str, list),
    "labels": list,
    "min_length": int,
    "max_length": int,
    "case_sensitive": bool,
    "description": str,
    "answer": str,
}
"""What `dataset.toml` may say, and in which kinds of values."""


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled image: its file inside the dataset, label, split, and the row that says so."""

    file: str
    label: str
    split: str
    row: str
    group: str = ""
    source: str = ""


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
        _check_extra(self)
        _check_kinds(self)
        seen: dict[str, Item] = {}
        for item in self.items:
            digest = hashlib.sha256(self.read(item)).hexdigest()
            first = seen.setdefault(digest, item)
            if first.split != item.split:
                raise DatasetError(
                    f"{self.name}: {item.row}: {item.file} ({item.split}) is the same image as "
                    f"{first.file} ({first.split}, {first.row})"
                )

    def digest(self) -> str:
        """Return a SHA-256 over rows and images, the dataset's version."""
        total = hashlib.sha256()
        for item in self.items:
            total.update(f"{item.file}\0{item.label}\0{item.split}\0".encode())
            total.update(hashlib.sha256(self.read(item)).digest())
        return total.hexdigest()


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
    about = _about(storage, name)
    rows = list(_rows(storage, name, "labels.csv", ("file", "label", "split")))
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
    )
    _check_rows(dataset)
    return dataset


def _from_tags(storage: Storage, name: str) -> Dataset:
    about = _about(storage, name)
    groups = _groups(storage, name)
    items = []
    for row, r in _rows(storage, name, TAGS_CSV, ("image_name", "tags")):
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
        described, alphabet=tuple(given or described.alphabet), description=str(about.get("description", ""))
    )
    _check_rows(dataset)
    return dataset


def _groups(storage: Storage, name: str) -> dict[str, tuple[str, str]]:
    """Return each image's group and the row that says so, by the image's name."""
    if GROUPS_CSV not in storage:
        return {}
    rows = _rows(storage, name, GROUPS_CSV, ("image_name", "group"))
    return {r["image_name"]: (r["group"], row) for row, r in rows}


def _from_names(storage: Storage, name: str) -> Dataset:
    files = [
        f for f in storage.files() if Path(f).suffix.lower() in IMAGE_SUFFIXES and not Path(f).name.startswith(".")
    ]
    if not files:
        raise DatasetError(f"{name}: neither labels.csv nor {TAGS_CSV} nor images named after their labels")
    # The split hangs on the bytes, so that it is the same tomorrow and a copied image stays on its side.
    items = [Item(f, Path(f).stem.split("_")[0], _hashed_split(storage.read(f)), f"file {f}") for f in files]
    dataset = _described(storage, name, "text", items)
    _check_rows(dataset)
    return dataset


def _described(storage: Storage, name: str, task: str, items: list[Item]) -> Dataset:
    lengths = [len(labels_of(i.label, task)) for i in items] or [0]
    alphabet = _alphabet_of((i.label for i in items), task)
    return Dataset(name, task, alphabet, min(lengths), max(lengths), True, tuple(items), storage)


def labels_of(label: str, task: str) -> list[str]:
    """Return the labels that a row's label is made of: characters, one class, or tags between spaces."""
    if task == "text":
        return list(label)
    return label.split() if task == "tags" else [label]


def _alphabet_of(labels: Iterable[str], task: str) -> tuple[str, ...]:
    return tuple(sorted({part for label in labels for part in labels_of(label, task)}))


def _hashed_split(content: bytes) -> str:
    return "test" if hashlib.sha256(content).digest()[0] % 5 == 0 else "train"


def _about(storage: Storage, name: str) -> Mapping[str, Any]:
    if "dataset.toml" not in storage:
        return {}
    try:
        about = tomllib.loads(storage.read("dataset.toml").decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DatasetError(f"{name}: dataset.toml cannot be read: {error}") from None
    for key, kind in ABOUT.items():
        if key in about and not isinstance(about[key], kind):
            raise DatasetError(f"{name}: dataset.toml: {key} cannot be {about[key]!r}")
    return about


def _rows(storage: Storage, name: str, file: str, needed: tuple[str, ...]) -> Iterator[tuple[str, Mapping[str, str]]]:
    try:
        reader = csv.DictReader(io.StringIO(storage.read(file).decode("utf-8-sig"), newline=""))
        missing = [c for c in needed if c not in (reader.fieldnames or ())]
        if missing:
            raise DatasetError(f"{name}: {file} has no column {missing[0]!r}")
        for row in reader:
            where = f"{file} line {reader.line_num}"
            empty = [c for c in needed if row[c] is None]
            if empty:
                raise DatasetError(f"{name}: {where}: no {empty[0]}")
            yield where, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{name}: {file} cannot be read: {error}") from None


def _check_rows(dataset: Dataset) -> None:
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


def _check_extra(dataset: Dataset) -> None:
    if TAGS_CSV not in dataset.storage or "labels.csv" in dataset.storage:
        return
    rows = {item.file for item in dataset.items}
    for file in dataset.storage.files():
        if file.startswith(f"{TAGS_IMAGES}/") and Path(file).suffix.lower() in IMAGE_SUFFIXES and file not in rows:
            raise DatasetError(f"{dataset.name}: {file} is in no row of {TAGS_CSV}")


def _check_kinds(dataset: Dataset) -> None:
    if dataset.task == "text":
        return
    kinds = {item.label for item in dataset.items if item.split == "train"}
    if len(kinds) == 1 and len(dataset.items) > 1:
        first = next(item for item in dataset.items if item.split == "train")
        raise DatasetError(
            f"{dataset.name}: {first.row}: {first.file} and every other image to learn from is {first.label!r}; "
            f"there is nothing to tell apart"
        )


def _check_groups(dataset: Dataset) -> None:
    seen: dict[str, Item] = {}
    for item in dataset.items:
        first = seen.setdefault(item.group, item) if item.group else item
        if first.split != item.split:
            raise DatasetError(
                f"{dataset.name}: {item.row}: {item.file} ({item.split}) is of group {item.group!r}, "
                f"as is {first.file} ({first.split}, {first.row})"
            )


@dataclass(frozen=True, slots=True)
class Sample:
    """An image to be written into a dataset: its encoded bytes, file suffix, label and split."""

    data: bytes
    suffix: str
    label: str
    split: str


def write(folder: Path, samples: Iterable[Sample], **about: str | int | bool) -> int:
    """Write `samples` as a dataset folder and return how many there were.

    `about` goes into `dataset.toml`: name, task, alphabet, min_length, max_length, case_sensitive, description.
    Raises `DatasetError` where the folder holds something already: nothing is overwritten.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DatasetError(f"{folder} is there already and not an empty folder")
    (folder / "images").mkdir(parents=True, exist_ok=True)
    count = 0
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(("file", "label", "split"))
        for count, sample in enumerate(samples, start=1):
            file = f"images/{count - 1:05d}{sample.suffix}"
            (folder / file).write_bytes(sample.data)
            rows.writerow((file, sample.label, sample.split))
    lines = [f"{key} = {_toml(value)}\n" for key, value in about.items()]
    (folder / "dataset.toml").write_text("".join(lines), encoding="utf-8")
    return count


def _toml(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
