"""One round of tuning: a learner, pictures to learn from, and whole pictures to validate on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import monotonic

import numpy as np

from captchakit.errors import LearningError
from captchakit.learning.judging import judged, spoken
from captchakit.learning.tuning.missing import compared
from captchakit.learning.tuning.reader import Picture, believed, placed
from captchakit.learning.tuning.stream import Labelled, Stream
from captchakit.stages import Codec, Confinable, Learner
from captchakit.types import Probabilities

PASSES = 12
"""Into how many parts a round is cut; after each, places are found anew and validation is read."""

LOOK_AT = frozenset({4, 6, 8, 10})
"""The passes after which unlabelled pictures are read."""

ROUGH = 8
"""The first passes, in which pictures are varied roughly; the others show them more as they are.

Rough pictures keep few labels from being learned by heart, and what is learned last is what is read best (Ge et al.
2021, "YOLOX", arXiv:2107.08430, section 2.1, ends likewise).
"""

BATCH = 32


@dataclass(frozen=True, slots=True)
class Told:
    """How a round stands after a pass: mean loss, exact match on what was held out (None where nothing was)."""

    done: int
    loss: float
    exact: float | None
    learned_from: int


@dataclass(slots=True, eq=False)
class Round:
    """Learn from `labelled`, and from `unlabelled` as far as they are read with certainty; validate on `held`.

    No more are taken of the latter than of the former: what a reader mistakes it mistakes surely, and often alike.
    """

    learner: Learner
    codec: Codec
    stream: Stream
    labelled: Sequence[Picture]
    held: Sequence[Picture]
    unlabelled: Sequence[Picture]
    lengths: tuple[int, int]
    images: int
    """How many varied pictures are learned from."""
    drawn: Callable[[Learner], AbstractContextManager[None]]
    """Draws a learner towards its start for a while: few labels make it sure of much that it reads wrong."""

    def run(self, seconds: float, told: Callable[[Told], None], first: int = 0) -> None:
        """Learn until all pictures are seen or the time is over, from pass `first` on.

        Raises `LearningError` where the loss runs away.
        """
        started, more, learned = monotonic(), list[Picture](), first * self.images // PASSES

        def progress() -> float:
            return max(learned / self.images, (monotonic() - started) / seconds if seconds else 1.0)

        for done in range(first, PASSES):
            if self.unlabelled and (done in LOOK_AT or done == first > min(LOOK_AT)):
                with self.drawn(self.learner):
                    sure = believed(self.learner, self.codec, self.unlabelled, self.lengths)
                more = sure[: len(self.labelled)]
            pictures = placed(self.learner, self.codec, [*self.labelled, *more])
            self.stream.rough = done < ROUGH
            self.stream.feed(pictures)
            self._confine(pictures)
            losses = list[float]()
            while not losses or progress() < (done + 1) / PASSES:
                losses.append(self.learner.learn(*self.stream.batch(BATCH), progress()))
                learned += BATCH
            if not np.isfinite(losses).all():
                raise LearningError(f"the loss is {losses[-1]} after {done + 1} passes; try another seed")
            told(Told(done + 1, float(np.mean(losses)), self._exact(), len(pictures)))

    def _confine(self, pictures: Sequence[Labelled]) -> None:
        if isinstance(self.learner, Confinable):
            classes, known = [picture.classes for picture in pictures], len(self.labelled)
            self.learner.confine(compared(classes[:known], classes[known:], len(self.codec.alphabet)))

    def said(self) -> list[Probabilities]:
        """Return what the learner says of the pictures held out."""
        return spoken(self.learner, [p.framed for p in self.held])

    def _exact(self) -> float | None:
        if not self.held:
            return None
        return judged(self.said(), self.codec, [p.framed for p in self.held])[0]
