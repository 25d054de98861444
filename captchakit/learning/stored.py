"""Framed images in a file, where there are too many to be held in memory."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Sequence
from math import prod
from typing import Any, Self, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from captchakit.errors import LearningError
from captchakit.stages import Learner, Streaming
from captchakit.types import Tensor

MOST_BYTES = 64 * 2**20
"""How large all tensors may be together to be held in memory."""


class Store:
    """A file without a name, gone with the process, of tensors `(channels, height, width)` of one shape.

    Framing gives 256 levels, so that a byte each is exact. It lies where temporary files do: `TMPDIR` moves it.
    """

    def __init__(self, shape: Sequence[int]) -> None:
        self.shape = tuple(shape)
        self._size = prod(self.shape)
        self._count = 0
        self._file = tempfile.TemporaryFile(prefix="captchakit-", buffering=0)  # noqa: SIM115 - open as long as this is
        weakref.finalize(self, self._file.close)

    def keep(self, tensor: Tensor) -> Stored:
        """Write `(N, channels, height, width)` and return where it is; raises `LearningError` where it cannot."""
        try:
            self._file.seek(self._count * self._size)
            self._file.write(np.rint(tensor * 255).astype(np.uint8).tobytes())
        except OSError as error:
            where = f"{tempfile.gettempdir()} (TMPDIR names another place)"
            raise LearningError(f"prepared images cannot be kept in {where}: {error.strerror}") from None
        self._count += len(tensor)
        return Stored(self, np.arange(self._count - len(tensor), self._count))

    def read(self, places: NDArray[np.intp]) -> Tensor:
        """Return the tensors at `places`, as they were given."""
        levels = np.empty((len(places), *self.shape), np.uint8)
        for row, place in zip(levels, places.tolist(), strict=True):
            self._file.seek(place * self._size)
            self._file.readinto(memoryview(row).cast("B"))
        return np.multiply(levels, np.float32(1 / 255), dtype=np.float32)


class Stored:
    """Some tensors of a store, read when they are indexed by a number, a slice or an array of numbers.

    To numpy it is an array that has to be read first.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, store: Store, places: NDArray[np.intp]) -> None:
        self.store = store
        self.places = places

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array, `(N, channels, height, width)`."""
        return (len(self.places), *self.store.shape)

    @property
    def nbytes(self) -> int:
        """How many bytes it takes in memory once read."""
        return prod(self.shape) * self.dtype.itemsize

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, at: int | slice | NDArray[np.intp]) -> Tensor:
        read = self.store.read(np.atleast_1d(self.places[at]))
        return cast(Tensor, read[0]) if np.ndim(self.places[at]) == 0 else read

    def part(self, at: NDArray[np.intp]) -> Self:
        """Return some of them, unread."""
        return type(self)(self.store, self.places[at])

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Read all."""
        del copy
        return np.asarray(self.store.read(self.places), dtype)


def picked(tensor: Tensor | Stored, chosen: NDArray[np.intp]) -> Tensor | Stored:
    """Return some rows, unread where they are stored."""
    return tensor.part(chosen) if isinstance(tensor, Stored) else tensor[chosen]


def joined(tensors: Sequence[Tensor | Stored]) -> Tensor | Stored:
    """Return all rows as one, unread where they are stored together."""
    stored = [tensor for tensor in tensors if isinstance(tensor, Stored)]
    if len(stored) == len(tensors) and len({id(tensor.store) for tensor in stored}) == 1:
        return Stored(stored[0].store, np.concatenate([tensor.places for tensor in stored]))
    return np.concatenate([np.asarray(tensor) for tensor in tensors])


def for_learner(learner: Learner, tensor: Tensor | Stored) -> Tensor:
    """Return the rows as `learner` takes them: read, unless it reads them itself."""
    return cast(Tensor, tensor) if isinstance(learner, Streaming) else np.asarray(tensor)
