"""A database of each kind, the PostgreSQL really running."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from captchakit.serving.store.store import Store
from captchakit.settings import Settings

_numbers = count()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'kept.db'}"
    return created(request.getfixturevalue("postgres"))


def created(postgres: str, how: str = "") -> str:
    """Return the URL of a database that is made on the server."""
    server = make_url(postgres).set(drivername="postgresql+psycopg")
    name = f"test_{next(_numbers)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} {how}"))
    engine.dispose()
    return server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)


@pytest.fixture
def settings(url: str, tmp_path: Path) -> Settings:
    """Settings that name the database."""
    return Settings(database_url=url, data=tmp_path / "data")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """A store on the database."""
    made = Store(settings)
    yield made
    made.close()
