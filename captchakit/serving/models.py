"""The models of the service: which there are, and which one answers."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from captchakit.errors import ModelError
from captchakit.reading.card import ModelCard
from captchakit.reading.library import Library
from captchakit.reading.opening import opened
from captchakit.reading.pipeline import Pipeline
from captchakit.serving.errors import NotThereError

KEPT = 8
"""How many models a worker holds ready beside the current one."""


@dataclass(frozen=True, slots=True)
class Running:
    """A loaded model, and the SHA-256 of its file: another file is another model, whatever its name."""

    name: str
    sha256: str
    pipeline: Pipeline
    path: Path

    @property
    def card(self) -> ModelCard:
        """The model's card."""
        return self.pipeline.card


class Listed(msgspec.Struct):
    """A model in a list; `error` says why where it cannot be used."""

    name: str
    current: bool
    bytes: int
    task: str = ""
    alphabet: list[str] = []
    sha256: str = ""
    saved: str = ""
    experiment: str = ""
    trained_on: str = ""
    scores: dict[str, Any] = {}
    error: str | None = None


class Models:
    """Models by name, from a library's folders, and the current one. Safe to share between threads."""

    def __init__(self, library: Library, current: str) -> None:
        """Load the model that answers at first; raises `ModelError`, `NotThereError`."""
        self.library = library
        self._loaded: dict[tuple[str, int, int], Running] = {}
        self._turn = Lock()
        self._current = self._open(current)

    @property
    def current(self) -> Running:
        """The model that answers where none is named."""
        return self._current

    def named(self, name: str | None) -> Running:
        """Return a model by name, the current one for None; a path is no name. Raises `NotThereError`, `ModelError`."""
        return self._current if name is None or name == self._current.name else self._open(name)

    def classifying(self, name: str | None) -> Running:
        """Return a model by name, for None the current one or else the first that is not for text."""
        if name is not None or self._current.card.task != "text":
            return self.named(name)
        for other in self.names():
            with suppress(ModelError):
                running = self._open(other)
                if running.card.task != "text":
                    return running
        raise NotThereError("no model here classifies; there are those for text alone")

    def swap(self, running: Running) -> None:
        """Make a loaded model the current one: requests under way end with the one they began with."""
        self._current = running

    def names(self) -> list[str]:
        """Return the names of all models, sorted."""
        return list(self.library)

    def _open(self, name: str) -> Running:
        if name not in self.library:
            raise NotThereError(f"no model {name!r}; there are {', '.join(self.library) or 'none'}")
        path = self.library[name]
        about = path.stat()
        key = str(path), about.st_mtime_ns, about.st_size
        with self._turn:
            if key not in self._loaded:
                self._loaded[key] = load(name, path)
                while len(self._loaded) > KEPT:
                    self._loaded.pop(next(iter(self._loaded)))
            return self._loaded[key]


def load(name: str, path: Path) -> Running:
    """Load a model from its bytes, so that its hash is that of what runs; raises `ModelError`."""
    data = path.read_bytes()
    return Running(name, hashlib.sha256(data).hexdigest(), Pipeline.load(opened(path, data)), path)
