"""What learners answer that look at a picture again, prepared in other ways, where they are not sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captchakit.learning.calibrating import fitted
from captchakit.learning.examples import Framed
from captchakit.learning.judging import spoken
from captchakit.learning.tuning.heard import Read
from captchakit.learning.tuning.reader import Picture
from captchakit.learning.tuning.start import Start
from captchakit.reading.calibration import AS_GIVEN
from captchakit.reading.card import Looks
from captchakit.reading.looking import Reading, View
from captchakit.reading.prepare import Prepared
from captchakit.stages import Learner
from captchakit.types import ANYTHING, Predictions, Probabilities


@dataclass(slots=True)
class Looked:
    """Answers, their confidence before it is calibrated, and how many looks each took."""

    texts: list[str] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    looks: list[int] = field(default_factory=list)

    def add(self, other: Looked) -> None:
        """Take up more answers."""
        self.texts += other.texts
        self.confidences += other.confidences
        self.looks += other.looks

    def read(self, labels: Sequence[str]) -> Read:
        """Return how much of what has these labels is read."""
        return Read.of(self.texts, labels)

    def calibrated(self, looks: Looks, labels: Sequence[str]) -> Looks:
        """Return the looks with a confidence that is fitted to those answers that took several."""
        again = [number for number, count in enumerate(self.looks) if count > 1]
        right = [self.texts[number] == labels[number] for number in again]
        return replace(looks, calibration=fitted([self.confidences[number] for number in again], right))

    def stored(self) -> dict[str, NDArray[Any]]:
        """Return the answers as arrays by name."""
        return {
            "texts": np.array(self.texts, np.str_),
            "confidences": np.array(self.confidences, np.float64),
            "looks": np.array(self.looks, np.int64),
        }

    def take_up(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `stored` returned."""
        self.texts, self.confidences, self.looks = (arrays[name].tolist() for name in self.__slots__)


@dataclass(frozen=True, slots=True, eq=False)
class Looker:
    """Takes the looks of a model, that of `first` before those of the others."""

    first: Start
    further: Sequence[Start]

    @classmethod
    def of(cls, first: Start, ways: Sequence[Start]) -> Looker:
        """Take all of these ways, the first one first."""
        return cls(first, [way for way in ways if way.recipe.filters != first.recipe.filters])

    @property
    def looks(self) -> Looks:
        """The further looks as they stand in a card, their confidence as given."""
        filters = tuple(way.recipe.filters for way in self.further)
        return replace(self.first.card.looks, filters=filters, calibration=AS_GIVEN)

    def look(self, learner: Learner, pictures: Sequence[Picture], said: Sequence[Probabilities]) -> Looked:
        """Return what the learner answers, which has `said` this at the first look."""
        readings = [Reading(picture.image, ANYTHING) for picture in pictures]
        self._add(self.first, readings, [picture.prepared for picture in pictures], said)
        for way in self.further:
            waiting = [reading for reading in readings if reading.goes_on(self.looks)]
            prepared = [way.prepare(reading.image) for reading in waiting]
            framed = [Framed("", each.glyphs, way.card.framing.frame(each.glyphs)) for each in prepared]
            self._add(way, waiting, prepared, spoken(learner, framed))
        seen = [reading.seen() for reading in readings]
        return Looked(
            [each.solution.text for each in seen],
            [each.solution.confidence for each in seen],
            [each.looks for each in seen],
        )

    def _add(
        self, way: Start, readings: Sequence[Reading], prepared: Sequence[Prepared], said: Sequence[Probabilities]
    ) -> None:
        for reading, each, probabilities in zip(readings, prepared, said, strict=True):
            view = View(way.prepare, each, Predictions(probabilities, each.glyphs))
            reading.add(view, self.first.codec.decode)
