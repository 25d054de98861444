"""What holds for every registered codec."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.errors import OptionError, PluginError
from captchakit.registry import codecs, options_of
from captchakit.types import Constraint, Predictions
from tests.reading.codecs.glyphs import SEEDS, glyphs, in_a_row, random_probabilities

ALPHABET = ("A", "B", "C", "D")
ONE_GLYPH = frozenset({"ctc", "tags"})
"""Codecs that read one glyph."""


def spoken(name: str, seed: int, count: int = 3) -> Predictions:
    """Return random predictions in the shape that the codec reads."""
    classes = codecs.build(name, alphabet=ALPHABET).classes
    held = in_a_row(1 if name in ONE_GLYPH else count)
    return Predictions(random_probabilities((len(held), 6 if name == "ctc" else 1, classes), seed), held)


@pytest.mark.parametrize("name", codecs)
@given(seed=SEEDS, allowed=st.sets(st.sampled_from(ALPHABET), min_size=1))
def test_an_answer_obeys_the_alphabet(name: str, seed: int, allowed: set[str]) -> None:
    """Every symbol is an allowed label, and confidences and the excluded share are probabilities."""
    codec = codecs.build(name, alphabet=ALPHABET)
    solution = codec.decode(spoken(name, seed), Constraint(frozenset(allowed)))
    assert {s.label for s in solution.symbols} <= allowed
    for probability in (solution.confidence, solution.excluded, *(s.confidence for s in solution.symbols)):
        assert -1e-9 <= probability <= 1 + 1e-6
    assert solution.text.replace(" ", "") == "".join(s.label for s in solution.symbols)


@pytest.mark.parametrize("name", codecs)
@given(seed=SEEDS)
def test_allowing_everything_is_no_constraint(name: str, seed: int) -> None:
    """The whole alphabet as a constraint gives the same answer as none and excludes nothing."""
    codec = codecs.build(name, alphabet=ALPHABET)
    free, bound = codec.decode(spoken(name, seed)), codec.decode(spoken(name, seed), Constraint(frozenset(ALPHABET)))
    assert free.text == bound.text
    assert free.confidence == pytest.approx(bound.confidence, abs=1e-6)
    assert bound.excluded == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("name", codecs)
def test_no_glyphs_give_no_text(name: str) -> None:
    """A blank image is answered with nothing, in no confidence."""
    codec = codecs.build(name, alphabet=ALPHABET)
    nothing = codec.decode(Predictions(np.zeros((0, 1, codec.classes), np.float32), ()))
    assert (nothing.text, nothing.confidence, nothing.symbols) == ("", 0.0, ())


@pytest.mark.parametrize("name", codecs)
@pytest.mark.parametrize("count", [0, 3])
def test_an_alphabet_that_shares_nothing_is_refused(name: str, count: int) -> None:
    """A wish for characters that the model does not know is refused in words, on a blank image too."""
    codec = codecs.build(name, alphabet=ALPHABET)
    given_to = spoken(name, 0) if count else Predictions(np.zeros((0, 1, codec.classes), np.float32), ())
    with pytest.raises(OptionError, match="knows no label of the alphabet 'xyz'"):
        codec.decode(given_to, Constraint(frozenset("xyz")))


@pytest.mark.parametrize("name", codecs)
@pytest.mark.parametrize("alphabet", [(), ("A", "A"), ("A", "")])
def test_refuses_an_alphabet_that_is_none(name: str, alphabet: tuple[str, ...]) -> None:
    """An alphabet is not empty, and no label is empty or stands in it twice."""
    with pytest.raises(PluginError, match=f"codec '{name}' refuses its options"):
        codecs.build(name, alphabet=alphabet)


@pytest.mark.parametrize("name", codecs)
def test_is_built_again_from_its_options(name: str) -> None:
    """A codec's repr names its options, and they build its equal."""
    codec = codecs.build(name, alphabet=ALPHABET)
    assert codecs.build(name, options_of(codec)) == codec
    assert all(key in repr(codec) for key in options_of(codec))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("lattice", {"min_length": -1}),
        ("lattice", {"min_length": 5, "max_length": 4}),
        ("ctc", {"beam": 0}),
        ("tags", {"thresholds": (0.5, 0.5)}),
        ("tags", {"thresholds": (2.0,)}),
        ("symbols", {"beam": 2}),
    ],
)
def test_refuses_wrong_options(name: str, options: dict[str, object]) -> None:
    """Options that make no sense are refused when the codec is built."""
    with pytest.raises(PluginError, match=f"codec '{name}' refuses its options"):
        codecs.build(name, options, alphabet=ALPHABET)


@pytest.mark.parametrize("name", codecs)
def test_a_label_outside_the_alphabet_cannot_be_encoded(name: str) -> None:
    """A label with a strange character gives no targets."""
    codec = codecs.build(name, alphabet=ALPHABET)
    assert codec.encode("z", glyphs([(0, 1)])) is None
