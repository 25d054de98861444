"""What a learner says of whole pictures while it is being tuned."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from captchakit.errors import DatasetError, ImageError
from captchakit.learning.dataset import IMAGE_SUFFIXES, Dataset, Item
from captchakit.learning.examples import Framed, framed_label
from captchakit.learning.judging import spoken
from captchakit.learning.storage import open_storage
from captchakit.learning.tuning.stream import Labelled
from captchakit.reading.codecs.alignments import alignment
from captchakit.reading.framing import Framing
from captchakit.reading.image import decode
from captchakit.reading.prepare import Prepare, Prepared
from captchakit.stages import Codec, Learner
from captchakit.types import Image, Predictions, Probabilities

PLACED = 0.05
"""The probability that a character must have by the learner somewhere before its place is believed."""

BELIEVED = 0.9
"""The confidence from which an answer to an unlabelled picture is learned from as if it were its label."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture, what comes of preparing it, and its label, empty where there is none."""

    image: Image
    prepared: Prepared
    framed: Framed

    @property
    def label(self) -> str:
        """The label, in the dataset's case."""
        return self.framed.label


def pictures_of(dataset: Dataset, items: Sequence[Item], prepare: Prepare, framing: Framing) -> list[Picture]:
    """Decode and prepare items; raises `DatasetError` naming the row of one that cannot be read."""
    found = []
    for item in items:
        where = f"{dataset.name}: {item.row}: {item.file}"
        found.append(_picture(dataset.read(item), framed_label(dataset, item), where, prepare, framing))
    return found


def unlabelled_in(path: Path, known: Container[bytes], prepare: Prepare, framing: Framing) -> list[Picture]:
    """Decode and prepare all images of a folder or zip but the known ones, without labels.

    Raises `DatasetError` naming a file that cannot be read, or where there is no image.
    """
    storage = open_storage(path)
    files = [f for f in storage.files() if Path(f).suffix.lower() in IMAGE_SUFFIXES]
    if not files:
        raise DatasetError(f"{path}: there is no image")
    fresh = ((f, data) for f in files if (data := storage.read(f)) not in known)
    return [_picture(data, "", f"{path}: {file}", prepare, framing) for file, data in fresh]


def _picture(data: bytes, label: str, where: str, prepare: Prepare, framing: Framing) -> Picture:
    try:
        image = decode(data)
    except ImageError as error:
        raise DatasetError(f"{where}: {error}") from None
    prepared = prepare(image)
    return Picture(image, prepared, Framed(label, prepared.glyphs, framing.frame(prepared.glyphs)))


def placed(learner: Learner, codec: Codec, pictures: Sequence[Picture]) -> list[Labelled]:
    """Return labelled pictures with the centres of their characters, where the learner is sure enough of them."""
    index = {label: number for number, label in enumerate(codec.alphabet)}
    said = spoken(learner, [p.framed for p in pictures])
    found = []
    for picture, probabilities in zip(pictures, said, strict=True):
        classes = [index[c] for c in picture.label]
        found.append(Labelled(picture.image, tuple(classes), _centres(picture, classes, probabilities)))
    return found


def _centres(picture: Picture, classes: list[int], probabilities: Probabilities) -> tuple[float, ...]:
    """Return the columns of the picture on which the characters of a label are centred, none where that is unsure."""
    if len(probabilities) != 1 or not classes:
        return ()
    steps = probabilities[0].astype(np.float64)
    if not np.isfinite(steps).all():  # the loss has run away, and the round will say so
        return ()
    if len(classes) + sum(a == b for a, b in pairwise(classes)) > len(steps):
        return ()
    laid = alignment(steps, classes)
    if any(steps[start:stop, c].max() < PLACED for c, (start, stop) in zip(classes, laid, strict=True)):
        return ()
    box, matrix = picture.framed.glyphs[0].box, picture.prepared.matrix
    scale, shift = (1.0, 0.0) if matrix is None else (float(matrix[0, 0]), float(matrix[0, 2]))
    middles = [(start + stop) / 2 / len(steps) for start, stop in laid]
    return tuple((box.x + middle * box.width - shift) / scale for middle in middles)


def believed(learner: Learner, codec: Codec, pictures: Sequence[Picture], lengths: tuple[int, int]) -> list[Picture]:
    """Return unlabelled pictures with the answers of which the learner is sure as their labels, the surest first."""
    said = spoken(learner, [p.framed for p in pictures])
    found: list[tuple[float, Picture]] = []
    for picture, probabilities in zip(pictures, said, strict=True):
        solution = codec.decode(Predictions(probabilities, picture.framed.glyphs))
        if solution.confidence >= BELIEVED and lengths[0] <= len(solution.symbols) <= lengths[1]:
            framed = Framed(solution.text, picture.framed.glyphs, picture.framed.tensor)
            found.append((solution.confidence, Picture(picture.image, picture.prepared, framed)))
    return [picture for _, picture in sorted(found, key=lambda each: -each[0])]
