"""Settings from the environment, read by the doors only."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


class SettingError(ValueError):
    """A variable of the environment holds what it cannot hold; the message names it in one line."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says; a field `name` is the variable `CAPTCHAKIT_NAME`.

    * `models`: folders that hold models, separated as in PATH, looked into before the shipped ones.
    * `runs`: the folder where trainings are kept.
    * `mlflow`: an MLflow store that is told of them too, such as `sqlite:///mlflow.db`; none unless named.

    The service alone reads the others:

    * `model`: the model that answers until another is deployed.
    * `data`: the folder of everything that the service keeps.
    * `database_url`: where its tables are; empty: SQLite in `data`. `postgresql://...` for several machines.
    * `log_file`: empty: `log_file.log` in `data`. `log_level`: debug, info, warning or error.
    * `threads`: how many images are read at once in a worker process, 0: one for each core. Several
      hinder each other more than they help; for more cores there are more workers.
    * `queue`, `wait_ms`: how many requests may wait for a thread, and about how long, before others are turned away
      with 503. While that goes on, few wait. Who sends very many at once should let them wait longer.
    * `batch`, `window_ms`: how many images are read in one run of the model, and how long it waits for more of them
      while it is busy anyway.
    * `remembered`: how many answers a worker keeps in memory, before the database is asked.
    * `max_image_bytes`, `max_pixels`, `max_archive_bytes`: what is larger is refused, before it is decoded.
    * `request_seconds`: how long a client may take to send its request.
    * `keep_images`: whether the images asked about are kept in `data`, as tar files in `images/asked`.
    * `keyed`: whether solving and reading need a key too.
    * `rate`: requests a minute from one client before 429; 0: any number.
    * `trainings`: how many trainings may be asked for or run at once.
    * `least_exact`: the share of validation images that a model must read to be deployed without force.
    * `cors`: origins whose pages may ask, separated by commas; none by default.
    """

    models: tuple[Path, ...] = ()
    runs: Path = Path("runs")
    mlflow: str = ""
    model: str = "general"
    data: Path = Path("data")
    database_url: str = ""
    log_file: Path = Path()
    log_level: str = "info"
    threads: int = 1
    queue: int = 256
    batch: int = 8
    window_ms: float = 2.0
    wait_ms: float = 60.0
    remembered: int = 2048
    max_image_bytes: int = 8 * 2**20
    max_pixels: int = 4_000_000
    max_archive_bytes: int = 256 * 2**20
    request_seconds: float = 30.0
    keep_images: bool = True
    keyed: bool = False
    rate: int = 0
    cors: tuple[str, ...] = ()
    trainings: int = 1
    least_exact: float = 0.5

    def __post_init__(self) -> None:
        for name in ("queue", "batch", "remembered", "max_image_bytes", "max_pixels", "max_archive_bytes", "trainings"):
            _check(getattr(self, name) >= 1, name, "must be at least 1")
        for name in ("threads", "rate", "window_ms", "wait_ms"):
            _check(getattr(self, name) >= 0, name, "cannot be negative")
        _check(self.request_seconds > 0, "request_seconds", "must be more than 0")
        _check(self.log_level in LEVELS, "log_level", f"must be one of {', '.join(LEVELS)}")

    @property
    def log(self) -> Path:
        """The file that the service logs to."""
        return self.data / "log_file.log" if self.log_file == Path() else self.log_file

    @property
    def database(self) -> str:
        """The URL of the database, SQLite in the data folder unless another is given."""
        return self.database_url or f"sqlite:///{self.data / 'captchakit.db'}"

    @property
    def learned(self) -> Path:
        """The folder of the models that the service's trainings made."""
        return self.data / "models"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Return the settings that the environment gives; raises `SettingError` naming the variable."""
        given: dict[str, Any] = {}
        for field in fields(cls):
            name = variable(field.name)
            if environment.get(name, "") == "":
                continue
            try:
                given[field.name] = PARSERS[str(field.type)](environment[name])
            except ValueError as error:
                raise SettingError(f"{name}: {error}") from None
        return cls(**given)


LEVELS = ("debug", "info", "warning", "error")


def variable(name: str) -> str:
    """Return the variable of the environment that sets a field."""
    return f"CAPTCHAKIT_{name.upper()}"


def _check(right: bool, name: str, told: str) -> None:
    if not right:
        raise SettingError(f"{variable(name)} {told}")


def _flag(text: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in known:
        raise ValueError(f"{text!r} is neither true nor false")
    return known[text.lower()]


PARSERS: Mapping[str, Callable[[str], Any]] = {
    "tuple[Path, ...]": lambda text: tuple(Path(f) for f in text.split(os.pathsep) if f),
    "tuple[str, ...]": lambda text: tuple(part.strip() for part in text.split(",") if part.strip()),
    "str": str,
    "Path": Path,
    "int": int,
    "float": float,
    "bool": _flag,
}
"""How a variable is read, by the type of its field."""
