"""What every sink of runs can do."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

Status = Literal["running", "finished", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class Start:
    """All that is known of a run before it begins; `configuration` holds what was asked for, as plain values."""

    id: str
    name: str
    dataset: str
    dataset_sha256: str
    seed: int
    git_commit: str
    configuration: Mapping[str, Any] = field(default_factory=dict)
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def to_json(self) -> dict[str, Any]:
        """Return the start as plain values."""
        return asdict(self)


def new_id(name: str) -> str:
    """Return an identifier that sorts by time, says what it is and occurs once."""
    spoken = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)[:40].strip(".")
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{spoken or 'run'}-{secrets.token_hex(2)}"


class Tracker(Protocol):
    """One run is told from its beginning to its end; a tracker serves one run."""

    def begin(self, start: Start) -> None:
        """Open the run."""
        ...

    def epoch(self, step: int, metrics: Mapping[str, float]) -> None:
        """Take the metrics of one pass, counted from 1."""
        ...

    def keep(self, name: str, data: bytes) -> None:
        """Keep a file: the model, a plot, a table."""
        ...

    def end(self, status: Status, metrics: Mapping[str, float], seconds: float) -> None:
        """Close the run with its final metrics and its duration."""
        ...


@dataclass(frozen=True, slots=True)
class Trackers:
    """Several trackers told as one."""

    each: tuple[Tracker, ...]

    def begin(self, start: Start) -> None:
        """Open the run everywhere."""
        for tracker in self.each:
            tracker.begin(start)

    def epoch(self, step: int, metrics: Mapping[str, float]) -> None:
        """Tell everyone a pass's metrics."""
        for tracker in self.each:
            tracker.epoch(step, metrics)

    def keep(self, name: str, data: bytes) -> None:
        """Keep a file everywhere."""
        for tracker in self.each:
            tracker.keep(name, data)

    def end(self, status: Status, metrics: Mapping[str, float], seconds: float) -> None:
        """Close the run everywhere."""
        for tracker in self.each:
            tracker.end(status, metrics, seconds)


def flat(values: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, Any]]:
    """Yield nested plain values as pairs of dotted name and value, for sinks that know no nesting."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value
