"""`ctc` against listing every path through the steps."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby, pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.reading.codecs.alignments import Alignments, alignment
from captchakit.reading.codecs.ctc import Ctc, best_text
from captchakit.reading.codecs.language import language
from captchakit.types import ANYTHING, Box, Constraint, Glyph, Predictions
from tests.reading.codecs.glyphs import DOT, SEEDS, in_a_row, random_probabilities

ALPHABET = ("A", "B")
BLANK = len(ALPHABET)


def spelled(path: tuple[int, ...]) -> str:
    """Return the text of a path: repeats once, blanks not at all."""
    return "".join(ALPHABET[c] for c, _ in groupby(path) if c != BLANK)


def by_text(steps: np.ndarray) -> dict[str, float]:
    """Return the probability of every text, summed over every path that spells it."""
    sums: dict[str, float] = defaultdict(float)
    for path in product(range(BLANK + 1), repeat=len(steps)):
        sums[spelled(path)] += float(np.prod(steps[range(len(steps)), path]))
    return sums


def steps(count: int, seed: int) -> np.ndarray:
    return np.asarray(random_probabilities((1, count, BLANK + 1), seed)[0], np.float64)


@given(st.integers(1, 5), SEEDS)
def test_the_probability_of_a_text_is_summed_over_paths(count: int, seed: int) -> None:
    """The forward algorithm gives every text what its paths have together, repeated letters too."""
    given_to = steps(count, seed)
    spoken = Alignments(given_to, language(ALPHABET, ANYTHING))
    for text, true in by_text(given_to).items():
        assert spoken.probability([ALPHABET.index(c) for c in text]) == pytest.approx(true)


@given(st.integers(1, 5), SEEDS)
def test_the_best_text_is_the_best_of_all(count: int, seed: int) -> None:
    """With a beam that holds all prefixes the text found is the most probable of all."""
    given_to = steps(count, seed)
    found = "".join(ALPHABET[c] for c in best_text(given_to, 1000))
    assert by_text(given_to)[found] == pytest.approx(max(by_text(given_to).values()))


@given(st.integers(1, 5), SEEDS, st.sets(st.sampled_from(ALPHABET), min_size=1))
def test_decodes_within_the_alphabet(count: int, seed: int, allowed: set[str]) -> None:
    """The answer is the most probable allowed text among allowed texts, and the others' share is excluded."""
    spoken = random_probabilities((1, count, BLANK + 1), seed)
    every = by_text(spoken[0].astype(np.float64))
    held = {text: p for text, p in every.items() if set(text) <= allowed}
    solution = Ctc(ALPHABET, beam=1000).decode(Predictions(spoken, in_a_row(1)), Constraint(frozenset(allowed)))
    assert held[solution.text] == pytest.approx(max(held.values()))
    assert solution.confidence == pytest.approx(held[solution.text] / sum(held.values()))
    assert solution.excluded == pytest.approx(1 - sum(held.values()), abs=1e-5)


@given(st.integers(1, 5), SEEDS)
def test_the_alignment_is_the_best_path(count: int, seed: int) -> None:
    """Laid out as its alignment says, the best text's path is the most probable one that spells it."""
    given_to = steps(count, seed)
    classes = best_text(given_to, 1000)
    path = [BLANK] * count
    runs = alignment(given_to, classes)
    for label, (start, stop) in zip(classes, runs, strict=True):
        assert start < stop
        path[start:stop] = [label] * (stop - start)
    text = "".join(ALPHABET[c] for c in classes)
    ways = [p for p in product(range(BLANK + 1), repeat=count) if spelled(p) == text]
    assert spelled(tuple(path)) == text
    best = max(float(np.prod(given_to[range(count), p])) for p in ways)
    assert float(np.prod(given_to[range(count), path])) == pytest.approx(best)


@given(st.text("AB", min_size=1, max_size=5), st.integers(1, 3))
def test_encoding_and_decoding_agree(label: str, width: int) -> None:
    """A model that says the encoded classes in turn, blanks between, reads the label in boxes from left to right."""
    codec = Ctc(ALPHABET)
    glyph = Glyph(DOT, Box(5, 0, 100, 20), (0, 1))
    encoded = codec.encode(label, (glyph,))
    assert encoded is not None
    path = [c for target in encoded[1][0] for c in (*[int(target)] * width, BLANK)]
    told = np.eye(BLANK + 1, dtype=np.float32)[path][np.newaxis]
    solution = codec.decode(Predictions(told, (glyph,)))
    assert solution.text == label
    assert solution.confidence == pytest.approx(1.0)
    assert all(5 <= s.box.x < s.box.right <= 105 for s in solution.symbols)
    assert all(a.box.x < b.box.x for a, b in pairwise(solution.symbols))


@pytest.mark.parametrize("count", [0, 2])
def test_reads_one_glyph_only(count: int) -> None:
    """A label cannot be laid on any number of glyphs but one."""
    assert Ctc(ALPHABET).encode("AB", in_a_row(count)) is None


def test_a_long_line_without_a_clear_answer_is_still_read() -> None:
    """Forty flat steps end in some text, its probability above 0."""
    solution = Ctc(ALPHABET).decode(Predictions(random_probabilities((1, 40, 3), 7), in_a_row(1)))
    assert solution.text
    assert 0 < solution.confidence < 1
