"""From an uploaded dataset to a new version of a kept one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from captchakit.errors import DatasetError, ImageError
from captchakit.learning.dataset import Dataset, Item
from captchakit.learning.storage import Storage
from captchakit.reading.image import decode
from captchakit.serving.answers import check_size
from captchakit.serving.errors import RefusedError
from captchakit.serving.store.datasets import Row, Version
from captchakit.serving.store.images import Images
from captchakit.serving.store.store import Store


class Verdict(msgspec.Struct):
    """What became of one row: added, skipped (it is there already) or refused, and why."""

    row: str
    file: str
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """An upload's rows, each with its verdict, and those that may be added."""

    verdicts: list[Verdict]
    fit: list[Item]

    @property
    def refused(self) -> int:
        """How many rows were refused."""
        return sum(v.status == "refused" for v in self.verdicts)


def add(store: Store, name: str, upload: Dataset, most_pixels: int, *, leave_out: bool) -> tuple[Version, Judged]:
    """Add an upload to a kept dataset, all of it or nothing; what is there already is skipped.

    Rows are refused whose image is missing, unreadable, or there with another label or split. They are told by
    `RowsRefusedError` and nothing is added, or with `leave_out` the others are. Raises `DatasetError` where the
    upload and the dataset are not of one kind, `RefusedError` where somebody else has added meanwhile.
    """
    last = store.datasets.version(name)
    there = store.datasets.rows(name, last.number) if last else []
    about = _joined(last.about if last else None, upload)
    judged = judge(upload, there, most_pixels)
    if judged.refused and not leave_out:
        raise RowsRefusedError(judged.verdicts)
    if not judged.fit:
        if last is None:
            raise DatasetError("the upload has no row that could be added")
        return last, judged
    rows = [_kept(store.images, item, upload.storage.read(item.file)) for item in judged.fit]
    version = store.datasets.add(name, about, rows, last.number if last else 0)
    if version is None:
        raise RefusedError(f"somebody else has added to dataset {name!r} meanwhile; send it again")
    return version, judged


class RowsRefusedError(DatasetError):
    """Rows of an upload cannot be added; `verdicts` tells of each row."""

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        self.verdicts = list(verdicts)
        first = next(v for v in verdicts if v.status == "refused")
        count = sum(v.status == "refused" for v in verdicts)
        super().__init__(f"{count} of {len(verdicts)} rows are refused, the first is {first.row}: {first.reason}")


def judge(upload: Dataset, there: Sequence[Row], most_pixels: int) -> Judged:
    """Say of each row whether it can be added to the rows that are there."""
    known = {r.image_hash: (r.label, r.split) for r in there}
    groups = {r.group: r.split for r in there if r.group}
    judged = Judged([], [])
    for item in upload.items:
        verdict = _judge_one(upload, item, known, groups, most_pixels)
        judged.verdicts.append(verdict)
        if verdict.status == "added":
            judged.fit.append(item)
    return judged


def _judge_one(
    upload: Dataset, item: Item, known: dict[str, tuple[str, str]], groups: dict[str, str], most_pixels: int
) -> Verdict:
    try:
        data = upload.storage.read(item.file)
        check_size(data, most_pixels)
        decode(data)
    except KeyError:
        return Verdict(item.row, item.file, "refused", "there is no such image in the archive")
    except (ImageError, DatasetError) as error:
        return Verdict(item.row, item.file, "refused", str(error))
    image_hash = hashlib.sha256(data).hexdigest()
    before = known.get(image_hash)
    if before == (item.label, item.split):
        return Verdict(item.row, item.file, "skipped", "it is there already")
    if before is not None:
        told = f"the same image is there as {before[0]!r} ({before[1]})"
        return Verdict(item.row, item.file, "refused", told)
    if item.group and groups.get(item.group, item.split) != item.split:
        told = f"its group {item.group!r} is in split {groups[item.group]}"
        return Verdict(item.row, item.file, "refused", told)
    known[image_hash] = item.label, item.split
    return Verdict(item.row, item.file, "added")


def _kept(images: Images, item: Item, data: bytes) -> Row:
    image_hash = hashlib.sha256(data).hexdigest()
    path = images.keep(image_hash, data)
    return Row(image_hash, path, len(data), item.label, item.split, item.group, item.source)


def _joined(last: Mapping[str, Any] | None, upload: Dataset) -> dict[str, Any]:
    """Return what describes both the dataset so far and the upload; raises `DatasetError` where nothing can."""
    own = {
        "task": upload.task,
        "alphabet": list(upload.alphabet),
        "min_length": upload.min_length,
        "max_length": upload.max_length,
        "case_sensitive": upload.case_sensitive,
        "alphabet_stated": upload.alphabet_stated,
    }
    if last is None:
        return own
    for field in ("task", "case_sensitive"):
        if last[field] != own[field]:
            raise DatasetError(f"the dataset has {field} {last[field]!r} and the upload {own[field]!r}")
    return {
        **own,
        "alphabet": list(dict.fromkeys([*last["alphabet"], *upload.alphabet])),
        "min_length": min(last["min_length"], upload.min_length),
        "max_length": max(last["max_length"], upload.max_length),
        "alphabet_stated": last.get("alphabet_stated", True) or upload.alphabet_stated,
    }


class KeptFiles:
    """A version's images as a dataset's storage: files by their paths below the image folder."""

    def __init__(self, images: Images, rows: Sequence[Row]) -> None:
        self._images = images
        self._paths = {r.path for r in rows}

    def __contains__(self, file: object) -> bool:
        return file in self._paths

    def files(self) -> list[str]:
        """Return the paths of all files, sorted."""
        return sorted(self._paths)

    def read(self, file: str) -> bytes:
        """Return a file's bytes; raises `KeyError`, or `DatasetError` where it is lost or damaged."""
        if file not in self._paths:
            raise KeyError(file)
        return self._images.read(file)


def kept_dataset(store: Store, version: Version) -> Dataset:
    """Return a version as a dataset, to learn from."""
    rows = store.datasets.rows(version.dataset, version.number)
    about = version.about
    storage: Storage = KeptFiles(store.images, rows)
    return Dataset(
        name=version.dataset,
        task=about["task"],
        alphabet=tuple(about["alphabet"]),
        min_length=about["min_length"],
        max_length=about["max_length"],
        case_sensitive=about["case_sensitive"],
        items=tuple(_items(rows)),
        storage=storage,
        alphabet_stated=about.get("alphabet_stated", True),
    )


def _items(rows: Sequence[Row]) -> Iterator[Item]:
    for number, row in enumerate(rows, start=1):
        yield Item(row.path, row.label, row.split, f"image {number}", row.group, row.source)
