"""Bringing the tables up to date. Alembic is loaded only where there is something to do."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from captchakit.serving.store.database import Database

FOLDER = Path(__file__).parent / "migrations"
LOCK = 0x63617074
"""The number of the advisory lock under which PostgreSQL's tables are changed."""


def newest() -> str:
    """Return the revision that the newest migration leads to: their files are named by number."""
    return max(p.stem.split("_")[0] for p in (FOLDER / "versions").glob("[0-9]*.py"))


def revision(database: Database) -> str | None:
    """Return the revision that the tables are at, None where there are none."""
    with database.reading() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(database: Database) -> bool:
    """Bring the tables up to date and return whether there was anything to do; several processes may do so at once."""
    if revision(database) == newest():
        return False
    from alembic import command  # noqa: PLC0415 - a worker that finds its tables in order does not hold Alembic
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with database.writing(LOCK) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True
