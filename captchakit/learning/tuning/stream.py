"""An endless stream of pictures to learn from: labelled ones, varied and spliced, prepared as for solving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from captchakit.learning.tuning.augmentation import varied
from captchakit.learning.tuning.splicing import Cut, edges_between, spliced
from captchakit.reading.framing import Framing
from captchakit.reading.prepare import Prepare
from captchakit.types import Image, Targets, Tensor

SPLICED = 0.5
"""The share of pictures put together from several, once it is known where characters stand."""

HIGHEST = 128
"""Pictures of more rows are made smaller before they are varied."""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """A decoded picture, its classes in order, and where its characters' centres are known to lie, in columns."""

    image: Image
    classes: tuple[int, ...]
    centres: tuple[float, ...] = ()


@dataclass(slots=True, eq=False)
class Stream:
    """Batches of one width from labelled pictures, varied more where `rough`; `dice` is all their chance."""

    prepare: Prepare
    framing: Framing
    dice: np.random.Generator
    rough: bool = False
    pictures: list[Labelled] = field(default_factory=list)
    _cuts: list[Cut] = field(default_factory=list)
    _waiting: dict[int, list[tuple[Tensor, tuple[int, ...]]]] = field(default_factory=dict)

    def feed(self, pictures: Sequence[Labelled]) -> None:
        """Take these pictures from now on; those whose centres are known can be spliced."""
        self.pictures = [_handy(p) for p in pictures]
        self._cuts = [cut for p in self.pictures if (cut := _cut(p)) is not None]

    def batch(self, size: int) -> tuple[Tensor, Targets]:
        """Return the next `size` pictures of one width `(size, channels, H, W)`, and targets padded with -1."""
        while True:
            tensor, classes = self._one()
            same = self._waiting.setdefault(tensor.shape[3], [])
            same.append((tensor, classes))
            if len(same) >= size:
                return _together(self._waiting.pop(tensor.shape[3]))

    def _one(self) -> tuple[Tensor, tuple[int, ...]]:
        if len(self._cuts) > 1 and self.dice.random() < SPLICED:
            image, classes = spliced(self._cuts, self.dice, rough=self.rough)
        else:
            picture = self.pictures[int(self.dice.integers(len(self.pictures)))]
            image, classes = picture.image, picture.classes
        return self.framing.frame(self.prepare(varied(image, self.dice, rough=self.rough)).glyphs), classes


def _handy(picture: Labelled) -> Labelled:
    """Return the picture in colour, and no higher than there is use for: varying a large one takes long."""
    image = picture.image
    if image.ndim == 2:
        image = np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
    by = min(1.0, HIGHEST / image.shape[0])
    if by < 1:
        size = max(1, round(image.shape[1] * by)), HIGHEST
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    across = image.shape[1] / picture.image.shape[1]
    return replace(picture, image=image, centres=tuple(across * centre for centre in picture.centres))


def _cut(picture: Labelled) -> Cut | None:
    if len(picture.centres) != len(picture.classes):
        return None
    edges = edges_between(picture.centres, picture.image.shape[1])
    return None if edges is None else Cut(picture.image, picture.classes, edges)


def _together(same: list[tuple[Tensor, tuple[int, ...]]]) -> tuple[Tensor, Targets]:
    targets = np.full((len(same), max(len(classes) for _, classes in same)), -1, np.int64)
    for row, (_, classes) in zip(targets, same, strict=True):
        row[: len(classes)] = classes
    return np.concatenate([tensor for tensor, _ in same]), targets
