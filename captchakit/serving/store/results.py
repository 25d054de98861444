"""Answers that were given, found again by image, model and options."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, bindparam, select

from captchakit.serving.store.database import Database
from captchakit.serving.store.tables import images, results

# Made once: to put such a statement together takes longer than to execute it, and every batch of new images needs all.
_ASKED: BindParameter[Any] = bindparam("asked", expanding=True)
_KNOWN = select(results.c.key, results.c.answer).where(results.c.key.in_(_ASKED))
_PICTURED = select(images.c.hash).where(images.c.hash.in_(_ASKED))


class NewResult(NamedTuple):
    """An answer to be kept: its key, the image that it is about, and the answer as JSON beside what is searched by."""

    key: str
    image_hash: str
    path: str | None
    bytes: int
    model: str
    model_sha256: str
    options: str
    text: str
    confidence: float
    reason: str | None
    answer: str


class Results:
    """The tables `results` and `images`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._new_images = database.insert(images).on_conflict_do_nothing()
        self._new_results = database.insert(results).on_conflict_do_nothing()

    def known(self, keys: Sequence[str]) -> dict[str, str]:
        """Return for each known key its answer as JSON."""
        with self._database.reading() as connection:
            return {row.key: row.answer for row in connection.execute(_KNOWN, {"asked": keys})}

    def pictured(self, hashes: Collection[str]) -> set[str]:
        """Return which images are known."""
        with self._database.reading() as connection:
            return set(connection.execute(_PICTURED, {"asked": list(hashes)}).scalars())

    def add(self, new: Sequence[NewResult]) -> None:
        """Keep answers in one transaction; one that is there already stays as it is."""
        if not new:
            return
        now = self._database.now()
        seen = {n.image_hash: n for n in new}
        pictures = [{"hash": h, "path": n.path, "bytes": n.bytes, "created": now} for h, n in sorted(seen.items())]
        rows = [{**_columns(n), "created": now} for n in sorted(new)]
        with self._database.writing() as connection:
            connection.execute(self._new_images, pictures)
            connection.execute(self._new_results, rows)

    def page(self, limit: int, before: int | None, **equal: Any) -> list[dict[str, Any]]:
        """Return the newest results first, those with ids under `before`, with columns that equal what is given."""
        wanted = select(results).order_by(results.c.id.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(results.c.id < before)
        for name, value in equal.items():
            if value is not None:
                wanted = wanted.where(results.c[name] == value)
        with self._database.reading() as connection:
            return [dict(row) for row in connection.execute(wanted).mappings()]


def _columns(new: NewResult) -> dict[str, Any]:
    values = new._asdict()
    return {name: values[name] for name in values if name not in ("path", "bytes")}
