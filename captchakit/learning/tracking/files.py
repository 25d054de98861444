"""Runs as files, which are always written: no package, no server, readable with anything."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from captchakit.errors import OptionError
from captchakit.learning.tracking.living import Living
from captchakit.learning.tracking.tracker import Start, Status

RUN, METRICS = "run.json", "metrics.jsonl"


class Files:
    """`run.json`, `metrics.jsonl` with a line for each pass, and the kept files, in `folder/<id>/`.

    `run.json` is replaced whole, so that a reader never meets half of one. A run that was killed says "running" there,
    and nobody holds its lock (`living.py`).
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._start: Start | None = None
        self._kept: list[str] = []
        self._living: Living | None = None

    @property
    def folder(self) -> Path:
        """The folder of the run that was begun."""
        assert self._start is not None, "the run has not begun"
        return self._folder / self._start.id

    def begin(self, start: Start) -> None:
        """Make the folder; raises `OptionError` where it cannot be made."""
        self._start = start
        try:
            self.folder.mkdir(parents=True)
            self._living = Living(self.folder)
            self._write("running", {}, 0.0)
        except OSError as error:
            raise OptionError(f"{self._folder}: a run cannot be kept there: {error.strerror or error}") from None

    def epoch(self, step: int, metrics: Mapping[str, float]) -> None:
        """Append a line."""
        with (self.folder / METRICS).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"epoch": step, **metrics}) + "\n")

    def keep(self, name: str, data: bytes) -> None:
        """Write a file of the run."""
        write_whole(self.folder / name, data)
        self._kept.append(name)

    def end(self, status: Status, metrics: Mapping[str, float], seconds: float) -> None:
        """Write how it ended."""
        self._write(status, metrics, seconds)
        if self._living is not None:
            self._living.end()

    def _write(self, status: Status, metrics: Mapping[str, float], seconds: float) -> None:
        assert self._start is not None, "the run has not begun"
        told = {"status": status, "seconds": round(seconds, 2), "metrics": dict(metrics), "files": self._kept}
        text = json.dumps({**self._start.to_json(), **told}, ensure_ascii=False, indent=1, default=str)
        write_whole(self.folder / RUN, (text + "\n").encode())


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place and put it there in one step, so that it is all there or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
