"""One database for all that the service keeps: SQLite with nothing else, PostgreSQL for more than one machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from captchakit.errors import OptionError

WRITING = {"writing": True}
MOST_AHEAD = 4096
"""How many pages SQLite may have written ahead before they are all brought into its file."""

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=5000",
    "foreign_keys=ON",
    "cache_size=-512",
    f"wal_autocheckpoint={4 * MOST_AHEAD}",  # for processes that never tidy
)


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

    def tidy(self) -> None:
        """Bring what SQLite has written ahead into its file, beside those who write.

        Whoever commits would do so now and then, for some 20 ms, while everybody else waits for the lock.
        """
        if not self.is_sqlite:
            return
        with self.reading() as connection:
            *_, ahead, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").one()
        if ahead > MOST_AHEAD:  # only where nothing is added meanwhile is there an end, and a new beginning
            with self._turn, self.reading() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

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


class Insertion:
    """Puts rows into a table and leaves out those that are there already, or that another row stands in the way of.

    The statement is made once, and given to the driver as it is: SQLAlchemy's own way took a third of a row's time.
    """

    def __init__(self, database: Database, table: Table, columns: Sequence[str]) -> None:
        statement = database.insert(table).on_conflict_do_nothing()
        compiled = statement.compile(dialect=database.engine.dialect, column_keys=columns)
        self._text, self._order = str(compiled), compiled.positiontup

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, each with a value for every column."""
        if self._order is None:
            connection.exec_driver_sql(self._text, [dict(row) for row in rows])
        else:
            connection.exec_driver_sql(self._text, [tuple(row[name] for name in self._order) for row in rows])


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
