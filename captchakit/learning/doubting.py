"""Labels that look wrong: what a trained reader contradicts with near-certainty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from captchakit.learning.dataset import Item
from captchakit.learning.examples import Framed
from captchakit.reading.model import calibrated
from captchakit.stages import Codec
from captchakit.types import Predictions, Probabilities, Solution

CERTAIN = 0.95
"""The confidence from which another reading speaks against a label."""

LIKELY = 0.8
"""The confidence that is enough where a second reader says the same."""

READS = 0.8
"""The share of images that must be read as labelled before the others are doubted: a poor reader is no judge."""

READS_WORDS = 0.95
"""The same where a label is one word: who reads characters so well reads 0.8 of texts of four or five.

Of drawn documents, whose labels are all right, a reader at 0.86 contradicted 2 % of the labels, and without them the
model read 0.921 of real ones where it reads 0.932 with them (684 train images, mean of three seeds).
"""

FEWEST = 100
"""How many images there must be for halves of them to judge each other: fewer are too few to know, and to lose any."""

MOST = 0.1
"""The largest share of labels that is doubted: where more look wrong, it is likelier the reader that is."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A labelled image that is read otherwise, and how surely."""

    item: Item
    text: str
    confidence: float


def contradicted(
    images: Sequence[Framed],
    said: Sequence[Probabilities],
    codec: Codec,
    temperature: float,
    seconded: Sequence[Probabilities] | None = None,
) -> dict[int, Solution]:
    """Return by number the images whose label the reader contradicts with near-certainty.

    A second reader's word, in `seconded`, makes less certainty do, but has to be the same. A character that is
    contradicted in half of the images that have it is misread, not mislabelled, and speaks against no label. Several
    labels an image are not looked at.
    """
    if codec.objective == "tags":
        return {}
    wrong = {n: a for n, a in enumerate(_read(images, said, codec, temperature)) if a.text != images[n].label}
    reads = READS_WORDS if _are_words(codec) else READS
    if len(wrong) > (1 - reads) * len(images):
        return {}
    if seconded is not None:
        same = _read([images[n] for n in wrong], [seconded[n] for n in wrong], codec, temperature)
        wrong = {n: a for (n, a), other in zip(wrong.items(), same, strict=True) if a.text == other.text}
    sure = {n: a for n, a in wrong.items() if a.confidence >= (CERTAIN if seconded is None else LIKELY)}
    frequent = Counter(part for image in images for part in _parts(image.label, codec))
    denied = Counter(part for n, a in sure.items() for part in _parts(images[n].label, codec) - _parts(a.text, codec))
    misread = {part for part, count in denied.items() if 2 * count >= frequent[part]}
    doubtful = {n: a for n, a in sure.items() if not misread & _parts(images[n].label, codec)}
    return doubtful if len(doubtful) <= MOST * len(images) else {}


def _read(images: Sequence[Framed], said: Sequence[Probabilities], codec: Codec, temperature: float) -> list[Solution]:
    return [
        codec.decode(Predictions(calibrated(raw, temperature), image.glyphs))
        for image, raw in zip(images, said, strict=True)
    ]


def _parts(label: str, codec: Codec) -> set[str]:
    """Return the characters of a label, or itself where labels are words."""
    return {label} if _are_words(codec) else set(label)


def _are_words(codec: Codec) -> bool:
    return any(len(known) > 1 for known in codec.alphabet)


def doubts(items: Sequence[Item], found: dict[int, Solution]) -> list[Doubt]:
    """Return what was found against which items."""
    return [Doubt(items[n], answer.text, answer.confidence) for n, answer in found.items()]
