"""One database for all that the service keeps: SQLite with nothing else, PostgreSQL for more than one machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from captchakit.errors import OptionError

WRITING = {"writing": True}
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000", "foreign_keys=ON", "cache_size=-512")


class Database:
    """Connections to read and to write with; safe to share between threads, made anew in each process."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.time) -> None:
        """Know the database, without asking it anything yet; raises `OptionError` where the URL is none."""
        self.now = clock
        try:
            self.engine = _engine(url)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise OptionError(f"CAPTCHAKIT_DATABASE_URL cannot be used: {error}") from None
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite has one writer at a time; whoever waits here is woken, whoever waits there looks again now and then.
        self._turn: AbstractContextManager[Any] = Lock() if self.is_sqlite else nullcontext()

    def __repr__(self) -> str:
        return f"Database({self.engine.url!r})"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a connection to read with."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, lock: int | None = None) -> Iterator[Connection]:
        """Open a transaction that writes: committed at the end, undone by an exception.

        On SQLite it is the only one; on PostgreSQL no other one of the same `lock` is open meanwhile.
        """
        with self._turn, self.engine.connect() as connection, connection.execution_options(**WRITING).begin():
            if lock is not None and not self.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({lock})"))
            yield connection

    def insert(self, table: Table) -> Any:
        """Return an insertion that can be told what to do about a conflict."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def check(self) -> str:
        """Return `ok`, or why the database does not answer."""
        try:
            with self.reading() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            return str(error).splitlines()[0]
        return "ok"

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        # A database in SQL_ASCII names no encoding, and the driver would give bytes for text.
        arguments = {"client_encoding": "utf8"} if parsed.get_driver_name() == "psycopg" else {}
        return create_engine(parsed, connect_args=arguments, pool_size=8, max_overflow=8, pool_pre_ping=True)
    memory = parsed.database in (None, "", ":memory:")
    if memory:
        raise ArgumentError("a SQLite database in memory cannot be shared between threads and processes")
    engine = create_engine(parsed, connect_args={"timeout": 5}, pool_size=8, max_overflow=8)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver would begin transactions itself, too late for a read-then-write
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Begin at once as a writer where something is to be written: what was read before stays true."""
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
