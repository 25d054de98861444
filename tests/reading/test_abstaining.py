"""When no answer is given."""

from __future__ import annotations

import numpy as np
import pytest

from captchakit import Pipeline
from captchakit.errors import OptionError
from captchakit.reading.pipeline import Pipeline as Reading
from captchakit.types import Constraint, Reason
from tests.pictures import captcha, png

CLEAR = png(captcha("TAB", 1))
BLANK = png(np.full((30, 90, 3), 255, np.uint8))


@pytest.mark.parametrize(
    ("constraint", "data", "reason"),
    [
        (Constraint(), CLEAR, None),
        (Constraint(frozenset("ABT")), CLEAR, None),
        (Constraint(frozenset("A")), CLEAR, "outside_alphabet"),
        (Constraint(length=(6, 6)), CLEAR, "length_mismatch"),
        (Constraint(positions=(frozenset("ABT"),) * 6), CLEAR, "length_mismatch"),
        (Constraint(pattern="B.*"), CLEAR, "pattern_mismatch"),
        (Constraint(positions=(frozenset("B"), frozenset("A"), frozenset("B"))), CLEAR, "pattern_mismatch"),
        (Constraint(), BLANK, "no_glyphs"),
        (Constraint(), png(captcha("TAB", 1)[:4]), "too_small"),
        (Constraint(length=(3, 3)), png(captcha("TAB", 1)[:, :8]), "too_small"),
    ],
)
def test_an_answer_is_withheld_with_its_reason(
    pipeline: Pipeline, constraint: Constraint, data: bytes, reason: Reason | None
) -> None:
    """Asked to be sure, it says which condition the image does not meet, and gives the answer where it meets all."""
    solution = pipeline.solve(data, constraint, min_confidence=0.2)
    assert solution.reason == reason
    assert solution.text == ("" if reason else "TAB")
    assert bool(solution.symbols) == (reason is None)
    assert pipeline.solve_batch([data], constraint, min_confidence=0.2)[0].reason == reason


def test_an_unsure_answer_is_withheld(pipeline: Pipeline) -> None:
    """Under the confidence asked for there is no answer, and the confidence told is that of the one withheld."""
    sure = pipeline.solve(CLEAR)
    withheld = pipeline.solve(CLEAR, min_confidence=min(1.0, sure.confidence + 1e-6))
    assert (withheld.text, withheld.reason) == ("", "low_confidence")
    assert withheld.confidence == sure.confidence
    assert pipeline.solve(CLEAR, min_confidence=sure.confidence).text == "TAB"


def test_without_a_wish_to_be_sure_an_answer_is_given(pipeline: Pipeline) -> None:
    """Only what cannot be answered at all has a reason."""
    forced = pipeline.solve(CLEAR, Constraint(frozenset("A")))
    assert (set(forced.text), forced.reason) == ({"A"}, None)
    assert forced.excluded > 0.9
    assert pipeline.solve(CLEAR, Constraint(length=(6, 6))).reason == "length_mismatch"


@pytest.mark.parametrize("wrong", [{"top": 0}, {"min_confidence": 1.5}, {"min_confidence": -0.1}])
def test_a_wish_that_makes_no_sense_is_refused(pipeline: Reading, wrong: dict[str, float]) -> None:
    """At least one answer, and a confidence from 0 to 1."""
    with pytest.raises(OptionError, match="top is 1 or more"):
        pipeline.solve(CLEAR, **wrong)  # type: ignore[arg-type]


def test_alternatives_are_given_where_asked_for(pipeline: Pipeline) -> None:
    """The most probable answers, this one first, all different."""
    solution = pipeline.solve(CLEAR, top=4)
    assert len({a.text for a in solution.alternatives}) == 4
    assert solution.alternatives[0].text == solution.text
    probabilities = [a.probability for a in solution.alternatives]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) <= 1 + 1e-9
