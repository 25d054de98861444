"""What more labels would bring."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.measuring.prospect import Point, expected_error, prospect


def test_the_curve_goes_through_what_was_measured() -> None:
    """With none and with as many labels as now, it says what was seen."""
    start, now = Point(0, 0.6), Point(60, 0.1)
    assert expected_error(start, now, 0) == pytest.approx(0.6)
    assert expected_error(start, now, 60) == pytest.approx(0.1)
    assert expected_error(start, now, 12) == pytest.approx(0.3)  # as many labels as halve it


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 500), st.integers(0, 5000))
def test_more_labels_are_never_expected_to_harm(zero: float, error: float, labels: int, more: int) -> None:
    """What is expected of more labels is no worse than what is there, and no less than nothing."""
    start, now = Point(0, zero), Point(labels, error)
    assert 0 <= expected_error(start, now, labels + more) <= error + 1e-12


def test_labels_that_have_not_helped_are_not_expected_to() -> None:
    """Where the error is what it was, it stays."""
    assert expected_error(Point(0, 0.2), Point(50, 0.2), 1000) == 0.2


def test_a_person_is_told_of_twice_and_four_times() -> None:
    """With the range that the interval of the error leaves; the better the labels did, the more is expected."""
    said = prospect(before=0.4, exact=0.9, n=90, learned=60, labels=90)
    assert said.startswith(
        "exact match 0.400 before learning; to be expected of more labels: 0.96 (0.93-0.98) with 180"
    )
    assert said.endswith("with 360")
