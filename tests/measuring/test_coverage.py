"""Precision against coverage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.measuring.coverage import Coverage

ANSWERS = st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.9]), st.booleans()), min_size=1, max_size=12)


@given(ANSWERS, st.sampled_from([0.5, 0.8, 1.0]))
def test_coverage_at_a_precision_is_the_best_of_all_thresholds(answers: list[tuple[float, bool]], share: float) -> None:
    """By trying every threshold: the most that is answered with at least that share right."""
    curve = Coverage.of([c for c, _ in answers], [r for _, r in answers])
    best = 0
    for threshold in {c for c, _ in answers}:
        above = [right for sure, right in answers if sure >= threshold]
        if sum(above) >= share * len(above):
            best = max(best, len(above))
    assert curve.at_precision(share) == pytest.approx(best / len(answers))


def test_a_curve_by_hand() -> None:
    """The surest is right, the next wrong, the last two right."""
    curve = Coverage.of([0.2, 0.9, 0.8, 0.3], [True, True, False, True])
    assert curve.right == (1, 1, 2, 3)
    assert curve.at_coverage(0.5) == 0.5
    assert curve.at_coverage(1.0) == 0.75
    assert curve.at_precision(0.99) == 0.25
    assert curve.risk == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 4) / 4)


def test_equally_sure_answers_are_not_parted() -> None:
    """A solver that is always sure gains nothing from a threshold."""
    curve = Coverage.of([1.0] * 4, [True, True, True, False])
    assert curve.at_precision(0.9) == 0.0
    assert curve.at_precision(0.75) == 1.0


def test_no_answers_are_no_error() -> None:
    """Nothing measured covers nothing."""
    curve = Coverage.of([], [])
    assert (curve.at_precision(0.9), curve.at_coverage(0.5), curve.risk) == (0.0, 0.0, 0.0)
    assert curve.to_json()["aurc"] == 0.0
