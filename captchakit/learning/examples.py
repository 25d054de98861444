"""From labelled images to examples: everything that solving does up to the tensor, and the codec's targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from captchakit.errors import DatasetError, ImageError, LearningError
from captchakit.learning.dataset import Dataset, Item
from captchakit.learning.stored import MOST_BYTES, Store, Stored, joined, picked
from captchakit.reading.framing import Framing
from captchakit.reading.image import decode
from captchakit.reading.prepare import Prepare
from captchakit.reading.segmenters.whole import Whole
from captchakit.stages import Codec
from captchakit.types import Glyphs, Image, Probabilities, Targets, Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Framed:
    """One labelled image, ready for a model: its glyphs and their tensor `(N, channels, H, W)`.

    Where the tensor is stored on disk, there is one glyph, and it has a box but no pixels.
    """

    label: str
    glyphs: Glyphs
    tensor: Tensor | Stored


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Glyphs with targets, and how many images they came from out of how many."""

    tensor: Tensor | Stored
    targets: Targets
    used: int
    images: int

    def same_targets(self, other: Examples | None) -> bool:
        """Return whether another labelling says the same."""
        return other is not None and np.array_equal(self.targets, other.targets)


@dataclass(frozen=True, slots=True)
class Preparing:
    """How many of `images` are prepared, and how many seconds it has taken and will take."""

    done: int
    images: int
    elapsed: float
    left: float


STEP = 200
"""After how many images the preparing is told of."""

NO_PIXELS: Image = np.zeros((0, 0), np.uint8)


def frame_all(
    dataset: Dataset,
    items: Iterable[Item],
    prepare: Prepare,
    framing: Framing,
    report: Callable[[Preparing], None] = lambda _: None,
) -> list[Framed]:
    """Prepare every item; raises `DatasetError` naming the row of an image that cannot be read.

    Whole images that are too many for memory are stored on disk; raises `LearningError` where there is no room.
    """
    items, started = list(items), monotonic()
    size = 4 * framing.channels * framing.height * framing.width
    too_many = isinstance(prepare.segmenter, Whole) and size * len(items) > MOST_BYTES
    store = Store((framing.channels, framing.height, framing.width)) if too_many else None
    framed = []
    for done, item in enumerate(items, start=1):
        image = _framed(dataset, item, prepare, framing)
        framed.append(image if store is None else _stored(image, store))
        if done % STEP == 0 or done == len(items):
            spent = monotonic() - started
            report(Preparing(done, len(items), spent, spent / done * (len(items) - done)))
    return framed


def _stored(image: Framed, store: Store) -> Framed:
    glyphs = tuple(glyph._replace(image=NO_PIXELS) for glyph in image.glyphs)
    return replace(image, glyphs=glyphs, tensor=store.keep(np.asarray(image.tensor)))


def _framed(dataset: Dataset, item: Item, prepare: Prepare, framing: Framing) -> Framed:
    try:
        glyphs = prepare(decode(dataset.read(item))).glyphs
    except ImageError as error:
        raise DatasetError(f"{dataset.name}: {item.row}: {item.file}: {error}") from None
    return Framed(framed_label(dataset, item), glyphs, framing.frame(glyphs))


def framed_label(dataset: Dataset, item: Item) -> str:
    """Return an item's label, in the case of the alphabet where the dataset does not mind it."""
    return item.label if dataset.case_sensitive else _in_case_of(item.label, dataset.alphabet)


def _in_case_of(label: str, alphabet: Sequence[str]) -> str:
    known = set(alphabet)
    swapped = (c if c in known else c.lower() if c.lower() in known else c.upper() for c in label)
    return "".join(swapped)


def align(
    framed: Sequence[Framed], codec: Codec, said: Sequence[Probabilities] | None, images: int | None = None
) -> Examples:
    """Lay every label on its glyphs, as the model so far sees them: `said` of each image, None at the start.

    `images` is how many there are where some have been left out.
    Raises `LearningError` where not one image's glyphs can carry its label.
    """
    tensors, targets = [], []
    for number, image in enumerate(framed):
        encoded = codec.encode(image.label, image.glyphs, None if said is None else said[number])
        if encoded is None:
            continue
        chosen, wanted = encoded
        tensors.append(picked(image.tensor, chosen))
        targets.append(wanted)
    if not tensors:
        raise LearningError(
            f"none of {len(framed)} images falls into glyphs that its label fits; try another recipe, such as cuts"
        )
    return Examples(_of_one_width(tensors), _padded(targets), len(tensors), images or len(framed))


def _of_one_width(tensors: Sequence[Tensor | Stored]) -> Tensor | Stored:
    """Return all tensors as one; where the width is free, narrower ones go on with their last column."""
    widest = max(t.shape[3] for t in tensors)
    if all(t.shape[3] == widest for t in tensors):
        return joined(tensors)
    wide = (np.pad(t, ((0, 0), (0, 0), (0, 0), (0, widest - t.shape[3])), mode="edge") for t in tensors)
    return np.concatenate([*wide])


def _padded(targets: Sequence[Targets]) -> Targets:
    longest = max(t.shape[1] for t in targets)
    return np.concatenate([np.pad(t, ((0, 0), (0, longest - t.shape[1])), constant_values=-1) for t in targets])
