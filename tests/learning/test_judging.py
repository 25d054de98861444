"""What is said of whole images, and how good that is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from captchakit.learning.examples import Framed
from captchakit.learning.judging import TEMPERATURES, judged, spoken, tempered
from captchakit.types import Predictions, Probabilities, Solution, Tensor
from tests.learning.test_doubting import CODEC, image, said


@dataclass
class Echo:
    """A learner that says of each glyph its first pixel, and notes how it was asked."""

    asked: list[tuple[int, ...]] = field(default_factory=list)

    def probabilities(self, tensor: Tensor) -> Probabilities:
        """Return `(N, 1, 1)`."""
        self.asked.append(tensor.shape)
        return tensor[:, :, :1, 0].astype(np.float32)


def test_images_of_one_width_are_asked_about_together() -> None:
    """Each image gets its own answer, those without a glyph too, and there is one question for each width."""
    widths = [(1, 8), (2, 12), (0, 8), (3, 8), (1, 12)]
    tensors = [np.full((count, 1, 8, width), number, np.float32) for number, (count, width) in enumerate(widths)]
    learner = Echo()
    answers = spoken(learner, [Framed("", (), tensor) for tensor in tensors])  # type: ignore[arg-type]
    assert [set(answer.ravel().tolist()) for answer in answers] == [{0.0}, {1.0}, set(), {3.0}, {4.0}]
    assert sorted(shape[3] for shape in learner.asked if shape[0]) == [8, 12]


def test_equals_are_told_apart_by_confidence() -> None:
    """Of two that read as many images, the one that is surer where it is right is better."""
    images = [image("ABT"), image("TAB")]
    sure = judged([said("ABT", 0.99), said("TAB", 0.99)], CODEC, images)
    unsure = judged([said("ABT", 0.6), said("TAB", 0.6)], CODEC, images)
    assert sure[0] == unsure[0] == 1.0
    assert sure > unsure
    assert judged([said("ABT", 0.99), said("TAT", 0.99)], CODEC, images)[0] == 0.5


@pytest.mark.parametrize(("wrong", "sharper"), [(0, True), (5, False)])
def test_the_temperature_follows_the_mistakes(wrong: int, sharper: bool) -> None:
    """Who is never wrong is made surer, who is half the time less sure."""
    images = [image("ABT")] * 10
    answers = [said("ABT", 0.97)] * (10 - wrong) + [said("AAT", 0.97)] * wrong
    temperature = tempered(answers, CODEC, images)
    assert temperature == min(TEMPERATURES) if sharper else temperature > 1


class Shy:
    """Right as long as the first class is clear, with little confidence; else wrong with none."""

    def decode(self, predictions: Predictions) -> Solution:
        """Answer as said above."""
        clear = predictions.probabilities[0, 0, 0] > 0.9
        return Solution("A", 0.5) if clear else Solution("B", 0.01)


def test_no_temperature_makes_answers_wrong() -> None:
    """Though to be wrong without confidence has the better Brier score."""
    answers = [np.array([[[0.95, 0.05]]], np.float32)]
    images = [Framed("A", (), np.zeros((1, 1, 2, 2), np.float32))]
    codec = Shy()
    assert judged(answers, codec, images, TEMPERATURES[-1])[1] > judged(answers, codec, images)[1]  # type: ignore[arg-type]
    chosen = tempered(answers, codec, images)  # type: ignore[arg-type]
    assert judged(answers, codec, images, chosen)[0] == 1.0  # type: ignore[arg-type]
