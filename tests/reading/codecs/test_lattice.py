"""`lattice` against the definition of its probabilities, listed in full."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from captchakit.reading.codecs.lattice import Lattice
from captchakit.reading.codecs.paths import Spans
from captchakit.types import Box, Constraint, Glyph, Predictions
from tests.reading.codecs.glyphs import DOT, SEEDS, SPANS, glyphs, predictions
from tests.reading.codecs.test_paths import every_path

ALPHABET = ("A", "B", "C")


def readings(spoken: Predictions, least: int, most: int) -> dict[tuple[tuple[int, ...], str], float]:
    """Return the weight of every reading: p(label) for candidates on the path, p(not a character) for all others."""
    spans = [g.span for g in spoken.glyphs]
    given_to = spoken.probabilities[:, 0].astype(np.float64)
    weights = {}
    for path in every_path(spans, least, most):
        rest = np.prod([given_to[k, -1] for k in range(len(spans)) if k not in path])
        for labels in product(range(len(ALPHABET)), repeat=len(path)):
            text = "".join(ALPHABET[c] for c in labels)
            weights[path, text] = float(rest * np.prod([given_to[k, c] for k, c in zip(path, labels, strict=True)]))
    return weights


LENGTHS = st.sampled_from([(0, 0), (1, 0), (0, 2), (2, 2), (2, 3), (1, 4)])


@given(SPANS, SEEDS, LENGTHS, st.sets(st.sampled_from(ALPHABET), min_size=1))
def test_decodes_the_best_of_all_texts(spans: Spans, seed: int, lengths: tuple[int, int], allowed: set[str]) -> None:
    """The text is the most probable one, its confidence the share of all readings that spell it.

    Only readings of allowed length and labels count, and what is excluded is the share of the others.
    """
    spoken = predictions(spans, len(ALPHABET) + 1, seed)
    least, most = lengths[0], lengths[1] or len(spans)
    every = readings(spoken, least, most)
    held = {r: w for r, w in every.items() if set(r[1]) <= allowed}
    assume(any(text for _, text in held))
    by_text: dict[str, float] = defaultdict(float)
    for (_, text), weight in held.items():
        by_text[text] += weight
    solution = Lattice(ALPHABET, *lengths).decode(spoken, Constraint(frozenset(allowed)))
    assert by_text[solution.text] == pytest.approx(max(by_text.values()))
    assert solution.confidence == pytest.approx(by_text[solution.text] / sum(held.values()))
    assert solution.excluded == pytest.approx(1 - sum(held.values()) / sum(every.values()), abs=1e-9)


@given(SPANS, SEEDS)
def test_symbols_stand_where_their_candidates_do(spans: Spans, seed: int) -> None:
    """Boxes of an answer do not overlap, and there is one for each character."""
    solution = Lattice(ALPHABET).decode(predictions(spans, len(ALPHABET) + 1, seed))
    assert all(a.box.right <= b.box.x for a, b in pairwise(solution.symbols))
    assert len(solution.symbols) == len(solution.text)


def test_a_length_out_of_reach_gives_the_best_there_is() -> None:
    """Where no path is long enough the answer is the best shorter one, not nothing."""
    solution = Lattice(ALPHABET, 5, 5).decode(predictions([(0, 1), (1, 2)], 4, 3))
    assert 1 <= len(solution.text) <= 2


@pytest.mark.parametrize(("count", "least"), [(10, 0.99), (20, 0.99), (120, 0.0)])
def test_certain_models_on_long_lines_stay_finite(count: int, least: float) -> None:
    """Probabilities of exactly 0 and 1 over many candidates do not overflow, and cost short answers no confidence."""
    given_to = np.zeros((count, 1, 4), np.float32)
    given_to[:, 0, 0] = 1.0
    solution = Lattice(ALPHABET).decode(Predictions(given_to, glyphs([(k, k + 1) for k in range(count)])))
    assert solution.text == "A" * count
    assert least < solution.confidence <= 1.0


@given(SPANS, SEEDS, st.text("ABC", min_size=1, max_size=3))
def test_encoding_lays_the_label_on_the_best_path(spans: Spans, seed: int, label: str) -> None:
    """With probabilities, the targets are the most probable reading that spells the label, and the rest is none."""
    spoken = predictions(spans, len(ALPHABET) + 1, seed)
    encoded = Lattice(ALPHABET).encode(label, spoken.glyphs, spoken.probabilities)
    ways = {path: w for (path, text), w in readings(spoken, len(label), len(label)).items() if text == label}
    if not ways:
        assert encoded is None
        return
    assert encoded is not None
    chosen, targets = encoded
    path = tuple(int(k) for k, t in zip(chosen, targets[:, 0], strict=True) if t < len(ALPHABET))
    assert "".join(ALPHABET[t] for t in targets[:, 0] if t < len(ALPHABET)) == label
    assert ways[path] == pytest.approx(max(ways.values()))


def test_encoding_without_a_model_likes_even_widths() -> None:
    """Before anything is learned, four even pieces are a four-letter label's characters, and unions are none."""
    spans = [(k, k + n) for k in range(4) for n in (1, 2) if k + n <= 4]
    encoded = Lattice(ALPHABET).encode("ABCA", glyphs(spans))
    assert encoded is not None
    chosen, targets = encoded
    assert {spans[k]: int(t) for k, t in zip(chosen, targets[:, 0], strict=True)} == {
        (0, 1): 0, (0, 2): 3, (1, 2): 1, (1, 3): 3, (2, 3): 2, (2, 4): 3, (3, 4): 0
    }  # fmt: skip


def test_a_near_copy_of_a_character_is_no_counter_example() -> None:
    """A candidate whose box is nearly that of a chosen one is left out of the examples."""
    twins = (
        Glyph(DOT, Box(0, 0, 20, 20), (0, 2)),
        Glyph(DOT, Box(0, 0, 19, 20), (0, 1)),
        Glyph(DOT, Box(30, 0, 9, 20), (2, 3)),
    )
    sure = np.array([[[0.8, 0.0, 0.1, 0.1]], [[0.1, 0.0, 0.1, 0.8]], [[0.1, 0.1, 0.0, 0.8]]], np.float32)
    encoded = Lattice(ALPHABET).encode("A", twins, sure)
    assert encoded is not None
    assert encoded[0].tolist() == [0, 2]


@given(st.text("ABC", min_size=1, max_size=6))
def test_encoding_and_decoding_agree(label: str) -> None:
    """A model that says exactly what was encoded reads exactly the label."""
    held = glyphs([(k, k + n) for k in range(len(label)) for n in (1, 2) if k + n <= len(label)])
    encoded = Lattice(ALPHABET).encode(label, held)
    assert encoded is not None
    chosen, targets = encoded
    told = np.zeros((len(held), 1, 4), np.float32)
    told[:, 0, 3] = 1.0
    told[chosen, 0] = np.eye(4, dtype=np.float32)[targets[:, 0]]
    assert Lattice(ALPHABET).decode(Predictions(told, held)).text == label
