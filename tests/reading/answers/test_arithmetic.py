"""Sums."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.reading.answers.arithmetic import CHARACTERS, GAP, SUM, Arithmetic, evaluate
from captchakit.reading.codecs.pattern import Pattern

NUMBERS = st.integers(0, 9999)
SIGNS = st.sampled_from("+-*x/\N{DIVISION SIGN}\N{MULTIPLICATION SIGN}")
AS_PYTHON = {"x": "*", "\N{MULTIPLICATION SIGN}": "*", "\N{DIVISION SIGN}": "/"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9x6=", 54),
        ("9X6=?", 54),
        ("10+3", 13),
        ("3-5=?", -2),
        ("8/2?", 4),
        ("7/2=", None),
        ("7/0=", None),
        ("0/7=", 0),
        ("2+3*4=", 14),
        ("20-6/2-1=", 16),
        ("8/4/2=", 1),
        ("8:2=", 4),
        ("007+1=", 8),
        ("7-?=4", 3),
        ("?-7=4", 11),
        ("?x6=54", 9),
        ("6*?=54", 9),
        ("6*?=55", None),
        ("0*?=0", None),
        ("8/?=2", 4),
        ("?/4=2", 8),
        ("8/?=3", None),
        ("8/?=0", None),
        ("?+9=4", None),
        ("12", None),
        ("+3=", None),
        ("1++2=", None),
        ("1+2=3", None),
        ("", None),
        ("__import__('os')", None),
        ("1+2+3+4+5=", None),
    ],
)
def test_a_sum_is_evaluated_as_written(text: str, value: int | None) -> None:
    """Products first, whole numbers only, and what is no sum or has no whole answer has none."""
    assert evaluate(text) == value
    assert Arithmetic()(text) == (None if value is None else str(value))


def by_fractions(first: int, rest: list[tuple[str, int]]) -> int | None:
    """Return the value by the schoolbook: all products and quotients first, each of them whole."""
    terms = [(1, Fraction(first))]
    for sign, number in rest:
        operator = AS_PYTHON.get(sign, sign)
        if operator in "+-":
            terms.append((1 if operator == "+" else -1, Fraction(number)))
            continue
        if operator == "/" and number == 0:
            return None
        value = terms[-1][1] * number if operator == "*" else terms[-1][1] / number
        if value.denominator != 1:
            return None
        terms[-1] = terms[-1][0], value
    return int(sum(sign * value for sign, value in terms))


@given(NUMBERS, st.lists(st.tuples(SIGNS, NUMBERS), min_size=1, max_size=3), st.sampled_from(["", "=", "=?", "?"]))
def test_any_sum_is_what_fractions_say(first: int, rest: list[tuple[str, int]], end: str) -> None:
    """The result is that of exact fractions."""
    text = str(first) + "".join(f"{sign}{number}" for sign, number in rest) + end
    assert evaluate(text) == by_fractions(first, rest)


@given(st.text(CHARACTERS, max_size=8))
def test_the_pattern_is_what_can_be_evaluated(text: str) -> None:
    """Whatever has a result matches the pattern, which our own automaton reads as Python does."""
    pattern = Arithmetic().pattern
    matched = re.fullmatch(pattern, text) is not None
    assert matched == bool(re.fullmatch(SUM, text) or re.fullmatch(GAP, text))
    if evaluate(text) is not None:
        assert matched
    compiled = Pattern(pattern)
    state = compiled.start
    for character in text:
        state = compiled.step(state, character)
    assert compiled.accepts(state) == matched
