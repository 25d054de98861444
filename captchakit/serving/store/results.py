"""Answers that were given, found again by image, model and options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, bindparam, null, select, union_all

from captchakit.serving.store.database import Database, Insertion
from captchakit.serving.store.tables import images, results

# Made once: to put it together takes longer than to execute it. In two parts, since each way to the database costs too.
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_HASHES: BindParameter[Any] = bindparam("hashes", expanding=True)
_KNOWN = union_all(
    select(results.c.key, results.c.answer).where(results.c.key.in_(_KEYS)),
    select(images.c.hash, null()).where(images.c.hash.in_(_HASHES)),
)


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
        self._new_images = Insertion(database, images, [c.name for c in images.c])
        self._new_results = Insertion(database, results, [c.name for c in results.c if c.name != "id"])

    def known(self, keys: Sequence[str], hashes: Sequence[str] = ()) -> tuple[dict[str, str], set[str]]:
        """Return for each known key its answer as JSON, and which of the images by their hashes are known."""
        with self._database.reading() as connection:
            found = connection.execute(_KNOWN, {"keys": keys, "hashes": hashes}).all()
        answers = {key: answer for key, answer in found if answer is not None}
        return answers, {image for image, answer in found if answer is None}

    def add(self, new: Sequence[NewResult]) -> None:
        """Keep answers in one transaction; one that is there already stays as it is."""
        if not new:
            return
        now = self._database.now()
        seen = {n.image_hash: n for n in new}
        pictures = [{"hash": h, "path": n.path, "bytes": n.bytes, "created": now} for h, n in sorted(seen.items())]
        rows = [{**_columns(n), "created": now} for n in sorted(new)]
        with self._database.writing() as connection:
            self._new_images(connection, pictures)
            self._new_results(connection, rows)

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
