"""Runs read back: the rows of `captchakit experiments` and of the service."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from captchakit.errors import DatasetError
from captchakit.learning.tracking.files import METRICS, RUN
from captchakit.learning.tracking.living import killed
from captchakit.learning.tracking.tracker import flat

FACTS = ("name", "status", "started", "dataset", "dataset_sha256", "seed", "git_commit")


@dataclass(frozen=True, slots=True)
class Run:
    """One run as it was kept; `metrics` are the final ones, `files` the names of what was kept beside it.

    `status` is that of `tracker.Status`, or "killed" where whoever kept a running one is gone.
    """

    id: str
    name: str
    dataset: str
    dataset_sha256: str
    seed: int
    git_commit: str
    started: str
    status: str
    seconds: float
    configuration: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    files: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the run as plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


class Runs(Mapping[str, Run]):
    """The runs of a folder by identifier, oldest first; read anew each time, since a training may be going on."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def __repr__(self) -> str:
        return f"Runs({str(self.folder)!r})"

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.parent.name for path in self.folder.glob(f"*/{RUN}")))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, run: str) -> Run:
        if run not in set(self):
            raise KeyError(run)
        path = self.folder / run / RUN
        try:
            found = Run(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise DatasetError(f"{path}: not a run that can be read: {error}") from None
        dead = found.status == "running" and killed(path.parent)
        return replace(found, status="killed") if dead else found

    def find(self, given: str) -> Run:
        """Return the run of an identifier, of its unambiguous beginning, or the latest of a name.

        Raises `DatasetError` where there is none.
        """
        names = list(self)
        if given in names:
            return self[given]
        begun = [name for name in names if name.startswith(given)]
        if len(begun) == 1:
            return self[begun[0]]
        named = [run for run in map(self.__getitem__, names) if run.name == given]
        if named:
            return named[-1]
        many = f"; {len(begun)} begin so" if begun else ""
        raise DatasetError(f"{self.folder}: no run {given!r}{many}")

    def history(self, run: str) -> list[dict[str, float]]:
        """Return the metrics of each pass, in order; raises `KeyError` for an unknown run.

        A last line that is still being written is left out.
        """
        if run not in set(self):
            raise KeyError(run)
        path = self.folder / run / METRICS
        if not path.exists():
            return []
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
        return [json.loads(line) for line in lines]

    def kept(self, run: str, name: str) -> bytes:
        """Return a kept file; raises `KeyError` for what the run does not list."""
        if name not in self[run].files:
            raise KeyError(name)
        return (self.folder / run / name).read_bytes()


def compared(runs: Sequence[Run]) -> list[tuple[str, list[Any]]]:
    """Return what differs between runs, all that is known where there is one, and all scores.

    Each row is a name and a value for each run, None where it has none.
    """
    told = [{**{f: getattr(run, f) for f in FACTS}, **dict(flat(run.configuration))} for run in runs]
    rows = [(name, [one.get(name) for one in told]) for name in dict.fromkeys(n for one in told for n in one)]
    differing = [row for row in rows if len(runs) == 1 or any(value != row[1][0] for value in row[1])]
    metrics = dict.fromkeys(name for run in runs for name in run.metrics)
    scores = [(name, [run.metrics.get(name) for run in runs]) for name in metrics]
    return [*differing, ("seconds", [run.seconds for run in runs]), *scores]
