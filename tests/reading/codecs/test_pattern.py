"""Regular expressions against Python's own."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captchakit.reading.codecs.pattern import Pattern

ATOMS = st.sampled_from(
    (
        *("a", "b", ".", "1", "-", "]", "[ab]", "[^a]", "[a-c1]", "[]a]", "[^]a]", "[a-]"),
        *(r"\d", r"\D", r"\w", r"\s", r"\.", r"[^\d]", r"[\d-]", r"[\]a]", r"[^\W1]"),
    )
)
REPEATS = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,2}", "{,2}", "{1,}", "*?", "{2}?"])
PATTERNS = st.recursive(
    st.tuples(ATOMS, REPEATS).map("".join),
    lambda inner: (
        st.tuples(inner, inner).map("".join)
        | st.tuples(inner, inner).map("|".join)
        | st.tuples(st.sampled_from(["(", "(?:"]), inner, st.just(")"), REPEATS).map("".join)
    ),
    max_leaves=6,
)


def matches(pattern: str, text: str) -> bool:
    compiled = Pattern(pattern)
    state = compiled.start
    for character in text:
        state = compiled.step(state, character)
    return compiled.accepts(state)


@settings(max_examples=400)
@given(PATTERNS, st.text("ab1.-]A ", max_size=5))
def test_matches_what_python_matches(pattern: str, text: str) -> None:
    """Whatever is understood matches exactly what `re.fullmatch` matches."""
    assert matches(pattern, text) == bool(re.fullmatch(pattern, text))


@pytest.mark.parametrize("pattern", ["^ab$", "^ab", "ab$"])
def test_anchors_at_the_ends_mean_nothing(pattern: str) -> None:
    """The whole answer must match anyhow."""
    assert matches(pattern, "ab")
    assert not matches(pattern, "abb")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "a group is not closed at character 2"),
        ("a)b", "a ')' that closes nothing at character 2"),
        ("[a", "the pattern ends too early"),
        ("\\", "the pattern ends too early"),
        ("a**", "a repeat of a repeat at character 3"),
        ("a*+", "a repeat of a repeat"),
        ("*a", "'*' has no meaning here"),
        ("a{", "a '{' that begins no repeat"),
        ("a{x}", "a '{' that begins no repeat"),
        ("a{3,2}", "a repeat that runs backwards"),
        ("a{1001}", "is over 1000"),
        ("(?=a)", "only '(?:...)' is understood"),
        ("(?P<n>a)", "only '(?:...)' is understood"),
        (r"(a)\1", r"\1 is not understood at character 5"),
        (r"\bab", r"\b is not understood"),
        ("a^b", "'^' has no meaning here"),
        ("a$b", "'$' has no meaning here"),
        ("[b-a]", "a range of characters that runs backwards"),
        (r"[a-\d]", "ends in no character"),
        ("(" * 60 + ")" * 60, "nested more than 50 deep"),
        ("(a{60}){60}", "more than 2000 places"),
    ],
)
def test_what_is_not_understood_is_refused(pattern: str, message: str) -> None:
    """The message names what it is and where."""
    with pytest.raises(ValueError, match=re.escape(message)):
        Pattern(pattern)
