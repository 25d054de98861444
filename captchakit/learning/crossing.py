"""What is said of labelled images by learners that have not seen them: each half is read by who learned the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from captchakit.learning.examples import Framed, align
from captchakit.learning.stored import for_learner
from captchakit.stages import Codec, Learner
from captchakit.types import Probabilities

HALVES = 2


def spoken_crosswise(
    fresh: Callable[[int], Learner], passes: int, images: Sequence[Framed], said: Sequence[Probabilities], codec: Codec
) -> list[Probabilities]:
    """Return for each image what a learner says of its glyphs that has learned from the half it is not in.

    `fresh(n)` makes a learner, which goes over its half `passes` times; labels lie where `said` puts them. Who has
    learned from a wrong label may repeat it; who never saw it can only read what is there. Raises `LearningError`
    where a half has nothing to learn from.
    """
    order = np.random.default_rng(0).permutation(len(images)).tolist()
    answers: dict[int, Probabilities] = {}
    for half in range(HALVES):
        unseen = set(order[half::HALVES])
        seen = [n for n in range(len(images)) if n not in unseen]
        examples = align([images[n] for n in seen], codec, [said[n] for n in seen])
        learner = fresh(half)
        for done in range(passes):
            learner.learn(for_learner(learner, examples.tensor), examples.targets, done / passes)
            if learner.settled:
                break
        answers.update((n, learner.probabilities(np.asarray(images[n].tensor))) for n in unseen)
    return [answers[n] for n in range(len(images))]
