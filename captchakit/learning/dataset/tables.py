"""The files beside the images: the description, and tables of rows."""

from __future__ import annotations

import csv
import io
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from captchakit.errors import DatasetError
from captchakit.learning.dataset.item import TASKS
from captchakit.learning.storage import Storage

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


def about_in(storage: Storage, name: str) -> Mapping[str, Any]:
    """Return what `dataset.toml` says, nothing where there is none; raises `DatasetError`."""
    if "dataset.toml" not in storage:
        return {}
    try:
        about = tomllib.loads(storage.read("dataset.toml").decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DatasetError(f"{name}: dataset.toml cannot be read: {error}") from None
    for key, kind in ABOUT.items():
        if key in about and not isinstance(about[key], kind):
            raise DatasetError(f"{name}: dataset.toml: {key} cannot be {about[key]!r}")
    if about.get("task", TASKS[0]) not in TASKS:
        raise DatasetError(f"{name}: dataset.toml: task {about['task']!r} is none of {', '.join(TASKS)}")
    for label, times in Counter(map(repr, about.get("alphabet") or about.get("labels") or ())).items():
        if times > 1:
            raise DatasetError(f"{name}: dataset.toml: the label {label} is given twice")
    return about


def rows_in(storage: Storage, name: str, file: str, needed: tuple[str, ...]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield where each row of a table stands, and the row by column; raises `DatasetError` naming what is missing."""
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
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1  # of what was decoded, which begins after the mark
        raise DatasetError(f"{name}: {file} line {line} is not UTF-8: {error.reason}") from None
    except csv.Error as error:
        raise DatasetError(f"{name}: {file} cannot be read: {error}") from None
