"""Runs in MLflow, through the small client and a store of SQLAlchemy's, such as `sqlite:///mlflow.db`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import time

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunStatus
from mlflow.exceptions import MlflowException

from captchakit.errors import OptionError
from captchakit.learning.tracking.tracker import Start, Status, flat

EXPERIMENT = "captchakit"
ENDS: Mapping[Status, int] = {
    "finished": RunStatus.FINISHED,
    "failed": RunStatus.FAILED,
    "interrupted": RunStatus.KILLED,
}


class MLflow:
    """One MLflow run in the experiment `captchakit`: parameters, metrics by pass, tags, and the kept files."""

    def __init__(self, store: str, files: Path) -> None:
        """`store` is a tracking URI, `files` where an experiment that is made here keeps its artifacts.

        Raises `OptionError` where the store cannot be opened.
        """
        try:
            self._client = MlflowClient(store)
            found = self._client.get_experiment_by_name(EXPERIMENT)
            self._experiment = (
                found.experiment_id
                if found
                else self._client.create_experiment(EXPERIMENT, artifact_location=files.resolve().as_uri())
            )
        except (MlflowException, ImportError) as error:
            raise OptionError(f"MLflow store {store!r} cannot be used: {error}") from None
        self._run = ""

    def begin(self, start: Start) -> None:
        """Make the run with its parameters and tags."""
        tags = {"captchakit.id": start.id, "captchakit.dataset_sha256": start.dataset_sha256}
        if start.git_commit:
            tags["mlflow.source.git.commit"] = start.git_commit
        made = self._client.create_run(self._experiment, run_name=start.name, tags=tags)
        self._run = made.info.run_id
        given = {"dataset": start.dataset, "seed": start.seed, **dict(flat(start.configuration))}
        params = [Param(name, _text(value)) for name, value in given.items()]
        self._client.log_batch(self._run, params=params)

    def epoch(self, step: int, metrics: Mapping[str, float]) -> None:
        """Log a pass's metrics."""
        self._log(step, metrics)

    def keep(self, name: str, data: bytes) -> None:
        """Log a file as an artifact."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(data)
            self._client.log_artifact(self._run, str(path))

    def end(self, status: Status, metrics: Mapping[str, float], seconds: float) -> None:
        """Log the final metrics and close the run."""
        self._log(0, {**{f"final_{name}": value for name, value in metrics.items()}, "seconds": seconds})
        self._client.set_terminated(self._run, RunStatus.to_string(ENDS[status]))

    def _log(self, step: int, metrics: Mapping[str, float]) -> None:
        now = round(1000 * time())
        self._client.log_batch(self._run, metrics=[Metric(n, float(v), now, step) for n, v in metrics.items()])


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
