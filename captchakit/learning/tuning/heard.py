"""What readers said of labelled pictures that they had not learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import NamedTuple, Self

import numpy as np

from captchakit.learning.dataset import Item
from captchakit.learning.doubting import READS, Doubt, contradicted, doubts
from captchakit.learning.examples import Framed
from captchakit.learning.judging import tempered
from captchakit.learning.tuning.reader import Picture
from captchakit.stages import Codec
from captchakit.types import Predictions, Probabilities


class Read(NamedTuple):
    """How much of labelled pictures is read: the share that is read whole, and where two are alike in that, how nearly.

    `near` is the mean likeness of answers to labels, from 0 to 1 (`difflib.SequenceMatcher.ratio`, after Ratcliff and
    Metzener 1988, "Pattern matching: the gestalt approach"). Of 20 labels few are read whole; in a tie the characters
    tell more. (`measuring.edit_distance` lies above this layer.)
    """

    exact: float
    near: float

    @classmethod
    def of(cls, answers: Sequence[str], labels: Sequence[str]) -> Self:
        """Compare answers with labels; nothing was read where there are none."""
        if not labels:
            return cls(0.0, 0.0)
        both = list(zip(answers, labels, strict=True))
        likeness = [SequenceMatcher(None, answer, label, autojunk=False).ratio() for answer, label in both]
        return cls(float(np.mean([answer == label for answer, label in both])), float(np.mean(likeness)))


@dataclass(slots=True, eq=False)
class Heard:
    """Items, and what was said of each; `pictures` are all of the dataset's, by file."""

    codec: Codec
    pictures: Mapping[str, Picture]
    items: list[Item] = field(default_factory=list)
    said: list[Probabilities] = field(default_factory=list)

    def framed(self) -> list[Framed]:
        """Return the items' pictures as they were read."""
        return [self.pictures[item.file].framed for item in self.items]

    def temperature(self) -> float:
        """Return the temperature under which confidence fits best."""
        return tempered(self.said, self.codec, self.framed())

    def exact(self) -> float:
        """Return the share of items that are read whole; 0 where there are none."""
        return self.read().exact

    def read(self) -> Read:
        """Return how much of the items is read, whole and nearly."""
        framed = self.framed()
        said = [Predictions(raw, image.glyphs) for raw, image in zip(self.said, framed, strict=True)]
        return Read.of([self.codec.decode(each).text for each in said], [image.label for image in framed])

    def doubts(self) -> list[Doubt]:
        """Return the labels that are contradicted with near-certainty."""
        # A poor reader is no judge, and would be read nine times more, each time slowly, to find its temperature.
        if not self.items or self.exact() < READS:
            return []
        return doubts(self.items, contradicted(self.framed(), self.said, self.codec, self.temperature()))
