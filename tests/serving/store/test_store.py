"""Tables, migrations, results, images and keys."""

from __future__ import annotations

import hashlib
import tarfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from captchakit.errors import DatasetError, OptionError
from captchakit.serving.store import migrating
from captchakit.serving.store.database import MOST_AHEAD, Database
from captchakit.serving.store.images import Images
from captchakit.serving.store.packs import Packs
from captchakit.serving.store.results import NewResult
from captchakit.serving.store.store import Store
from captchakit.serving.store.tables import images, keys, metadata, results
from captchakit.settings import Settings
from tests.serving.store.conftest import created


def result(number: int, **changes: object) -> NewResult:
    image = hashlib.sha256(str(number).encode()).hexdigest()
    given = {"key": f"key-{number}", "image_hash": image, "path": "a/b", "bytes": 3, "model": "m", "model_sha256": "s"}
    said = {"options": "[]", "text": f"T{number}", "confidence": 0.5, "reason": None, "answer": f'{{"n":{number}}}'}
    return NewResult(**{**given, **said, **changes})  # type: ignore[arg-type]


def _upgrade(url: str) -> bool:
    database = Database(url)
    try:
        return migrating.upgrade(database)
    finally:
        database.close()


def _revision(url: str) -> str | None:
    database = Database(url)
    try:
        return migrating.revision(database)
    finally:
        database.close()


def test_the_migrations_lead_to_the_tables(store: Store) -> None:
    """What Alembic makes is what the code works with, on both databases."""
    with store.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert migrating.revision(store.database) == migrating.newest()
    assert migrating.upgrade(store.database) is False


def test_several_processes_may_upgrade_at_once(url: str) -> None:
    """One does it, the others find it done, and none fails."""
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        done = list(pool.map(_upgrade, [url] * 3))
    assert any(done)
    assert _revision(url) == migrating.newest()


def test_a_failed_migration_leaves_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All or nothing: what was made before the failure is undone."""
    monkeypatch.setattr("alembic.op.create_index", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("disk full")))
    with pytest.raises(RuntimeError, match="disk full"):
        _upgrade(url)
    monkeypatch.undo()
    assert _revision(url) is None
    assert _upgrade(url)


def test_one_key_is_one_row_whoever_writes_it(store: Store) -> None:
    """Threads that add the same results at once make each once, and the first stays."""
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: store.results.add([result(k, text=f"by {n}") for k in range(20)]), range(16)))
    rows = store.results.page(100, None)
    assert sorted(r["key"] for r in rows) == sorted(f"key-{k}" for k in range(20))
    store.results.add([result(0, text="later")])
    assert store.results.page(100, None, text="later") == []
    assert store.results.known(["key-3", "none"]) == ({"key-3": '{"n":3}'}, set())
    hashes = [str(row["image_hash"]) for row in rows[:2]]
    assert store.results.known(["none"], [*hashes, "none"]) == ({}, set(hashes))
    assert store.results.known([]) == ({}, set())
    with store.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(images)).scalar() == 20


def test_what_is_written_ahead_is_brought_into_the_file(store: Store) -> None:
    """While others write, and what SQLite has written ahead does not grow without end."""
    store.database.tidy()
    if not store.database.is_sqlite:
        return
    ahead = Path(f"{store.database.engine.url.database}-wal")
    most = 0
    for number in range(40):
        store.results.add([result(200 * number + k, answer="x" * 2000) for k in range(200)])
        store.database.tidy()
        most = max(most, ahead.stat().st_size)
    assert most < 2 * 4096 * MOST_AHEAD
    assert len(store.results.page(500, None)) == 500


def test_reading_then_writing_loses_nothing(store: Store) -> None:
    """Sixty threads that read a number and write one more end at sixty: a writer is one from the start."""
    store.results.add([result(0, confidence=0.0)])

    def one_more(_: int) -> None:
        with store.database.writing() as connection:
            locked = select(results.c.confidence).with_for_update()
            now = connection.execute(locked).scalar() or 0.0
            connection.execute(update(results).values(confidence=now + 1))

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(one_more, range(60)))
    assert store.results.page(1, None)[0]["confidence"] == 60


def test_results_are_paged_and_filtered(store: Store) -> None:
    """Newest first, a page ends where the next begins, and filters hold together."""
    for n in range(7):
        store.results.add([result(n, model="even" if n % 2 == 0 else "odd", reason="no_glyphs" if n == 4 else None)])
    first = store.results.page(3, None)
    second = store.results.page(3, first[-1]["id"])
    assert [r["text"] for r in first + second] == ["T6", "T5", "T4", "T3", "T2", "T1"]
    assert [r["text"] for r in store.results.page(9, None, model="even", reason="no_glyphs")] == ["T4"]


def test_a_result_needs_its_image(store: Store) -> None:
    """The database itself refuses a row that refers to nothing."""
    row = {**result(1)._asdict(), "created": 0.0}
    del row["path"], row["bytes"]
    with pytest.raises(IntegrityError), store.database.writing() as connection:
        connection.execute(results.insert().values(row))
    assert store.results.page(1, None) == []


def test_keys_are_kept_as_hashes(store: Store) -> None:
    """A key is told once, known by its hash, and forgotten on wish."""
    assert not store.keys.any()
    key = store.keys.add("ann")
    other = store.keys.add("bob")
    with pytest.raises(OptionError, match="'ann' already"):
        store.keys.add("ann")
    with store.database.reading() as connection:
        kept = str([tuple(row) for row in connection.execute(select(keys))])
    assert key not in kept
    assert (store.keys.owner(key), store.keys.owner(other), store.keys.owner(key + "x")) == ("ann", "bob", None)
    store.keys.remove("ann")
    assert (store.keys.owner(key), store.keys.any()) == (None, True)
    with pytest.raises(OptionError, match="no key"):
        store.keys.remove("ann")


def test_a_database_that_does_not_answer_is_told(store: Store, settings: Settings) -> None:
    """The check says `ok`, or one line of what is wrong."""
    assert store.database.check() == "ok"
    folder = settings.data / "gone"
    urls = {"sqlite": f"sqlite:///{folder / 'kept.db'}", "postgresql": "postgresql://nobody@127.0.0.1:1/none"}
    gone = Database(urls[settings.database.split(":")[0]])
    assert "\n" not in gone.check() != "ok"
    gone.close()


def test_a_database_without_an_encoding_keeps_text(postgres: str, tmp_path: Path) -> None:
    """Text comes back as text from SQL_ASCII too, where the driver would give bytes."""
    url = created(postgres, "ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    store = Store(Settings(database_url=url, data=tmp_path))
    store.keys.add("Zoë")
    assert [name for name, _ in store.keys.names()] == ["Zoë"]
    store.close()


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "sqlite:///:memory:", "mysql+none://x/y"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    """In one line that names the variable."""
    with pytest.raises(OptionError, match="CAPTCHAKIT_DATABASE_URL"):
        Database(url)


def test_an_image_lies_once_and_whole(tmp_path: Path) -> None:
    """Under its hash, by whomever it is written; a damaged one is found out when it is read."""
    kept = Images(tmp_path)
    data = b"\x89PNG and more"
    name = hashlib.sha256(data).hexdigest()
    with ThreadPoolExecutor(8) as threads:
        paths = set(threads.map(lambda _: kept.keep(name, data), range(32)))
    (path,) = paths
    assert path == f"{name[:2]}/{name}.png"
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [f"{name}.png"]
    assert kept.read(path) == data
    (tmp_path / path).write_bytes(b"\x89PNG and mist")
    with pytest.raises(DatasetError, match="damaged"):
        kept.read(path)
    (tmp_path / path).write_bytes(b"half")
    kept.keep(name, data)
    assert kept.read(path) == data
    (tmp_path / path).unlink()
    with pytest.raises(DatasetError, match="lost"):
        kept.read(path)


def test_images_asked_about_lie_in_tar_files(tmp_path: Path) -> None:
    """Whole batches at once, found by their paths, and any program reads them; a damaged one is found out."""
    kept = Images(tmp_path)
    batches = [{hashlib.sha256(d).hexdigest(): d for d in (b"BM %d %d" % (k, n) for n in range(3))} for k in range(4)]
    with ThreadPoolExecutor(4) as threads:
        paths = {h: path for each in threads.map(kept.gather, batches) for h, path in each.items()}
    sent = {h: d for each in batches for h, d in each.items()}
    assert {h: kept.read(path) for h, path in paths.items()} == sent
    (pack,) = (tmp_path / "asked").iterdir()
    with tarfile.open(pack) as tar:
        read = {m.name.removesuffix(".bmp"): tar.extractfile(m).read() for m in tar.getmembers()}  # type: ignore[union-attr]
    assert read == sent
    assert kept.gather({}) == {}
    kept.close()
    pack.write_bytes(pack.read_bytes().replace(b"BM 2 1", b"BM 2 7"))
    for image_hash, path in paths.items():
        if sent[image_hash] == b"BM 2 1":
            with pytest.raises(DatasetError, match="damaged"):
                kept.read(path)
    pack.unlink()
    with pytest.raises(DatasetError, match="lost"):
        kept.read(path)


def test_a_pack_is_followed_by_another(tmp_path: Path) -> None:
    """When it is full, and where half a member was written; what was there before stays."""
    packs = Packs(tmp_path, most=1000)
    places = [packs.add([(f"{k}.png", b"x" * 600)])[0] for k in range(3)]
    assert len({place.split("/")[0] for place in places}) == 3
    assert [packs.read(place) for place in places] == [b"x" * 600] * 3
    packs.close()
