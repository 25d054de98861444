"""What readers said of labelled pictures that they had not learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from captchakit.learning.dataset import Item
from captchakit.learning.doubting import READS, Doubt, contradicted, doubts
from captchakit.learning.examples import Framed
from captchakit.learning.judging import judged, tempered
from captchakit.learning.tuning.reader import Picture
from captchakit.stages import Codec
from captchakit.types import Probabilities


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

    def of(self, items: Sequence[Item]) -> Heard:
        """Return what was said of these items alone."""
        known = {item.file: said for item, said in zip(self.items, self.said, strict=True)}
        return Heard(self.codec, self.pictures, list(items), [known[item.file] for item in items])

    def temperature(self) -> float:
        """Return the temperature under which confidence fits best."""
        return tempered(self.said, self.codec, self.framed())

    def exact(self) -> float:
        """Return the share of items that are read whole; nan where there are none."""
        return judged(self.said, self.codec, self.framed())[0] if self.items else float("nan")

    def doubts(self) -> list[Doubt]:
        """Return the labels that are contradicted with near-certainty."""
        # A poor reader is no judge, and would be read nine times more, each time slowly, to find its temperature.
        if not self.items or self.exact() < READS:
            return []
        return doubts(self.items, contradicted(self.framed(), self.said, self.codec, self.temperature()))
