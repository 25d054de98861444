"""From labelled images to examples: everything that solving does up to the tensor, and the codec's targets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from captchakit.errors import DatasetError, ImageError, LearningError
from captchakit.learning.dataset import Dataset, Item
from captchakit.reading.framing import Framing
from captchakit.reading.image import decode
from captchakit.reading.prepare import Prepare
from captchakit.stages import Codec
from captchakit.types import Glyphs, Probabilities, Targets, Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Framed:
    """One labelled image, ready for a model: its glyphs and their tensor `(N, channels, H, W)`."""

    label: str
    glyphs: Glyphs
    tensor: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Glyphs with targets, and how many images they came from out of how many."""

    tensor: Tensor
    targets: Targets
    used: int
    images: int

    def same_targets(self, other: Examples | None) -> bool:
        """Return whether another labelling says the same."""
        return other is not None and np.array_equal(self.targets, other.targets)


def frame_all(dataset: Dataset, items: Iterable[Item], prepare: Prepare, framing: Framing) -> list[Framed]:
    """Prepare every item; raises `DatasetError` naming the row of an image that cannot be read."""
    return [_framed(dataset, item, prepare, framing) for item in items]


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
        tensors.append(image.tensor[chosen])
        targets.append(wanted)
    if not tensors:
        raise LearningError(
            f"none of {len(framed)} images falls into glyphs that its label fits; try another recipe, such as cuts"
        )
    return Examples(_of_one_width(tensors), _padded(targets), len(tensors), images or len(framed))


def _of_one_width(tensors: Sequence[Tensor]) -> Tensor:
    """Return all tensors as one; where the width is free, narrower ones go on with their last column."""
    widest = max(t.shape[3] for t in tensors)
    wide = (np.pad(t, ((0, 0), (0, 0), (0, 0), (0, widest - t.shape[3])), mode="edge") for t in tensors)
    return np.concatenate([*tensors] if all(t.shape[3] == widest for t in tensors) else [*wide])


def _padded(targets: Sequence[Targets]) -> Targets:
    longest = max(t.shape[1] for t in targets)
    return np.concatenate([np.pad(t, ((0, 0), (0, longest - t.shape[1])), constant_values=-1) for t in targets])
