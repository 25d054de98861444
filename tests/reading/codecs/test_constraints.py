"""Every codec under every kind of constraint, against listing all texts in full."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.errors import OptionError
from captchakit.reading.codecs.ctc import Ctc
from captchakit.reading.codecs.lattice import Lattice
from captchakit.reading.codecs.symbols import Symbols
from captchakit.stages import Codec
from captchakit.types import Constraint, Predictions, Solution
from tests.reading.codecs.glyphs import SEEDS, SPANS, in_a_row, predictions, random_probabilities
from tests.reading.codecs.test_paths import every_path

ALPHABET = ("a", "A", "b", "1")
LETTERS = frozenset(ALPHABET)
SETS = st.frozensets(st.sampled_from(ALPHABET), min_size=1)
PATTERNS = ("[ab]+1?", "a.*", "(a|b1)*", "\\d{1,2}|b", "[^1]{2,3}", "A?b?1", "(?:a1)+|A{2}")

Texts = dict[str, float]


@st.composite
def constraints(draw: st.DrawFn) -> Constraint:
    """Any mixture of conditions."""
    least = draw(st.integers(0, 2))
    return Constraint(
        alphabet=draw(st.none() | SETS),
        positions=draw(st.just(()) | st.lists(SETS, min_size=1, max_size=3).map(tuple)),
        length=draw(st.none() | st.sampled_from([(least, least), (least, least + 1), (least, None)])),
        pattern=draw(st.none() | st.sampled_from(PATTERNS)),
        case=draw(st.sampled_from([None, "lower", "upper", "ignore"])),
    )


def key(text: str, constraint: Constraint) -> str:
    return text.lower() if constraint.case else text


def allows(constraint: Constraint, text: str) -> bool:
    """Return whether a text, letters folded where case does not count, meets every condition: the definition."""
    folded = lambda s: {key(c, constraint) for c in s}  # noqa: E731
    least, most = constraint.length or (0, None)
    flags = re.IGNORECASE if constraint.case else 0
    return (
        (constraint.alphabet is None or folded(text) <= folded(constraint.alphabet))
        and (not constraint.positions or len(text) == len(constraint.positions))
        and all(key(c, constraint) in folded(p) for c, p in zip(text, constraint.positions, strict=False))
        and least <= len(text)
        and (most is None or len(text) <= most)
        and (constraint.pattern is None or re.fullmatch(constraint.pattern, text, flags) is not None)
    )


def merged(probabilities: np.ndarray, constraint: Constraint) -> tuple[list[str], np.ndarray]:
    """Return labels and their probabilities, those of letters that count as one added up; other classes follow."""
    labels = list(dict.fromkeys(key(a, constraint) for a in ALPHABET))
    sums = [
        sum(probabilities[..., k] for k, a in enumerate(ALPHABET) if key(a, constraint) == label) for label in labels
    ]
    return labels, np.stack([*sums, *np.moveaxis(probabilities[..., len(ALPHABET) :], -1, 0)], axis=-1)


def by_symbols(spoken: Predictions, constraint: Constraint) -> Texts:
    labels, given_to = merged(spoken.probabilities[:, 0].astype(float), constraint)
    ways = product(range(len(labels)), repeat=len(given_to))
    return {"".join(labels[c] for c in way): float(np.prod(given_to[range(len(way)), way])) for way in ways}


def by_ctc(spoken: Predictions, constraint: Constraint) -> Texts:
    labels, steps = merged(spoken.probabilities[0].astype(float), constraint)
    sums: Texts = defaultdict(float)
    for path in product(range(len(labels) + 1), repeat=len(steps)):
        text = "".join(labels[c] for c, _ in groupby(path) if c < len(labels))
        sums[text] += float(np.prod(steps[range(len(steps)), path]))
    return sums


def by_lattice(spoken: Predictions, constraint: Constraint) -> Texts:
    labels, given_to = merged(spoken.probabilities[:, 0].astype(float), constraint)
    spans = [g.span for g in spoken.glyphs]
    sums: Texts = defaultdict(float)
    for path in every_path(spans, 0, len(spans)):
        rest = np.prod([given_to[k, -1] for k in range(len(spans)) if k not in path])
        for way in product(range(len(labels)), repeat=len(path)):
            sums["".join(labels[c] for c in way)] += float(rest * np.prod(given_to[list(path), list(way)]))
    return sums


def check(codec: Codec, spoken: Predictions, constraint: Constraint, listed: Callable[..., Texts], top: int) -> None:
    """Compare an answer and its alternatives with the list of all texts."""
    every = listed(spoken, constraint)
    held = {text: p for text, p in every.items() if allows(constraint, text)}
    try:
        solution = codec.decode(spoken, constraint, top)
    except OptionError:
        assert not held
        return
    total, whole = sum(held.values()), sum(every.values())
    assert solution.excluded == pytest.approx(1 - total / whole, abs=1e-5)
    if total == 0:
        assert (solution.text, solution.confidence, solution.symbols) == ("", 0.0, ())
        return
    best = sorted(held.values(), reverse=True)
    texts = told(solution)
    assert len(texts) == min(top, len(best)) == len({t for t, _ in texts})
    for (text, probability), true in zip(texts, best, strict=False):
        assert probability == pytest.approx(true / total, abs=1e-5)
        assert held[key(text, constraint)] == pytest.approx(true)
    assert (solution.text, solution.confidence) == texts[0]
    assert "".join(s.label for s in solution.symbols) == solution.text


def told(solution: Solution) -> list[tuple[str, float]]:
    return [*solution.alternatives] or [(solution.text, solution.confidence)]


TOPS = st.sampled_from([1, 1, 3])


@given(SEEDS, st.integers(1, 4), constraints(), TOPS)
def test_symbols_answer_as_if_all_texts_were_listed(seed: int, count: int, constraint: Constraint, top: int) -> None:
    """Text, alternatives, probabilities and the excluded share are those of the full list."""
    spoken = Predictions(random_probabilities((count, 1, 4), seed), in_a_row(count))
    check(Symbols(ALPHABET), spoken, constraint, by_symbols, top)


@given(SEEDS, st.integers(1, 4), constraints(), TOPS)
def test_ctc_answers_as_if_all_paths_were_listed(seed: int, count: int, constraint: Constraint, top: int) -> None:
    """Text, alternatives, probabilities and the excluded share are those of the full list."""
    spoken = Predictions(random_probabilities((1, count, 5), seed), in_a_row(1))
    check(Ctc(ALPHABET), spoken, constraint, by_ctc, top)


@given(SEEDS, SPANS, constraints(), TOPS)
def test_a_lattice_answers_as_if_all_readings_were_listed(
    seed: int, spans: list[tuple[int, int]], constraint: Constraint, top: int
) -> None:
    """Text, alternatives, probabilities and the excluded share are those of the full list."""
    check(Lattice(ALPHABET), predictions(spans[:4], 5, seed), constraint, by_lattice, top)


@pytest.mark.parametrize("codec", [Symbols(ALPHABET), Ctc(ALPHABET), Lattice(ALPHABET)])
@pytest.mark.parametrize(
    ("case", "alphabet", "text"),
    [
        ("lower", None, "aab1"),
        ("upper", None, "AAB1"),
        ("ignore", None, "aab1"),
        ("ignore", frozenset("AB1"), "AAB1"),
        ("ignore", frozenset("aAb1"), "aab1"),
    ],
)
def test_case_says_how_an_answer_is_written(
    codec: Codec, case: object, alphabet: frozenset[str] | None, text: str
) -> None:
    """Lower and upper are themselves; ignored, a letter is written in the one case that the alphabet has."""
    count = 8 if isinstance(codec, Ctc) else 4
    path = [0, 4, 1, 4, 2, 4, 3, 4] if isinstance(codec, Ctc) else [0, 1, 2, 3]
    sure = np.eye(codec.classes, dtype=np.float32)[path] * 0.98 + 0.02 / codec.classes
    shape = (1, count, -1) if isinstance(codec, Ctc) else (count, 1, -1)
    spoken = Predictions(sure.reshape(shape), in_a_row(1 if isinstance(codec, Ctc) else 4))
    assert codec.decode(spoken, Constraint(alphabet, case=case)).text == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        (Constraint(pattern="(a"), "the pattern '(a' is not understood: a group is not closed at character 3"),
        (Constraint(pattern="x+"), "no answer of the model's alphabet meets pattern 'x+'"),
        (Constraint(pattern="a{2}", length=(3, 4)), "meets length 3-4 with pattern 'a{2}'"),
        (Constraint(frozenset("a"), (frozenset("b"),)), "meets alphabet 'a' with 1 positions"),
        (Constraint(pattern="(a|b)*a(a|b){14}"), "too large a constraint"),
        (Constraint(pattern="((a{900}){900}){900}"), "more than 2000 places"),
        (Constraint(pattern="((a|b)?(b|1)?){500}"), "it takes too long to compile"),
        (Constraint(length=(0, 2000)), "too large a constraint"),
    ],
)
def test_a_constraint_that_allows_nothing_is_refused(constraint: Constraint, message: str) -> None:
    """One line says what cannot be met or understood."""
    with pytest.raises(OptionError, match=re.escape(message)):
        Symbols(ALPHABET).decode(predictions([(0, 1)], 4, 0), constraint)


@pytest.mark.parametrize("length", [(3, 2), (-1, 2)])
def test_a_length_that_is_none_is_refused(length: tuple[int, int]) -> None:
    """The least is no more than the most, and none is below 0."""
    with pytest.raises(ValueError, match="a length is from 0"):
        Constraint(length=length)


def test_words_are_spelled_by_their_characters() -> None:
    """In an alphabet of words a pattern is matched against the words as they are written."""
    codec = Symbols(("passport", "pass", "visa"))
    spoken = Predictions(np.array([[[0.2, 0.3, 0.5]]], np.float32), in_a_row(1))
    assert codec.decode(spoken, Constraint(pattern="pass.*")).text == "pass"
    assert codec.decode(spoken, Constraint(pattern=".{5,}")).text == "passport"
