"""`symbols`: each glyph one label; `tags`: one glyph several labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.reading.codecs.symbols import Symbols
from captchakit.reading.codecs.tags import Tags
from captchakit.types import Constraint, Predictions
from tests.reading.codecs.glyphs import SEEDS, in_a_row, random_probabilities

LETTERS = ("A", "B", "C")
TYPES = ("passport", "licence", "A")
WEATHER = ("clear", "cloudy", "haze")


@given(st.text("ABC", min_size=1, max_size=8))
def test_symbols_encode_and_decode_agree(label: str) -> None:
    """A model that says the encoded classes reads the label, sure of it."""
    held = in_a_row(len(label))
    encoded = Symbols(LETTERS).encode(label, held)
    assert encoded is not None
    told = np.eye(3, dtype=np.float32)[encoded[1][:, 0]][:, np.newaxis]
    solution = Symbols(LETTERS).decode(Predictions(told, held))
    assert (solution.text, solution.confidence) == (label, 1.0)
    assert [s.box for s in solution.symbols] == [g.box for g in held]


@pytest.mark.parametrize("count", [0, 2, 4])
def test_symbols_want_as_many_glyphs_as_labels(count: int) -> None:
    """A label of three lies on three glyphs only."""
    assert Symbols(LETTERS).encode("ABC", in_a_row(count)) is None


def test_a_label_of_several_characters_is_one_class() -> None:
    """In an alphabet of words a label is one class for the one glyph, and one that is not there is none."""
    encoded = Symbols(TYPES).encode("licence", in_a_row(1))
    assert encoded is not None
    assert encoded[1].tolist() == [[1]]
    assert Symbols(TYPES).encode("visa", in_a_row(1)) is None


@given(SEEDS, st.integers(1, 5), st.sets(st.sampled_from(LETTERS), min_size=1))
def test_symbols_confidence_is_a_product(seed: int, count: int, allowed: set[str]) -> None:
    """Each glyph gives its most probable allowed label; confidence is their product among allowed answers."""
    spoken = random_probabilities((count, 1, 3), seed)
    flags = np.array([a in allowed for a in LETTERS])
    kept = spoken[:, 0].astype(np.float64) * flags
    solution = Symbols(LETTERS).decode(Predictions(spoken, in_a_row(count)), Constraint(frozenset(allowed)))
    assert solution.text == "".join(LETTERS[k] for k in kept.argmax(axis=1))
    mass = np.prod(kept.sum(axis=1))
    assert solution.confidence == pytest.approx(np.prod(kept.max(axis=1)) / mass)
    assert solution.excluded == pytest.approx(1 - mass, abs=1e-6)


@given(st.sets(st.sampled_from(WEATHER)))
def test_tags_encode_and_decode_agree(wanted: set[str]) -> None:
    """A model that says the encoded flags gives the labels, in the alphabet's order."""
    label = " ".join(w for w in WEATHER if w in wanted)
    encoded = Tags(WEATHER).encode(label, in_a_row(1))
    assert encoded is not None
    solution = Tags(WEATHER).decode(Predictions(encoded[1][:, np.newaxis].astype(np.float32), in_a_row(1)))
    assert (solution.text, solution.confidence) == (label, 1.0)


def test_each_tag_has_its_threshold() -> None:
    """A label is given where its probability reaches its own threshold."""
    spoken = np.array([[[0.6, 0.6, 0.3]]], np.float32)
    told = Predictions(spoken, in_a_row(1))
    assert Tags(WEATHER).decode(told).text == "clear cloudy"
    assert Tags(WEATHER, (0.5, 0.7, 0.2)).decode(told).text == "clear haze"
    assert Tags(WEATHER, (0.5, 0.7, 0.2)).decode(told).confidence == pytest.approx(0.6 * 0.4 * 0.3)


def test_tags_want_one_glyph() -> None:
    """Labels of a whole image do not lie on several glyphs."""
    assert Tags(WEATHER).encode("haze", in_a_row(2)) is None
