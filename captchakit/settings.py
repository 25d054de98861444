"""Settings from the environment, read by the doors only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    `CAPTCHAKIT_MODELS`: folders that hold models, separated as in PATH, looked into before the shipped ones.
    `CAPTCHAKIT_RUNS`: the folder where trainings are kept, `runs` unless named.
    `CAPTCHAKIT_MLFLOW`: an MLflow store that is told of them too, such as `sqlite:///mlflow.db`; none unless named.
    """

    models: tuple[Path, ...] = ()
    runs: Path = Path("runs")
    mlflow: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Return the settings that the environment gives."""
        folders = environment.get("CAPTCHAKIT_MODELS", "").split(os.pathsep)
        return cls(
            models=tuple(Path(f) for f in folders if f),
            runs=Path(environment.get("CAPTCHAKIT_RUNS") or "runs"),
            mlflow=environment.get("CAPTCHAKIT_MLFLOW", ""),
        )
