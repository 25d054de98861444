"""A model that reads the whole image in steps goes through the same pipeline as one that reads characters."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from captchakit import Constraint, Pipeline
from captchakit.reading.card import Recipe
from captchakit.reading.explain import explain
from captchakit.reading.image import dimensions
from captchakit.registry import Step
from tests.graphs import card, model
from tests.pictures import captcha, png

STEPS = 8
IMAGES = [png(captcha(text, n)) for n, text in enumerate(("ABT", "TAB", "B", "ABTABT"))]


@pytest.fixture(scope="module")
def sequence() -> Pipeline:
    """A pipeline of `whole` and `ctc` with random weights: it reads nonsense, and always the same."""
    recipe = Recipe((Step("ink_distance", {}),), Step("whole", {}), Step("ctc", {}))
    return Pipeline.load(model(card(recipe=recipe), 4, steps=STEPS))


def test_symbols_lie_along_the_image(sequence: Pipeline) -> None:
    """Each symbol has a box inside the image, one after another."""
    for data in IMAGES:
        solution = sequence.solve(data)
        width = dimensions(data)[0]
        assert len(solution.symbols) == len(solution.text)
        assert all(0 <= s.box.x < s.box.right <= width for s in solution.symbols)
        assert [s.box.x for s in solution.symbols] == sorted(s.box.x for s in solution.symbols)


def test_a_batch_is_solved_as_each_alone(sequence: Pipeline) -> None:
    """Images of several sizes in one batch give what each gives alone."""
    alone = [sequence.solve(data) for data in IMAGES]
    together = sequence.solve_batch(IMAGES)
    assert [s.text for s in together] == [s.text for s in alone]
    assert [s.confidence for s in together] == pytest.approx([s.confidence for s in alone], abs=1e-5)


def test_an_alphabet_bounds_the_answer(sequence: Pipeline) -> None:
    """A constraint holds for steps as for characters."""
    solution = sequence.solve(IMAGES[0], Constraint(frozenset("T")))
    assert set(solution.text) <= {"T"}
    assert solution.excluded > 0


def test_steps_can_be_explained(sequence: Pipeline) -> None:
    """The picture of a sequence's stages has its guesses where its symbols lie."""
    assert any(sequence.solve(data).symbols for data in IMAGES)
    for data in IMAGES:
        assert cv2.imdecode(np.frombuffer(explain(sequence, data), np.uint8), cv2.IMREAD_COLOR) is not None
