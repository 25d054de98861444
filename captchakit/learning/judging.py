"""What a learner says of whole images, and how good that is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from captchakit.learning.examples import Framed
from captchakit.learning.stored import MOST_BYTES
from captchakit.reading.model import calibrated
from captchakit.stages import Codec, Learner
from captchakit.types import Predictions, Probabilities

TEMPERATURES = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 3.0, 4.0)


def spoken(learner: Learner, images: Sequence[Framed]) -> list[Probabilities]:
    """Return the learner's probabilities for each image, for as many images of a width at once as fit in memory."""
    answers: dict[int, Probabilities] = {}
    widths: dict[int, list[int]] = {}
    for number, image in enumerate(images):
        widths.setdefault(image.tensor.shape[3] if len(image.tensor) else -1, []).append(number)
    for same in widths.values():
        largest = max(images[n].tensor.nbytes for n in same)
        step = max(1, MOST_BYTES // max(1, largest))
        for numbers in (same[at : at + step] for at in range(0, len(same), step)):
            together = learner.probabilities(np.concatenate([np.asarray(images[n].tensor) for n in numbers]))
            ends = np.cumsum([len(images[n].tensor) for n in numbers])[:-1]
            answers.update(zip(numbers, np.split(together, ends), strict=True))
    return [answers[n] for n in range(len(images))]


def judged(
    said: Sequence[Probabilities], codec: Codec, images: Sequence[Framed], temperature: float = 1.0
) -> tuple[float, float]:
    """Return exact match over whole images, and a score that tells equals apart: minus the Brier score."""
    right, brier = 0, 0.0
    for image, raw in zip(images, said, strict=True):
        solution = codec.decode(Predictions(calibrated(raw, temperature), image.glyphs))
        correct = solution.text == image.label
        right += correct
        brier += (solution.confidence - correct) ** 2
    return right / len(images), -brier / len(images)


def best_temperature(learner: Learner, codec: Codec, images: Sequence[Framed]) -> float:
    """Return the temperature under which the answers' confidence has the best Brier score."""
    return tempered(spoken(learner, images), codec, images)


def tempered(said: Sequence[Probabilities], codec: Codec, images: Sequence[Framed]) -> float:
    """Return the temperature under which answers from what was said of the images have the best Brier score.

    Only those count under which as many answers are right as without: where paths compete, a temperature changes which
    is the best, and to be wrong without any confidence has a good Brier score.
    """
    scores = {temperature: judged(said, codec, images, temperature) for temperature in TEMPERATURES}
    harmless = [temperature for temperature in TEMPERATURES if scores[temperature][0] >= scores[1.0][0]]
    return max(harmless, key=lambda temperature: scores[temperature][1])
