"""Experiments: trainings that were asked for, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Update, func, select, update

from captchakit.serving.store.database import Database
from captchakit.serving.store.tables import experiments

QUEUED, RUNNING, FINISHED, FAILED, LOST = "queued", "running", "finished", "failed", "lost"
LOST_SECONDS = 60.0
"""A training whose worker has not been heard of for so long is lost: and shown so until one takes it up again."""

LOCK = 0x74726169
"""The number of PostgreSQL's advisory lock under which a training is queued."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One training. Times are seconds since 1970, UTC."""

    id: int
    state: str
    name: str
    dataset: str
    dataset_version: int
    parameters: Mapping[str, Any]
    progress: Sequence[Mapping[str, Any]]
    metrics: Mapping[str, Any]
    error: str | None
    model_sha256: str | None
    model_path: str | None
    created: float
    started: float | None
    finished: float | None
    beat: float | None
    attempts: int


class Experiments:
    """The table `experiments`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def queue(self, name: str, dataset: str, version: int, parameters: Mapping[str, Any], most: int) -> int | None:
        """Ask for a training and return its number, None where `most` are queued or running already."""
        now = self._database.now()
        values = {"state": QUEUED, "name": name, "dataset": dataset, "dataset_version": version, "created": now}
        values |= {"parameters": dict(parameters), "progress": [], "metrics": {}, "attempts": 0}
        with self._database.writing(LOCK) as connection:
            if self._under_way(connection, now) >= most:
                return None
            made = connection.execute(experiments.insert().values(values).returning(experiments.c.id)).scalar_one()
            return int(made)

    def get(self, number: int) -> Experiment | None:
        """Return an experiment by its number."""
        found = self._read(select(experiments).where(experiments.c.id == number))
        return found[0] if found else None

    def page(self, limit: int, before: int | None = None, state: str | None = None) -> list[Experiment]:
        """Return the newest experiments first, those with numbers under `before`."""
        wanted = select(experiments).order_by(experiments.c.id.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(experiments.c.id < before)
        if state is not None:
            wanted = wanted.where(experiments.c.state == state)
        return self._read(wanted)

    def counts(self) -> dict[str, int]:
        """Return how many experiments are in each state."""
        counted = select(experiments.c.state, func.count()).group_by(experiments.c.state)
        with self._database.reading() as connection:
            found = {state: int(count) for state, count in connection.execute(counted)}
        return {state: found.get(state, 0) for state in (QUEUED, RUNNING, FINISHED, FAILED)}

    def waiting(self) -> list[Experiment]:
        """Return the experiments that a worker should take up: queued, or lost by theirs."""
        wanted = select(experiments).where(experiments.c.state.in_((QUEUED, RUNNING))).order_by(experiments.c.id)
        there = self._read(wanted)
        return [e for e in there if e.state in (QUEUED, LOST)]

    def begin(self, number: int, before: int = 0) -> int:
        """Note that a worker has taken an experiment up, and return which attempt this is.

        0 where it is over, or where another worker has taken it up since `before` attempts were made: this one may
        have been away for long.
        """
        now, row = self._database.now(), experiments.c
        values = {"state": RUNNING, "beat": now, "attempts": row.attempts + 1, "error": None}
        wanted = update(experiments).where(row.id == number, row.state.in_((QUEUED, RUNNING)))
        wanted = wanted.where(row.attempts <= before + 1)
        wanted = wanted.values(**values, started=func.coalesce(row.started, now))
        with self._database.writing() as connection:
            return int(connection.execute(wanted.returning(row.attempts)).scalar() or 0)

    def beat(self, number: int) -> None:
        """Note that an experiment's worker is alive."""
        self._change(number, beat=self._database.now())

    def progress(self, number: int, progress: Sequence[Mapping[str, Any]]) -> None:
        """Note how a training goes."""
        self._change(number, progress=list(progress), beat=self._database.now())

    def finish(self, number: int, metrics: Mapping[str, Any], sha256: str, path: str) -> None:
        """Note what came of a training."""
        done = {"state": FINISHED, "finished": self._database.now(), "metrics": dict(metrics)}
        self._change(number, **done, model_sha256=sha256, model_path=path)

    def release(self, number: int) -> None:
        """Give an experiment back to be taken up by the next worker."""
        self._change(number, state=QUEUED, beat=None)

    def fail(self, number: int, error: str) -> None:
        """Note why nothing came of a training."""
        self._change(number, state=FAILED, finished=self._database.now(), error=error[:2000])

    def _change(self, number: int, **values: Any) -> None:
        """Change an experiment that runs: what is over stays as it ended."""
        wanted: Update = update(experiments).where(experiments.c.id == number, experiments.c.state == RUNNING)
        with self._database.writing() as connection:
            connection.execute(wanted.values(**values))

    def _read(self, wanted: Any) -> list[Experiment]:
        with self._database.reading() as connection:
            return [self._made(row) for row in connection.execute(wanted).mappings()]

    def _made(self, row: Mapping[str, Any] | Any) -> Experiment:
        values = dict(row)
        if values["state"] == RUNNING and self._database.now() - (values["beat"] or 0.0) > LOST_SECONDS:
            values["state"] = LOST
        return Experiment(**values)

    @staticmethod
    def _under_way(connection: Connection, now: float) -> int:
        row = experiments.c
        alive = (row.state == RUNNING) & (row.beat > now - LOST_SECONDS)
        counted = select(func.count()).select_from(experiments).where((row.state == QUEUED) | alive)
        return int(connection.execute(counted).scalar() or 0)
