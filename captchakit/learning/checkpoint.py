"""Where a training stands, in a file: whoever breaks it off can go on with it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from captchakit.errors import LearningError

_FACTS = "facts"


class State(NamedTuple):
    """Plain values and arrays; nothing in it can run, as a pickle could."""

    facts: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


class Checkpoint:
    """A file beside the model that is being made. `asked` is all that the training hangs on, in plain values."""

    def __init__(self, path: Path, asked: Mapping[str, Any]) -> None:
        self.path = path
        self.asked = json.loads(json.dumps(asked))

    def save(self, state: State) -> None:
        """Write beside and rename, so that a kill leaves the old state whole."""
        told = json.dumps({"asked": self.asked, **state.facts})
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **{_FACTS: np.array(told), **state.arrays})
        beside = self.path.with_name(self.path.name + ".new")
        beside.write_bytes(buffer.getvalue())
        beside.replace(self.path)

    def load(self) -> State:
        """Return the state; raises `LearningError` where there is none, or it is that of another training."""
        try:
            with self.path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            facts = json.loads(str(arrays.pop(_FACTS)))
        except FileNotFoundError:
            raise LearningError(f"there is no training to resume: no file {self.path}") from None
        except OSError as error:
            raise LearningError(f"{self.path} cannot be resumed from: {error.strerror or error}") from None
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile):
            raise LearningError(f"{self.path} cannot be resumed from: it is damaged, or no checkpoint") from None
        there = facts.pop("asked")
        other = [key for key in {**there, **self.asked} if self.asked.get(key) != there.get(key)]
        if other:
            raise LearningError(f"{self.path} is of another training: it differs in {', '.join(other)}")
        return State(facts, arrays)

    def done(self) -> None:
        """Remove the file: there is nothing left to resume."""
        self.path.unlink(missing_ok=True)
