"""An image that is not read with certainty is looked at again, prepared in other ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from captchakit.errors import CaptchakitError
from captchakit.reading.card import Looks
from captchakit.reading.prepare import Prepare, Prepared
from captchakit.types import Alternative, Constraint, Image, Predictions, Solution

READINGS = 2
"""How many answers of each look are weighed against those of the others."""

Decode = Callable[[Predictions, Constraint, int], Solution]
"""From predictions, a constraint, and how many answers are wanted, to the most probable ones."""


class View(NamedTuple):
    """One look at an image: how it was prepared, what came of it, and what the model said."""

    prepare: Prepare
    prepared: Prepared
    predictions: Predictions


class Seen(NamedTuple):
    """An answer, its boxes in the filtered image of the look that shows it best, and that look."""

    solution: Solution
    view: View
    looks: int = 1
    """How many looks were taken."""


@dataclass(slots=True, eq=False)
class Reading:
    """An image on its way to an answer: what is asked for, the looks taken so far, or the error that ended it."""

    image: Image
    constraint: Constraint
    top: int = 1
    views: list[View] = field(default_factory=list)
    answers: list[Solution] = field(default_factory=list)
    error: CaptchakitError | None = None

    def goes_on(self, looks: Looks) -> bool:
        """Return whether another look is wanted: what was found is not probable enough for the looks that agree."""
        if self.error is not None or not self.views:
            return self.error is None
        found = self.seen().solution
        return not looks.enough(found.confidence, sum(a.text == found.text for a in self.answers))

    def add(self, view: View, decode: Decode) -> None:
        """Weigh one look more; raises what `decode` raises."""
        top = max(self.top, READINGS) if self.views else self.top
        if len(self.views) == 1:  # it was asked for one answer, which is found sooner
            self.answers = [decode(self.views[0].predictions, self.constraint, top)]
        self.answers.append(decode(view.predictions, self.constraint, top))
        self.views.append(view)

    def seen(self) -> Seen:
        """Return what was found, from one look at least; raises the error that ended it."""
        if self.error is not None:
            raise self.error
        if len(self.views) == 1:
            return Seen(self.answers[0], self.views[0])
        solution, best = mixed(self.answers, self.top)
        return Seen(solution, self.views[best], len(self.views))


def mixed(told: Sequence[Solution], top: int = 1) -> tuple[Solution, int]:
    """Return the answer of the greatest mean probability over several looks, and the look that shows it best.

    It is one that some look holds for the most probable. The mean over looks is the probability of a mixture of experts
    with equal weights (Jacobs et al. 1991, doi:10.1162/neco.1991.3.1.79): an answer that several looks half believe
    beats one of which a single look is convinced.
    """
    shares: dict[str, float] = defaultdict(float)
    for solution in told:
        for text, probability in solution.alternatives or (Alternative(solution.text, solution.confidence),):
            shares[text] += probability / len(told)
    best = max((s.text for s in told), key=shares.__getitem__)
    which = max((k for k, s in enumerate(told) if s.text == best), key=lambda k: told[k].confidence)
    order = sorted(shares, key=lambda text: (text != best, -shares[text]))
    return replace(
        told[which],
        confidence=min(1.0, shares[best]),
        excluded=sum(s.excluded for s in told) / len(told),
        alternatives=tuple(Alternative(text, min(1.0, shares[text])) for text in order[:top]) if top > 1 else (),
    ), which
