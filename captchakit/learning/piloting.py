"""The first alignment of labels to overlapping candidates, by a pilot that cannot memorise.

Laid on by evenness alone, nine labels in ten may lie wrong. A learner that fits its examples wholly, a support vector
machine for one, then says of every glyph what it was told and never lets go of it. Linear discriminant analysis
(Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x) has one mean a class and one covariance for all: it can only keep
what many images have in common. A few rounds of fitting and aligning anew bring most labels to their place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from captchakit.learning.examples import Framed
from captchakit.stages import Codec
from captchakit.types import Probabilities, Tensor

ROUNDS = 8
MOST_IMAGES = 1000
"""How many images the pilot learns from; it speaks of all."""

CELL = 4
SHRINKAGE = 0.1

Rows = NDArray[np.float32]


def piloted(framed: Sequence[Framed], codec: Codec) -> list[Probabilities] | None:
    """Return what the pilot says of each image's glyphs, None where there is nothing to choose between."""
    if codec.objective != "class" or not any(_overlap(image) for image in framed):
        return None
    few = [(image, described(np.asarray(image.tensor))) for image in framed[:MOST_IMAGES]]
    said: list[Probabilities] | None = None
    for _ in range(ROUNDS):
        pilot = _learned(few, codec, said)
        if pilot is None:
            return None
        said = [pilot(rows) for _, rows in few]
    if pilot is None:
        return None
    return [*(said or ()), *(pilot(described(np.asarray(image.tensor))) for image in framed[MOST_IMAGES:])]


def _overlap(image: Framed) -> bool:
    return any(a.span[1] > b.span[0] for a, b in zip(image.glyphs, image.glyphs[1:], strict=False))


class _Discriminant:
    """Class probabilities from one Gaussian a class with a shared covariance, shrunk towards a sphere."""

    def __init__(self, rows: Rows, targets: NDArray[np.int64], classes: int) -> None:
        seen, places = np.unique(targets, return_inverse=True)
        counts = np.bincount(places)
        means = np.zeros((len(seen), rows.shape[1]))
        np.add.at(means, places, rows)
        means /= counts[:, np.newaxis]
        apart = rows - means[places]
        spread = apart.T @ apart / len(rows)
        sphere = np.eye(len(spread)) * (SHRINKAGE * np.trace(spread) / len(spread) + 1e-6)
        self._weights = np.linalg.solve((1 - SHRINKAGE) * spread + sphere, means.T)
        self._bias = np.log(counts / counts.sum()) - (means.T * self._weights).sum(axis=0) / 2
        self._seen, self._classes = seen, classes

    def __call__(self, rows: Rows) -> Probabilities:
        """Return `(N, 1, C)`."""
        scores = rows @ self._weights + self._bias
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        answer = np.full((len(rows), 1, self._classes), 1e-7, np.float32)
        answer[:, 0, self._seen] += powers / powers.sum(axis=1, keepdims=True)
        return answer


def _learned(
    few: Sequence[tuple[Framed, Rows]], codec: Codec, said: Sequence[Probabilities] | None
) -> _Discriminant | None:
    rows, targets = [], []
    for number, (image, described_as) in enumerate(few):
        encoded = codec.encode(image.label, image.glyphs, None if said is None else said[number])
        if encoded is not None:
            rows.append(described_as[encoded[0]])
            targets.append(encoded[1][:, 0])
    return _Discriminant(np.concatenate(rows), np.concatenate(targets), codec.classes) if rows else None


def described(tensor: Tensor) -> Rows:
    """Return for each glyph of `(N, channels, H, W)` its brightness and its edges in eight directions, in cells."""
    gray = tensor.mean(axis=1)
    across, down = np.zeros_like(gray), np.zeros_like(gray)
    across[:, :, 1:-1] = gray[:, :, 2:] - gray[:, :, :-2]
    down[:, 1:-1] = gray[:, 2:] - gray[:, :-2]
    slants = ((across + down) / np.sqrt(2), (across - down) / np.sqrt(2))
    edges = [side for edge in (across, down, *slants) for side in (np.maximum(edge, 0), np.maximum(-edge, 0))]
    return np.concatenate([_in_cells(plane) for plane in (gray, *edges)], axis=1).astype(np.float32)


def _in_cells(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    count, height, width = planes.shape
    cell = max(1, min(CELL, height, width))
    rows, columns = height // cell, width // cell
    cells = planes[:, : rows * cell, : columns * cell].reshape(count, rows, cell, columns, cell)
    return np.asarray(cells.mean(axis=(2, 4)).reshape(count, rows * columns), np.float32)
