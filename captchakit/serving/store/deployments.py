"""Deployments: which model answers, and which one did before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from captchakit.serving.store.database import Database
from captchakit.serving.store.tables import deployments

LOCK = 0x6465706C
"""The number of PostgreSQL's advisory lock under which a model is deployed."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment; `experiment` None is the configured model, `previous` what going back leads to."""

    id: int
    experiment: int | None
    previous: int | None
    forced: bool
    created: float


class Deployments:
    """The table `deployments`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self) -> int:
        """Return the number of the newest deployment, 0 where there was none: asked every moment by every worker."""
        with self._database.reading() as connection:
            return int(connection.execute(select(func.max(deployments.c.id))).scalar() or 0)

    def current(self) -> Deployment | None:
        """Return the newest deployment."""
        with self._database.reading() as connection:
            return _newest(connection)

    def add(self, experiment: int, *, forced: bool) -> Deployment:
        """Deploy an experiment's model; going back leads to the one that was current."""
        with self._database.writing(LOCK) as connection:
            last = _newest(connection)
            return self._insert(connection, experiment, last.id if last else None, forced)

    def back(self) -> Deployment | None:
        """Deploy what was current before the current deployment; None where nothing was deployed to go back from."""
        with self._database.writing(LOCK) as connection:
            last = _newest(connection)
            if last is None or (last.experiment is None and last.previous is None):
                return None
            before = _get(connection, last.previous) if last.previous else None
            if before is None:
                return self._insert(connection, None, None, False)
            return self._insert(connection, before.experiment, before.previous, before.forced)

    def page(self, limit: int) -> list[Deployment]:
        """Return the newest deployments first."""
        wanted = select(deployments).order_by(deployments.c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [_made(row) for row in connection.execute(wanted).mappings()]

    def _insert(self, connection: Connection, experiment: int | None, previous: int | None, forced: bool) -> Deployment:
        now = self._database.now()
        values = {"experiment": experiment, "previous": previous, "forced": int(forced), "created": now}
        made = connection.execute(deployments.insert().values(values).returning(deployments.c.id)).scalar_one()
        return Deployment(int(made), experiment, previous, forced, now)


def _newest(connection: Connection) -> Deployment | None:
    row = connection.execute(select(deployments).order_by(deployments.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else _made(row)


def _get(connection: Connection, number: int) -> Deployment | None:
    row = connection.execute(select(deployments).where(deployments.c.id == number)).mappings().first()
    return None if row is None else _made(row)


def _made(row: Any) -> Deployment:
    return Deployment(row["id"], row["experiment"], row["previous"], bool(row["forced"]), row["created"])
