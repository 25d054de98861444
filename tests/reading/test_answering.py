"""Reading to be evaluated."""

from __future__ import annotations

import numpy as np
import pytest

from captchakit.reading.answering import answered
from captchakit.reading.answers.arithmetic import Arithmetic
from captchakit.reading.codecs.symbols import Symbols
from captchakit.types import ANYTHING, Constraint, Predictions, Solution
from tests.reading.codecs.glyphs import in_a_row

ALPHABET = tuple("0123456789+-x*/=?")


def spoken(*rows: dict[str, float]) -> Predictions:
    """Return what a model says that gives these probabilities at each place."""
    given_to = np.full((len(rows), 1, len(ALPHABET)), 1e-6, np.float32)
    for place, row in enumerate(rows):
        for label, probability in row.items():
            given_to[place, 0, ALPHABET.index(label)] = probability
    return Predictions(given_to / given_to.sum(axis=2, keepdims=True), in_a_row(len(rows)))


def solve(predictions: Predictions, constraint: Constraint = ANYTHING, top: int = 1) -> Solution:
    return answered(Symbols(ALPHABET), predictions, constraint, top, Arithmetic())


def test_readings_of_one_answer_add_up() -> None:
    """Whichever sign of multiplication it is, the answer is the same and its probability theirs together."""
    solution = solve(spoken({"9": 1.0}, {"x": 0.5, "*": 0.4, "+": 0.1}, {"6": 1.0}, {"=": 1.0}))
    assert solution.text == "54"
    assert solution.confidence == pytest.approx(0.9, abs=1e-3)
    assert "".join(s.label for s in solution.symbols) == "9x6="


def test_reading_is_held_to_sums() -> None:
    """What is no sum is not read: a digit where only an operator can stand gives way, and its share is excluded."""
    solution = solve(spoken({"9": 1.0}, {"1": 0.7, "+": 0.3}, {"?": 0.8, "6": 0.2}, {"=": 1.0}))
    assert solution.text == "15"
    assert solution.excluded == pytest.approx(1 - 0.3 * 0.2, abs=1e-3)


def test_a_division_with_a_remainder_gives_way() -> None:
    """The most probable reading that has an answer is taken, and the symbols are its own."""
    solution = solve(spoken({"7": 0.6, "8": 0.4}, {"/": 1.0}, {"2": 1.0}, {"=": 1.0}), top=3)
    assert solution.text == "4"
    assert [s.label for s in solution.symbols] == list("8/2=")
    assert solution.alternatives[0].text == "4"


def test_what_is_no_sum_has_no_answer() -> None:
    """Where nothing that is read can be evaluated the reason is told."""
    solution = solve(spoken({"7": 1.0}, {"/": 1.0}, {"2": 1.0}, {"=": 1.0}), Constraint(pattern="7/2="))
    assert (solution.text, solution.confidence, solution.reason) == ("", 0.0, "not_a_sum")
    assert solve(Predictions(np.zeros((0, 1, 17), np.float32), ())).reason == "no_glyphs"


def test_alternatives_are_answers() -> None:
    """Asked for more, it gives other results, the most probable first."""
    solution = solve(spoken({"9": 0.6, "8": 0.4}, {"+": 0.9, "x": 0.1}, {"1": 1.0}), top=3)
    assert [a.text for a in solution.alternatives] == ["10", "9", "8"]
    assert [a.probability for a in solution.alternatives] == pytest.approx([0.54, 0.06 + 0.36, 0.04], abs=1e-3)
