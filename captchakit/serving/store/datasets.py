"""Datasets that grow: rows are only ever added, so that a version is all rows up to it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from captchakit.serving.store.database import Database
from captchakit.serving.store.tables import dataset_items, dataset_versions, images

LOCK = 0x64617461
"""The number of PostgreSQL's advisory lock under which a version is added: one after the other."""


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled image of a dataset; `path` is that of its bytes below the image folder."""

    image_hash: str
    path: str
    bytes: int
    label: str
    split: str
    group: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A state of a dataset, by its number from 1; `about` is what `dataset.toml` says."""

    dataset: str
    number: int
    about: Mapping[str, Any]
    added: int
    images: int
    digest: str
    created: float


class Datasets:
    """The tables `dataset_versions` and `dataset_items`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def version(self, dataset: str, number: int | None = None) -> Version | None:
        """Return a version of a dataset, the newest one for None."""
        with self._database.reading() as connection:
            return _version(connection, dataset, number)

    def versions(self, limit: int = 100) -> list[Version]:
        """Return versions of all datasets, the newest first."""
        wanted = select(dataset_versions).order_by(dataset_versions.c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [_made(row) for row in connection.execute(wanted).mappings()]

    def rows(self, dataset: str, number: int) -> list[Row]:
        """Return the rows of a version, in the order in which they were added."""
        with self._database.reading() as connection:
            return _rows(connection, dataset, number)

    def add(self, dataset: str, about: Mapping[str, Any], new: Sequence[Row], seen: int) -> Version | None:
        """Add rows as one version, all or none; None where the dataset is not at version `seen` any more."""
        now = self._database.now()
        with self._database.writing(LOCK) as connection:
            last = _version(connection, dataset, None)
            if (last.number if last else 0) != seen:
                return None
            known = self._database.insert(images).on_conflict_do_nothing()
            pictures = sorted({(r.image_hash, r.path, r.bytes) for r in new})
            connection.execute(known, [{"hash": h, "path": p, "bytes": b, "created": now} for h, p, b in pictures])
            # An image that was only asked about, and not kept then, has its bytes now.
            for image_hash, path, _ in pictures:
                lost = images.update().where(images.c.hash == image_hash, images.c.path.is_(None))
                connection.execute(lost.values(path=path))
            connection.execute(dataset_items.insert(), [_values(dataset, seen + 1, r) for r in new])
            rows = _rows(connection, dataset, seen + 1)
            values = {"dataset": dataset, "number": seen + 1, "about": dict(about), "added": len(new)}
            values |= {"images": len(rows), "digest": _digest(about, rows), "created": now}
            connection.execute(dataset_versions.insert().values(values))
            return _made(values)

    def count(self, dataset: str) -> int:
        """Return how many images a dataset has."""
        wanted = select(func.count()).select_from(dataset_items).where(dataset_items.c.dataset == dataset)
        with self._database.reading() as connection:
            return int(connection.execute(wanted).scalar() or 0)


def _values(dataset: str, version: int, row: Row) -> dict[str, Any]:
    told = {"dataset": dataset, "version": version, "file": row.path, "image_hash": row.image_hash}
    return {**told, "label": row.label, "split": row.split, "group": row.group, "source": row.source}


def _made(row: Mapping[str, Any] | Any) -> Version:
    return Version(**{name: row[name] for name in Version.__slots__})


def _version(connection: Connection, dataset: str, number: int | None) -> Version | None:
    table = dataset_versions.c
    wanted = select(dataset_versions).where(table.dataset == dataset).order_by(table.number.desc()).limit(1)
    if number is not None:
        wanted = wanted.where(table.number == number)
    found = connection.execute(wanted).mappings().first()
    return None if found is None else _made(found)


def _rows(connection: Connection, dataset: str, number: int) -> list[Row]:
    items = dataset_items.c
    wanted = (
        select(items.image_hash, items.file, images.c.bytes, items.label, items.split, items.group, items.source)
        .join(images, images.c.hash == items.image_hash)
        .where(items.dataset == dataset, items.version <= number)
        .order_by(items.id)
    )
    return [Row(*row) for row in connection.execute(wanted)]


def _digest(about: Mapping[str, Any], rows: Sequence[Row]) -> str:
    total = hashlib.sha256(repr(sorted(about.items())).encode())
    for row in rows:
        total.update(f"{row.image_hash}\0{row.label}\0{row.split}\0{row.group}\n".encode())
    return total.hexdigest()
