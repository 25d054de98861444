"""Answers against labels."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.measuring.evaluation import edit_distance, evaluate

SHORT = st.text("abc", max_size=6)


@cache
def by_definition(one: str, other: str) -> int:
    """Return the edit distance from its recursive definition."""
    if not one or not other:
        return len(one) + len(other)
    change = by_definition(one[1:], other[1:]) + (one[0] != other[0])
    return min(change, by_definition(one[1:], other) + 1, by_definition(one, other[1:]) + 1)


@given(SHORT, SHORT)
def test_edit_distance_is_its_definition(one: str, other: str) -> None:
    """The table gives what the recursion gives."""
    assert edit_distance(one, other) == by_definition(one, other)


@given(SHORT, SHORT, SHORT)
def test_edit_distance_is_a_distance(one: str, other: str, third: str) -> None:
    """It is 0 for equal texts alone, the same both ways, and no detour is shorter."""
    assert (edit_distance(one, other) == 0) == (one == other)
    assert edit_distance(one, other) == edit_distance(other, one)
    assert edit_distance(one, third) <= edit_distance(one, other) + edit_distance(other, third)


def test_evaluation_counts() -> None:
    """Exact match is of whole texts, errors are over all characters, yield is the right number of characters."""
    told = evaluate(["ABC", "AB", "", "XBC"], ["ABC", "ABC", "AB", "ABC"])
    assert (told.n, told.right, told.edits, told.characters) == (4, 1, 4, 11)
    assert told.exact_match == 0.25
    assert told.character_error_rate == pytest.approx(4 / 11)
    assert told.segmentation_yield == 0.5
    assert told.interval[0] < 0.25 < told.interval[1]


def test_case_may_be_ignored() -> None:
    """With `ignore_case` a is A."""
    assert evaluate(["abC"], ["ABc"]).exact_match == 0
    assert evaluate(["abC"], ["ABc"], ignore_case=True).exact_match == 1


def test_an_invented_text_has_an_error_rate_above_one() -> None:
    """More edits than characters are told as they are."""
    assert evaluate(["ABCDEF"], ["X"]).character_error_rate == 6


def test_nothing_is_evaluated_as_nothing() -> None:
    """Without answers every share is 0 and the interval is everything."""
    told = evaluate([], [])
    assert (told.exact_match, told.character_error_rate, told.segmentation_yield) == (0, 0, 0)
    assert told.interval == (0, 1)


def test_answers_and_labels_are_as_many() -> None:
    """A missing answer is a mistake of the caller's."""
    with pytest.raises(ValueError, match="argument 2 is longer"):
        evaluate(["A"], ["A", "B"])
