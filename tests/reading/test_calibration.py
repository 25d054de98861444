"""From probabilities to confidence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.learning.calibrating import FEWEST, fitted
from captchakit.reading.calibration import AS_GIVEN, Calibration, expected_calibration_error

SHARES = st.floats(0, 1)


@given(st.lists(SHARES, min_size=2, max_size=9), st.floats(0.05, 5), st.floats(-5, 5))
def test_the_order_of_answers_stays(given_to: list[float], slope: float, intercept: float) -> None:
    """A more probable answer never becomes less sure, and confidences are probabilities."""
    told = [Calibration(slope, intercept)(p) for p in sorted(given_to)]
    assert told == sorted(told)
    assert all(0 <= c <= 1 for c in told)


@given(SHARES)
def test_nothing_fitted_changes_nothing(p: float) -> None:
    """The calibration of a card that says nothing gives what it was given."""
    assert AS_GIVEN(p) == p


@pytest.mark.parametrize("wrong", [(0.0, 0.0), (-1.0, 0.0), (1.0, float("nan")), (float("inf"), 0.0)])
def test_a_calibration_that_is_none_is_refused(wrong: tuple[float, float]) -> None:
    """The slope is positive, both numbers are finite."""
    with pytest.raises(ValueError, match="calibration with slope"):
        Calibration(*wrong)


def test_the_error_is_the_mean_gap_of_the_bins() -> None:
    """By hand: two bins of twenty, one sure of 0.9 and half right, one sure of 0.2 and always."""
    sure = [0.9] * 20 + [0.2] * 20
    right = [True] * 10 + [False] * 10 + [True] * 20
    assert expected_calibration_error(sure, right) == pytest.approx((0.4 + 0.8) / 2)
    assert expected_calibration_error([], []) == 0.0
    assert expected_calibration_error([0.5], [True]) == pytest.approx(0.5)


def answers(count: int, slope: float, intercept: float, seed: int) -> tuple[list[float], list[bool]]:
    """Return probabilities, and answers that are as often right as that calibration of them says."""
    dice = np.random.default_rng(seed)
    p = 1 / (1 + np.exp(-dice.normal(1, 2, count)))
    true = [Calibration(slope, intercept)(float(v)) for v in p]
    return p.tolist(), (dice.uniform(size=count) < true).tolist()


@pytest.mark.parametrize(("slope", "intercept"), [(0.4, 0.5), (1.0, -2.0), (2.5, 1.0)])
def test_fitting_finds_what_made_the_answers(slope: float, intercept: float) -> None:
    """Slope and intercept come near those that made the answers, and the error on unseen ones falls to little."""
    found = fitted(*answers(3000, slope, intercept, 1))
    assert found.slope == pytest.approx(slope, rel=0.15)
    assert found.intercept == pytest.approx(intercept, abs=0.25)
    assert found.error < 0.04 < found.raw_error
    held = answers(3000, slope, intercept, 2)
    told = [found(p) for p in held[0]]
    assert expected_calibration_error(told, held[1]) < 0.04


@pytest.mark.parametrize("right", [True, False])
def test_answers_all_right_or_all_wrong_are_no_end(right: bool) -> None:
    """A fit to answers without a counter-example stays finite and moves the right way."""
    found = fitted([0.6, 0.7, 0.8] * 20, [right] * 60)
    assert (found(0.7) > 0.7) == right
    assert 0 < found(0.7) < 1


def test_few_answers_are_left_as_they_are() -> None:
    """Under the least number nothing is fitted, and the error told is that of the probabilities."""
    found = fitted([0.9] * (FEWEST - 1), [True] * (FEWEST - 1))
    assert (found.slope, found.intercept, found.n) == (1.0, 0.0, FEWEST - 1)
    assert found.error == found.raw_error == pytest.approx(0.1)
