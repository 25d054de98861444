"""Writing a dataset."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from captchakit.errors import DatasetError


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
